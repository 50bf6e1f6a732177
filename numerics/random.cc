#include "numerics/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/parallel.h"

namespace attune {
namespace {

// A millisecond or two of normals: enough to be worth a thread.
constexpr int64_t kElementsPerTask = 1 << 15;

}  // namespace

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
  const int64_t tasks = (count + kElementsPerTask - 1) / kElementsPerTask;
  ParallelFor(tasks, AvailableThreads(), [&](int64_t task, int64_t) {
    const int64_t end = std::min(count, (task + 1) * kElementsPerTask);
    for (int64_t i = task * kElementsPerTask; i < end; ++i) {
      const double value = scale * RandomNormal(seed, static_cast<uint64_t>(i));
      StoreElement(dtype, data, i, static_cast<float>(value));
    }
  });
}

}  // namespace attune
