// Seeded data: the same numbers on every machine, in whatever order they are drawn.
#ifndef ATTUNE_NUMERICS_RANDOM_H_
#define ATTUNE_NUMERICS_RANDOM_H_

#include <cstdint>

#include "numerics/dtype.h"

namespace attune {

// 64 well-mixed bits for draw `index` of stream `seed` (SplitMix64: Steele, Lea, Flood, OOPSLA
// 2014).
uint64_t RandomBits(uint64_t seed, uint64_t index);

// Uniform on [0, 1), 53 bits.
double RandomUniform(uint64_t seed, uint64_t index);

// Standard normal (Box-Muller).
double RandomNormal(uint64_t seed, uint64_t index);

// Fills `count` elements of `dtype` at `data` with standard normals times `scale`, rounded to
// `dtype`. The numbers do not depend on how many threads share the work.
void FillNormal(uint64_t seed, Dtype dtype, void* data, int64_t count, double scale = 1.0);

}  // namespace attune

#endif  // ATTUNE_NUMERICS_RANDOM_H_
