// Variants of a family, drawn at random from what its space admits.
#ifndef ATTUNE_ATTENTION_CUDA_TESTING_VARIANT_SAMPLE_H_
#define ATTUNE_ATTENTION_CUDA_TESTING_VARIANT_SAMPLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "attention/family.h"
#include "attention/problem.h"
#include "autotune/space/configuration.h"
#include "device/device_info.h"

namespace attune {

struct Variant {
  Problem problem;
  Configuration configuration;

  std::string ToString() const;
};

// Whether the family's space admits `configuration` for `problem` on `device`.
bool Admits(const AttentionFamily& family, const Problem& problem,
            const Configuration& configuration, const DeviceInfo& device);

// `count` variants of problems that `family` supports on `device`: dtypes in turn, head dims mostly
// 64 and 128, the rest random. Where drawing finds no configuration, what would run untuned. The
// same for a seed.
std::vector<Variant> SampleVariants(const AttentionFamily& family, const DeviceInfo& device,
                                    int count, uint64_t seed);

// A problem that runs the same code as `problem`, with other sizes, bounds and strides. `number`
// tells the problems of a seed apart.
Problem SameTraits(const Problem& problem, uint64_t seed, uint64_t number);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_TESTING_VARIANT_SAMPLE_H_
