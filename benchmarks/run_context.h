// How a benchmark program starts, and what it writes beside its numbers.
#ifndef ATTUNE_BENCHMARKS_RUN_CONTEXT_H_
#define ATTUNE_BENCHMARKS_RUN_CONTEXT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "device/device_info.h"

namespace attune {

// Google Benchmark's initialisation, with `defaults` for flags that the command line does not give,
// and a context of commit, dirty flag and command in all that is written. Returns the arguments
// that were not Google Benchmark's, the program's name not among them.
std::vector<std::string> InitializeBenchmarks(int argc, char** argv,
                                              const std::vector<std::string>& defaults = {});

// As defaults: one sample a repetition, so that every sample is in the file; only aggregates on the
// console.
std::vector<std::string> OneSampleARepetition(int repetitions);

// Adds what `device` is to the context: `key` in a line for people, and `key`_fingerprint with all
// that may decide speed.
void AddDeviceContext(const std::string& key, const DeviceInfo& device);

// "a 'b c'": arguments as a shell would take them.
std::string CommandLine(absl::Span<const std::string> arguments);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_RUN_CONTEXT_H_
