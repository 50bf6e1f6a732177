// Tiles in shared memory: rows of 16-byte chunks, swizzled so that any eight neighbouring rows'
// chunks of one column lie in different groups of four banks.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SHARED_TILE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SHARED_TILE_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/recompute.cuh"
#include "attention/cuda/ptx/cp_async.cuh"

namespace attune::portable {

// How ways to read a tile differ in what must not collide.
enum class Swizzle {
  kRows,       // eight rows, one chunk: ldmatrix
  kFourByTwo,  // four rows, two chunks: fp32 values, read a word at a time
};

ATTUNE_HOST_DEVICE constexpr int GreatestCommonDivisor(int a, int b) {
  return b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

// kRowChunks chunks a row, no padding. Eight banks groups (four for pairs of chunks) are visited by
// consecutive rows in steps of the row's length; with g = gcd(length, 8) they come round to the
// same one after 8 / g rows. An exclusive or of the chunk's low bits with (row / (8 / g)) % g sends
// the g colliding rows to different ones, and stays inside the row because g divides its length.
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
  // column ^ xor_bytes for a constant column in bytes, where xor_bytes is below 128: as one of
  // eight variable values and a constant, which fits a load's immediate offset. Left whole, every
  // column would take an operation, or a register throughout the key loop.
  static __device__ __forceinline__ int Swizzled(int column, int xor_bytes) {
    constexpr int kSpan = 8 * kChunkBytes;
    return column / kSpan * kSpan + (column % kSpan ^ xor_bytes);
  }
};

// Copies tiles of kRows rows of kDim elements from global memory, one above the other. Their rows
// are padded with zeros to whole steps of the matrix products, and rows past the tensor's end
// become zeros: garbage in a value row would turn zero probabilities into NaN. All threads of the
// block take part.
template <ElementType kElement, int kDim, int kRows, int kThreads, int kVectorBytes,
          Swizzle kSwizzle = Swizzle::kRows>
class TileCopy {
  static constexpr int kElementBytes = ElementBytes(kElement);
  static constexpr int kRowChunks = PaddedDim(kElement, kDim) * kElementBytes / kChunkBytes;
  static constexpr int kDataChunks = kDim * kElementBytes / kChunkBytes;
  static constexpr int kChunks = kRows * kRowChunks;
  // A pass of all threads covers whole rows: a thread's chunk stays the same.
  static constexpr bool kWholeRows = kThreads % kRowChunks == 0 && kChunks % kThreads == 0;
  using Layout = TileLayout<kRowChunks, kSwizzle>;

 public:
  // `global`: the first tile's first row; `stride`: bytes from row to row.
  __device__ __forceinline__ TileCopy(const char* global, long long stride) : source_(global) {
    if constexpr (kWholeRows) {
      source_ += threadIdx.x / kRowChunks * stride + threadIdx.x % kRowChunks * kChunkBytes;
    }
  }

  // Rows from `rows_left` on are past the end.
  __device__ __forceinline__ void Copy(cuda::std::uint32_t shared, long long stride,
                                       int rows_left) const {
    if constexpr (kWholeRows) {
      CopyWholeRows(shared, stride, rows_left);
    } else {
      // As in CopyWholeRows, nothing of this is to be hoisted.
      const int thread = Recompute(static_cast<int>(threadIdx.x));
#pragma unroll
      for (int i = 0; i < (kChunks + kThreads - 1) / kThreads; ++i) {
        const int index = i * kThreads + thread;
        const int row = index / kRowChunks;
        const int chunk = index % kRowChunks;
        if (kChunks % kThreads != 0 && index >= kChunks) break;
        CopyChunk(shared + Layout::Offset(row, chunk), source_ + row * stride + chunk * kChunkBytes,
                  row < rows_left && HasData(chunk));
      }
    }
  }

  // On to the tile above.
  __device__ __forceinline__ void StepUp(long long stride) { source_ -= kRows * stride; }

 private:
  // The pointer steps from pass to pass; computed from the pass's number, it would be hoisted out
  // of the key loop into registers that are not there.
  __device__ __forceinline__ void CopyWholeRows(cuda::std::uint32_t shared, long long stride,
                                                int rows_left) const {
    constexpr int kPassRows = kThreads / kRowChunks;
    const int row = threadIdx.x / kRowChunks;
    const int chunk = threadIdx.x % kRowChunks;
    const cuda::std::uint32_t destination = shared + Layout::Offset(row, chunk);
    const char* source = source_;
#pragma unroll
    for (int first = 0; first < kRows; first += kPassRows) {
      // The swizzle repeats every eight rows.
      CopyChunk(first % 8 == 0 ? destination + first * Layout::kRowBytes
                               : shared + Layout::Offset(first + row, chunk),
                source, first + row < rows_left && HasData(chunk));
      source += kPassRows * stride;
    }
  }

  static __device__ __forceinline__ bool HasData(int chunk) {
    return kRowChunks == kDataChunks || chunk < kDataChunks;
  }

  // Zeros where `present` is false; `global` is not read then and may lie anywhere.
  static __device__ __forceinline__ void CopyChunk(cuda::std::uint32_t shared, const char* global,
                                                   bool present) {
    if constexpr (kVectorBytes >= 4) {
#pragma unroll
      for (int byte = 0; byte < kChunkBytes; byte += kVectorBytes) {
        ptx::CopyAsync<kVectorBytes>(shared + byte, global + byte, present);
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

  const char* source_;  // with kWholeRows the thread's first chunk, else the tile's first
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SHARED_TILE_CUH_
