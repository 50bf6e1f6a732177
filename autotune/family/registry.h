// What a tuner binary was linked with: kernel families and suites of workloads. Libraries register
// themselves when they are linked, so that the binary names them in its BUILD file and nowhere
// else.
#ifndef ATTUNE_AUTOTUNE_FAMILY_REGISTRY_H_
#define ATTUNE_AUTOTUNE_FAMILY_REGISTRY_H_

#include <memory>
#include <string>
#include <vector>

#include "autotune/family/kernel_family.h"
#include "device/device_info.h"

namespace attune {

// The suite that is tuned on devices of a kind when nobody names another.
struct DefaultSuite {
  DeviceKind device_kind = DeviceKind::kCpu;
  // Text protobuf of suite.proto.
  std::string text;
  // Where the text came from, for messages.
  std::string source;
};

// Both return a value only so that a namespace-scope constant can be initialised by calling them.
bool RegisterKernelFamily(std::unique_ptr<const KernelFamily> family);
bool RegisterDefaultSuite(DefaultSuite suite);

// In order of name.
std::vector<const KernelFamily*> RegisteredKernelFamilies();
std::vector<DefaultSuite> RegisteredDefaultSuites(DeviceKind device_kind);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_FAMILY_REGISTRY_H_
