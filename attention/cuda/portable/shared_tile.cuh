// Tiles in shared memory: rows of 16-byte chunks, swizzled so that any eight neighbouring rows'
// chunks of one column lie in different groups of four banks.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SHARED_TILE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SHARED_TILE_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/ptx/cp_async.cuh"

namespace attune::portable {

// How ways to read a tile differ in what must not collide.
enum class Swizzle {
  kRows,       // eight rows, one chunk: ldmatrix
  kFourByTwo,  // four rows, two chunks: fp32 values, read a word at a time
};

constexpr int GreatestCommonDivisor(int a, int b) {
  return b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

// kRowChunks chunks a row, no padding. Eight banks groups (four for pairs of chunks) are visited by
// consecutive rows in steps of the row's length; with g = gcd(length, 8) they come round to the same
// one after 8 / g rows. An exclusive or of the chunk's low bits with (row / (8 / g)) % g sends the
// g colliding rows to different ones, and stays inside the row because g divides its length.
template <int kRowChunks, Swizzle kSwizzle = Swizzle::kRows>
struct TileLayout {
  static constexpr int kUnit = kSwizzle == Swizzle::kRows ? 1 : 2;  // chunks that stay together
  static constexpr int kGroups = 8 / kUnit;
  static_assert(kRowChunks % kUnit == 0);
  static constexpr int kCollisions = GreatestCommonDivisor(kRowChunks / kUnit, kGroups);
  static constexpr int kRowBytes = kRowChunks * kChunkBytes;

  // What the byte offset of a chunk inside row `row` is xor-ed with. Repeats every eight rows.
  static __device__ __forceinline__ int XorBytes(int row) {
    return row / (kGroups / kCollisions) % kCollisions * (kUnit * kChunkBytes);
  }
  static __device__ __forceinline__ int Offset(int row, int chunk) {
    return row * kRowBytes + ((chunk * kChunkBytes) ^ XorBytes(row));
  }
};

// Copies kRows rows of kDim elements from global memory into a tile whose rows are padded with zeros
// to whole steps of the matrix products. Rows from `rows_left` on become zeros: garbage in a value
// row would turn zero probabilities into NaN. All threads of the block take part.
template <ElementType kElement, int kDim, int kRows, int kThreads, int kVectorBytes,
          Swizzle kSwizzle = Swizzle::kRows>
struct TileCopy {
  static constexpr int kElementBytes = ElementBytes(kElement);
  static constexpr int kRowChunks = PaddedDim(kElement, kDim) * kElementBytes / kChunkBytes;
  static constexpr int kDataChunks = kDim * kElementBytes / kChunkBytes;
  static constexpr int kChunks = kRows * kRowChunks;
  using Layout = TileLayout<kRowChunks, kSwizzle>;

  // `global`: the tile's first row; `stride`: bytes from row to row.
  static __device__ __forceinline__ void Run(cuda::std::uint32_t shared, const char* global,
                                             long long stride, int rows_left) {
#pragma unroll
    for (int i = 0; i < (kChunks + kThreads - 1) / kThreads; ++i) {
      const int index = i * kThreads + threadIdx.x;
      // Spelt this way so that, where a pass covers whole rows, only the row depends on i.
      const int row = kThreads % kRowChunks == 0
                          ? i * (kThreads / kRowChunks) + threadIdx.x / kRowChunks
                          : index / kRowChunks;
      const int chunk = kThreads % kRowChunks == 0 ? threadIdx.x % kRowChunks : index % kRowChunks;
      if (kChunks % kThreads != 0 && index >= kChunks) break;
      const bool present = row < rows_left && (kRowChunks == kDataChunks || chunk < kDataChunks);
      // Zeros are written without reading, but their address should still be one inside the tensor.
      const char* source = present ? global + row * stride + chunk * kChunkBytes : global;
      Chunk(shared + Layout::Offset(row, chunk), source, present);
    }
  }

 private:
  static __device__ __forceinline__ void Chunk(cuda::std::uint32_t shared, const char* global,
                                               bool present) {
    if constexpr (kVectorBytes >= 4) {
#pragma unroll
      for (int byte = 0; byte < kChunkBytes; byte += kVectorBytes) {
        ptx::CopyAsync<kVectorBytes>(shared + byte, present ? global + byte : global, present);
      }
    } else {
#pragma unroll
      for (int byte = 0; byte < kChunkBytes; byte += 2) {
        unsigned short element = 0;
        if (present) element = *reinterpret_cast<const unsigned short*>(global + byte);
        asm volatile("st.shared.u16 [%0], %1;" ::"r"(shared + byte), "h"(element) : "memory");
      }
    }
  }
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SHARED_TILE_CUH_
