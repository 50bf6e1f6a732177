// Variants of the families of ternary products, for tests.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_VARIANT_SAMPLE_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_VARIANT_SAMPLE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "attention/ternary/cuda/cuda_ternary_family.h"
#include "attention/ternary/matmul_problem.h"
#include "autotune/space/configuration.h"
#include "device/device_info.h"

namespace attune {

// The families that tests go through.
const std::vector<const CudaTernaryFamily*>& TernaryFamiliesUnderTest();

// Whether `family` can compute `problem` there, whatever it says of its speed.
bool Computes(const CudaTernaryFamily& family, const TernaryMatmulProblem& problem,
              const DeviceInfo& device);

// A small problem that `family` computes: every type, group and remainder comes up.
TernaryMatmulProblem RandomTernaryProblem(const CudaTernaryFamily& family, uint64_t seed);

// What the family runs untuned, if it is admitted as it is.
std::optional<Configuration> DefaultConfiguration(const CudaTernaryFamily& family,
                                                  const TernaryMatmulProblem& problem,
                                                  const DeviceInfo& device);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_VARIANT_SAMPLE_H_
