// Linking this makes a tuner binary know attention (autotune/registry.h).
#include <memory>

#include "attention/families.h"
#include "attention/tuning/attention_kernel_family.h"
#include "attention/tuning/suites.h"
#include "autotune/registry.h"

namespace attune {
namespace {

[[maybe_unused]] const bool kRegistered = [] {
  for (const AttentionFamily* family : AttentionFamilies()) {
    RegisterKernelFamily(std::make_unique<AttentionKernelFamily>(*family));
  }
  return RegisterDefaultSuite({.device_kind = DeviceKind::kCpu,
                               .text = kCpuSuite,
                               .source = "attention/tuning/cpu.suite.textproto"});
}();

}  // namespace
}  // namespace attune
