#include "attention/ternary/cuda/variant_sample.h"

#include "attention/ternary/cuda/ternary_large_batch_family.h"
#include "attention/ternary/cuda/ternary_small_batch_family.h"
#include "autotune/space/untuned.h"
#include "numerics/random.h"
#include "operators/family_configuration.h"

namespace attune {
namespace {

constexpr int64_t kCopyGrainColumns = 16;  // a multiple of 16 bytes in every type
constexpr int64_t kGroups[] = {0, 32, 64, 128};

}  // namespace

const std::vector<const CudaTernaryFamily*>& TernaryFamiliesUnderTest() {
  static const auto* const families = new std::vector<const CudaTernaryFamily*>{
      new TernarySmallBatchFamily, new TernaryLargeBatchFamily};
  return *families;
}

bool Computes(const CudaTernaryFamily& family, const TernaryMatmulProblem& problem,
              const DeviceInfo& device) {
  // The same shape with a batch that no family finds too small.
  TernaryMatmulProblem large = problem;
  large.batch = kMaxTernaryBatch;
  return family.Supports(large, device).ok();
}

TernaryMatmulProblem RandomTernaryProblem(const CudaTernaryFamily& family, uint64_t seed) {
  const auto draw = [&](uint64_t index, uint64_t bound) {
    return static_cast<int64_t>(RandomBits(seed, index) % bound);
  };
  TernaryMatmulProblem problem;
  problem.activation = draw(0, 2) == 0 ? Activation::kBfloat16 : Activation::kInt8;
  problem.output = draw(1, 2) == 0 ? Dtype::kFloat32 : Dtype::kBfloat16;
  problem.bias = draw(2, 2) == 0;
  problem.weights.group = kGroups[draw(3, 4)];
  problem.weights.rows = 1 + draw(4, 600);
  problem.weights.columns = 1 + draw(5, 900);
  const bool large = family.name() == "ternary_large_batch";
  problem.batch = 1 + draw(6, large ? 300 : 40);
  if (large || draw(7, 3) != 0) {
    problem.weights.columns =
        (problem.weights.columns + kCopyGrainColumns - 1) / kCopyGrainColumns * kCopyGrainColumns;
  }
  return problem;
}

std::optional<Configuration> DefaultConfiguration(const CudaTernaryFamily& family,
                                                  const TernaryMatmulProblem& problem,
                                                  const DeviceInfo& device) {
  const auto configuration = WantedConfiguration(family.space(), [&](const Configuration& asked) {
    return ConstraintVariables(family, problem, asked, device);
  });
  if (!configuration.ok() || !CheckAdmitted(family, problem, device, *configuration).ok()) {
    return std::nullopt;
  }
  return *configuration;
}

}  // namespace attune
