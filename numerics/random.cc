#include "numerics/random.h"

#include <cmath>
#include <numbers>

namespace attune {

uint64_t RandomBits(uint64_t seed, uint64_t index) {
  // The generator's state after index + 1 steps is the seed plus as many golden gammas: any draw
  // costs the same.
  uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

double RandomUniform(uint64_t seed, uint64_t index) {
  return static_cast<double>(RandomBits(seed, index) >> 11) * 0x1p-53;
}

double RandomNormal(uint64_t seed, uint64_t index) {
  // 1 - u lies in (0, 1]: the logarithm is finite.
  const double radius = std::sqrt(-2 * std::log(1 - RandomUniform(seed, 2 * index)));
  return radius * std::cos(2 * std::numbers::pi * RandomUniform(seed, 2 * index + 1));
}

void FillNormal(uint64_t seed, Dtype dtype, void* data, int64_t count, double scale) {
  for (int64_t i = 0; i < count; ++i) {
    const double value = scale * RandomNormal(seed, static_cast<uint64_t>(i));
    StoreElement(dtype, data, i, static_cast<float>(value));
  }
}

}  // namespace attune
