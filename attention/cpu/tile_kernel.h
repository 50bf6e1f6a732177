// Products of bf16 matrices summed in fp32, on x86's tile registers (AMX, TDPBF16PS), or on vectors
// (AVX-512 BF16, VDPBF16PS) for processors that have no tiles.
//
// Where there are tiles nothing speaks for vectors: one thread of a virtual Intel Xeon with
// tiles (its model hidden; it did other work besides; register operands, 24 independent sums, best
// of 30, two runs) reached 42 to 46 GFLOP/s with VDPBF16PS, 163 to 172 with fp32 multiply-adds,
// 3510 to 3550 with tiles.
#ifndef ATTUNE_ATTENTION_CPU_TILE_KERNEL_H_
#define ATTUNE_ATTENTION_CPU_TILE_KERNEL_H_

#include <cstdint>

#include "absl/status/status.h"

namespace attune {

// A tile has kTileRows rows of kTileWords words; a word is two bf16 elements, or one fp32.
inline constexpr int kTileRows = 16;
inline constexpr int kTileWords = 16;
// Rows and columns of C that stay in tiles while depth runs: 2 x 2 tiles, fed by 2 + 2 more.
inline constexpr int kTileBlock = 2;

// Whether this processor and kernel have tiles of bf16.
bool HasTileProducts();
// Whether this processor has AVX-512's products of bf16.
bool HasVectorProducts();

// Asks the operating system for this process's permission to use tiles, which Linux gives only on
// request. Unimplemented where HasTileProducts() is false, FailedPrecondition if the system
// refuses.
absl::Status EnableTileProducts();

// Holds the calling thread's tiles, all of them whole. MultiplyTiles needs one alive, and a process
// that has called EnableTileProducts.
class TileScope {
 public:
  TileScope();
  ~TileScope();
  TileScope(const TileScope&) = delete;
  TileScope& operator=(const TileScope&) = delete;
};

// A matrix in memory; the stride is in words between rows.
struct TileMatrix {
  const float* data;
  int64_t stride;
};

// C[row_tiles * 16][column_tiles * 16] = A B, plus C if `add`. A has words of columns 2k and 2k + 1
// of a row, B words of rows 2k and 2k + 1 of a column; `words` (a multiple of 16) is half the
// depth. row_tiles and column_tiles are 1 or 2. Subnormals count as zero.
void MultiplyTiles(int row_tiles, int column_tiles, TileMatrix a, TileMatrix b, int64_t words,
                   float* c, int64_t c_stride, bool add);

// The same on vectors. Needs HasVectorProducts() and no TileScope.
void MultiplyVectors(int row_tiles, int column_tiles, TileMatrix a, TileMatrix b, int64_t words,
                     float* c, int64_t c_stride, bool add);

// Rounds `count` fp32 values (a multiple of 32) to bf16, to nearest with ties to even, at the start
// of their own memory.
void RoundToBf16InPlace(float* values, int64_t count);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_TILE_KERNEL_H_
