// What a benchmark program writes beside its numbers.
#ifndef ATTUNE_BENCHMARKS_RUN_CONTEXT_H_
#define ATTUNE_BENCHMARKS_RUN_CONTEXT_H_

#include <string>

#include "absl/types/span.h"
#include "device/device_info.h"

namespace attune {

// Adds what `device` is to the context: `key` in a line for people, and `key`_fingerprint with all
// that may decide speed.
void AddDeviceContext(const std::string& key, const DeviceInfo& device);

// "a 'b c'": arguments as a shell would take them.
std::string CommandLine(absl::Span<const std::string> arguments);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_RUN_CONTEXT_H_
