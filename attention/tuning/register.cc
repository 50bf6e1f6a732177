// Linking this makes a tuner binary know attention (autotune/family/registry.h).
#include <memory>

#include "attention/families.h"
#include "attention/tuning/attention_kernel_family.h"
#include "attention/tuning/suites.h"
#include "attention/tuning/verification_case.h"
#include "autotune/family/registry.h"

namespace attune {
namespace {

[[maybe_unused]] const bool kRegistered = [] {
  const auto cases = std::make_shared<VerificationCases>();
  for (const AttentionFamily* family : AttentionFamilies()) {
    RegisterKernelFamily(std::make_unique<AttentionKernelFamily>(*family, cases));
  }
  RegisterDefaultSuite({.device_kind = DeviceKind::kCpu,
                        .text = kCpuSuite,
                        .source = "attention/tuning/cpu.suite.textproto"});
  return RegisterDefaultSuite({.device_kind = DeviceKind::kCuda,
                               .text = kCudaSuite,
                               .source = "attention/tuning/cuda.suite.textproto"});
}();

}  // namespace
}  // namespace attune
