// What a CPU's tile registers can do at most.
#ifndef ATTUNE_BENCHMARKS_ROOFLINE_CPU_TILE_RATE_H_
#define ATTUNE_BENCHMARKS_ROOFLINE_CPU_TILE_RATE_H_

#include <cstdint>

namespace attune {

// One thread: `rounds` times one product of bf16 tiles into each of four sums, all in registers.
// Needs HasTileProducts() and a TileScope (attention/cpu/tile_kernel.h). Returns the sum's first
// element, where all elements of both factors are ones.
float TileProducts(int64_t rounds);
// Floating-point operations of a round, a multiply and an add each.
int64_t TileOperationsPerRound();

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ROOFLINE_CPU_TILE_RATE_H_
