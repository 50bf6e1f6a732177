// Linking this makes a tuner binary know ternary_matmul (autotune/family/registry.h).
#include <memory>

#include "attention/ternary/matmul_families.h"
#include "attention/ternary/tuning/matmul_kernel_family.h"
#include "attention/ternary/tuning/suites.h"
#include "autotune/family/registry.h"

namespace attune {
namespace {

[[maybe_unused]] const bool kRegistered = [] {
  for (const TernaryMatmulFamily* family : TernaryMatmulFamilies()) {
    RegisterKernelFamily(std::make_unique<MatmulKernelFamily>(*family));
  }
  RegisterDefaultSuite({.device_kind = DeviceKind::kCpu,
                        .text = kTernaryCpuSuite,
                        .source = "attention/ternary/tuning/cpu.suite.textproto"});
  return RegisterDefaultSuite({.device_kind = DeviceKind::kCuda,
                               .text = kTernaryCudaSuite,
                               .source = "attention/ternary/tuning/cuda.suite.textproto"});
}();

}  // namespace
}  // namespace attune
