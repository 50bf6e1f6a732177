#include "benchmarks/roofline/cpu_tile_rate.h"

#include <algorithm>
#include <cassert>

#include "attention/cpu/tile_kernel.h"

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>
#endif

namespace attune {
namespace {

constexpr int kSums = 4;
// Of a tile, bf16 ones two to a word.
constexpr int kTileWordCount = kTileRows * kTileWords;
constexpr uint32_t kTwoOnes = 0x3f803f80;

}  // namespace

#if defined(__x86_64__) && defined(__linux__)

__attribute__((target("amx-tile,amx-bf16"))) float TileProducts(int64_t rounds) {
  alignas(64) uint32_t ones[kTileWordCount];
  std::fill_n(ones, kTileWordCount, kTwoOnes);
  alignas(64) float sum[kTileWordCount];
  constexpr int kStride = kTileWords * 4;
  // The compiler does not know that loading a tile reads memory.
  asm volatile("" ::"r"(ones) : "memory");
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, ones, kStride);
  _tile_loadd(5, ones, kStride);
  for (int64_t round = 0; round < rounds; ++round) {
    _tile_dpbf16ps(0, 4, 5);
    _tile_dpbf16ps(1, 4, 5);
    _tile_dpbf16ps(2, 4, 5);
    _tile_dpbf16ps(3, 4, 5);
  }
  _tile_stored(0, sum, kStride);
  asm volatile("" ::"r"(sum) : "memory");
  return sum[0];
}

#else

float TileProducts(int64_t) {
  assert(false);
  return 0;
}

#endif

int64_t TileOperationsPerRound() {
  return int64_t{kSums} * kTileRows * kTileWords * (2 * kTileWords) * 2;
}

}  // namespace attune
