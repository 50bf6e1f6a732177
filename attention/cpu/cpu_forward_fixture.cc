#include "attention/cpu/cpu_forward_fixture.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "attention/cpu/cpu_forward_family.h"
#include "attention/cpu/cpu_forward_kernel.h"
#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/tile_kernel.h"
#include "base/status_macros.h"
#include "device/cpu/cpu_device.h"
#include "operators/changed_configuration.h"

namespace attune {

void CpuForwardFamilyTest::SetUp() {
  if (GetParam() == kTileProducts && !HasTileProducts()) {
    GTEST_SKIP() << "this processor has no tiles of bf16 (AMX)";
  }
  if (GetParam() == kVectorProducts && !HasVectorProducts()) {
    GTEST_SKIP() << "this processor has no AVX-512 BF16";
  }
}

bool CpuForwardFamilyTest::InBf16() { return GetParam() != kFloatProducts; }

Configuration CpuForwardFamilyTest::DefaultConfiguration() {
  return Changed(CpuForwardFamily().space().Default(), {{"bf16_products", GetParam()}});
}

std::string ProductsName(const ::testing::TestParamInfo<int64_t>& info) {
  constexpr const char* kNames[] = {"Float", "Tile", "Vector"};
  return kNames[info.param];
}

Problem CpuForwardFamilyTest::SmallProblem() {
  Problem problem;
  problem.dtype = InBf16() ? Dtype::kBfloat16 : Dtype::kFloat32;
  problem.q_heads = 4;
  problem.kv_heads = 4;
  problem.q_len = 129;
  problem.kv_len = 129;
  problem.qk_dim = 64;
  problem.v_dim = 64;
  return problem;
}

absl::Status CpuForwardFamilyTest::RunAndCheck(TestTensors& tensors,
                                               const Configuration& configuration) {
  const CpuForwardFamily family;
  const absl::Status status = RunOnCpu(family, tensors.problem, configuration, tensors.forward());
  return status.ok() ? CheckForward(tensors) : status;
}

absl::Status CpuForwardFamilyTest::RunAndCheck(const Problem& problem, uint64_t seed) {
  TestTensors tensors(problem, seed);
  return RunAndCheck(tensors);
}

absl::Status CpuForwardFamilyTest::RunWith(int64_t workers, const Problem& problem,
                                           const ForwardTensors& tensors) {
  if (GetParam() == kTileProducts) ATTUNE_RETURN_IF_ERROR(EnableTileProducts());
  std::vector<CpuForwardVariant> variants = CpuForwardVariants();
  const auto found =
      std::find_if(variants.begin(), variants.end(), [](const CpuForwardVariant& variant) {
        return variant.configuration.bf16_products == GetParam();
      });
  const CpuForwardKernel kernel(problem, *found, workers);
  CpuDevice device;
  ATTUNE_ASSIGN_OR_RETURN(const Buffer workspace, device.Allocate(kernel.workspace_bytes()));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, device.CreateStream());
  return kernel.Run(tensors, workspace.data(), *stream);
}

}  // namespace attune
