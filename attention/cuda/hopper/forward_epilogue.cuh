// Writes a warpgroup's finished output tile: log-sum-exp from registers, output through shared
// memory and TMA, or from registers.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_EPILOGUE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_EPILOGUE_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/softmax.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/stmatrix.cuh"
#include "attention/cuda/ptx/tma.cuh"

namespace attune::hopper {

// Accumulators, times the rows' factors, into 64-column parts at shared address `out` in the
// 128-byte swizzle: the 16-byte chunk c of row r lies at chunk c ^ (r % 8). Without it eight rows
// would meet in the same banks.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void StageOutput(const float (&o)[ValueColumns(kC) / 2],
                                            const float (&factor)[2], cuda::std::uint32_t out) {
  const int lane = threadIdx.x % 32;
  const int warp = threadIdx.x / 32 % 4;
  const int row = warp * 16 + lane % 16;
  const int right_half = lane / 16;
  const cuda::std::uint32_t row_address = out + row * kPartColumns * kElementBytes;
#pragma unroll
  for (int column = 0; column < ValueColumns(kC); column += 16) {
    const float* block = o + column / 2;
    const cuda::std::uint32_t fragment[4] = {
        ptx::Pack<kC.element>(block[0] * factor[0], block[1] * factor[0]),
        ptx::Pack<kC.element>(block[2] * factor[1], block[3] * factor[1]),
        ptx::Pack<kC.element>(block[4] * factor[0], block[5] * factor[0]),
        ptx::Pack<kC.element>(block[6] * factor[1], block[7] * factor[1])};
    const int chunk = column % kPartColumns / 8 + right_half;
    ptx::StoreMatrices(row_address + column / kPartColumns * kPartBytes + ((chunk ^ row % 8) << 4),
                       fragment);
  }
}

// One thread, once every thread's part is staged and fenced. Rows and columns past the tensor's end
// are clipped. Rows before its beginning are not: a store there is an illegal instruction (NVIDIA
// H200, CUDA 13.0, 2026-11-23; a load brings zeros).
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void StoreOutput(const ForwardArguments& arguments, const Tile& tile,
                                            int first_row, const unsigned char* out) {
  if constexpr (PartialFirst(kC)) {
    if (first_row < 0) return;
  }
#pragma unroll
  for (int part = 0; part < Parts(kC.v_dim); ++part) {
    const unsigned char* staged = out + part * kPartBytes;
    if constexpr (kC.tile_heads == 1) {
      ptx::TmaStore(arguments.out, {part * kPartColumns, first_row, tile.head, tile.batch}, staged);
    } else {
      ptx::TmaStore5(arguments.out,
                     {part * kPartColumns, 0, PositionOfRow<kC.tile_heads>(first_row),
                      tile.head / kC.tile_heads, tile.batch},
                     staged);
    }
  }
  ptx::TmaStoreCommit();
}

// Whether the sequence has this position: its last tile reaches past its end, or its first before
// its beginning.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ bool IsInside(int position, const Sequence<kC.packed>& sequence) {
  if constexpr (PartialFirst(kC)) {
    return static_cast<unsigned int>(position) < static_cast<unsigned int>(sequence.q_len());
  } else {
    return position < sequence.q_len();
  }
}

// Lane t of each quad holds word t of rows j of a 4x4 matrix, words[j]; afterwards row t.
__device__ __forceinline__ void TransposeInQuad(cuda::std::uint32_t (&words)[4]) {
#pragma unroll
  for (int bit = 1; bit <= 2; bit *= 2) {
    const bool upper = threadIdx.x & bit;
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const int low = bit == 1 ? 2 * i : i;
      const cuda::std::uint32_t first = words[low], second = words[low + bit];
      const cuda::std::uint32_t other = __shfl_xor_sync(0xffffffffu, upper ? first : second, bit);
      words[low] = upper ? other : first;
      words[low + bit] = upper ? second : other;
    }
  }
}

// Accumulators, times the rows' factors, from registers: a quad writes 64 contiguous bytes of a
// row. `tile` has the head, and `position` is that, of the thread's first fragment row.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void StoreOutputFromRegisters(const float (&o)[ValueColumns(kC) / 2],
                                                         const float (&factor)[2],
                                                         const ForwardArguments& arguments,
                                                         const Tile& tile,
                                                         const Sequence<kC.packed>& sequence,
                                                         int position) {
  const int eight = threadIdx.x % 4;
  const long long batch = kC.packed ? 0 : tile.batch * arguments.out_batch_stride;
  unsigned char* base =
      static_cast<unsigned char*>(arguments.out_base) +
      kElementBytes * (batch + tile.head * arguments.out_head_stride +
                       (sequence.first_query() + position) * arguments.out_row_stride);
  // From the thread's first row to its second.
  constexpr int kStep = kPositionStep<kC.tile_heads>;
  const long long step = OneHeadPerThread(kC.tile_heads) ? kStep * arguments.out_row_stride
                                                         : 8 * arguments.out_head_stride;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const bool inside = IsInside<kC>(position + kStep * r, sequence);
    uint4* out = reinterpret_cast<uint4*>(base + r * kElementBytes * step);
#pragma unroll
    for (int column = 0; column < kC.v_dim; column += 32) {
      cuda::std::uint32_t words[4] = {};
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        if (column + 8 * j >= kC.v_dim) continue;
        const float* pair = o + (column + 8 * j) / 2 + 2 * r;
        words[j] = ptx::Pack<kC.element>(pair[0] * factor[r], pair[1] * factor[r]);
      }
      TransposeInQuad(words);
      if (inside && (column + 32 <= kC.v_dim || column + 8 * eight < kC.v_dim)) {
        out[column / 8 + eight] = make_uint4(words[0], words[1], words[2], words[3]);
      }
    }
  }
}

// `tile` has the head, and `position` is that, of the thread's first fragment row.
template <HopperForwardConfiguration kC>
__device__ __forceinline__ void StoreLogSumExp(const ForwardArguments& arguments, const Tile& tile,
                                               const Sequence<kC.packed>& sequence, int position,
                                               const float (&log_sum_exp)[2]) {
  if (arguments.log_sum_exp == nullptr || threadIdx.x % 4 != 0) return;
  const long long head_stride = kC.packed ? arguments.log_sum_exp_head_stride : arguments.q_len;
  const long long offset =
      kC.packed
          ? tile.head * arguments.log_sum_exp_head_stride + sequence.first_query()
          : (static_cast<long long>(tile.batch) * arguments.q_heads + tile.head) * arguments.q_len;
  float* head = arguments.log_sum_exp + offset;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int at = position + kPositionStep<kC.tile_heads> * r;
    const long long below = OneHeadPerThread(kC.tile_heads) ? 0 : 8 * r * head_stride;
    if (IsInside<kC>(at, sequence)) head[at + below] = log_sum_exp[r];
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_EPILOGUE_CUH_
