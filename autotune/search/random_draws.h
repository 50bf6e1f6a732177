// Draws from a generator that are the same with every standard library, which those of the
// distributions in <random> are not.
#ifndef ATTUNE_AUTOTUNE_SEARCH_RANDOM_DRAWS_H_
#define ATTUNE_AUTOTUNE_SEARCH_RANDOM_DRAWS_H_

#include <cassert>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace attune {

// Uniform in [0, bound), bound > 0.
inline uint64_t UniformBelow(uint64_t bound, std::mt19937_64& generator) {
  assert(bound > 0);
  // Rejects the incomplete last run of residues, which would favour the small ones.
  const uint64_t limit = std::numeric_limits<uint64_t>::max() / bound * bound;
  uint64_t draw = generator();
  while (draw >= limit) draw = generator();
  return draw % bound;
}

// Uniform in [0, 1), 53 bits.
inline double UniformUnit(std::mt19937_64& generator) {
  return static_cast<double>(generator() >> 11) * 0x1p-53;
}

template <typename T>
void Shuffle(std::vector<T>& elements, std::mt19937_64& generator) {
  for (size_t left = elements.size(); left > 1; --left) {
    std::swap(elements[left - 1], elements[UniformBelow(left, generator)]);
  }
}

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_RANDOM_DRAWS_H_
