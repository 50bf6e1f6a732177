// Variants of the families of ternary products, for tests.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_VARIANT_SAMPLE_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_VARIANT_SAMPLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attention/ternary/cuda/cuda_ternary_family.h"
#include "attention/ternary/matmul_problem.h"
#include "autotune/configuration.h"
#include "device/device_info.h"

namespace attune {

// The families that tests go through.
const std::vector<const CudaTernaryFamily*>& TernaryFamiliesUnderTest();

// $ATTUNE_TEST_SEED, or 1.
uint64_t TernaryTestSeed();

// Whether `family` can compute `problem` there, whatever it says of its speed.
bool Computes(const CudaTernaryFamily& family, const TernaryMatmulProblem& problem,
              const DeviceInfo& device);

// A small problem that `family` computes: every type, group and remainder comes up.
TernaryMatmulProblem RandomTernaryProblem(const CudaTernaryFamily& family, uint64_t seed);

// The space's default, if it is admitted.
std::optional<Configuration> DefaultConfiguration(const CudaTernaryFamily& family,
                                                  const TernaryMatmulProblem& problem,
                                                  const DeviceInfo& device);

// An admitted configuration; none if a great many draws find none.
std::optional<Configuration> DrawConfiguration(const CudaTernaryFamily& family,
                                               const TernaryMatmulProblem& problem,
                                               const DeviceInfo& device, uint64_t seed);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_VARIANT_SAMPLE_H_
