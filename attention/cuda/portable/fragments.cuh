// How scores, probabilities and output lie in a warp's registers, and the sizes of a variant's
// fragments.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_FRAGMENTS_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_FRAGMENTS_CUH_

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/shared_tile.cuh"

namespace attune::portable {

// A warp owns WarpRows query rows, in tiles of 16; keys and value columns come in tiles of 8. A
// fragment's element [i][j][e] is, with g = lane / 4 and t = lane % 4, at row 16 i + g + 8 (e / 2),
// and column 8 j + 2 t + e % 2 (ptx/mma.cuh) unless Key says otherwise.
template <PortableForwardTraits kT, PortableForwardConfiguration kC>
struct Fragments {
  static constexpr bool kFloat = kT.element == ElementType::kFloat;
  static constexpr int kRowTiles = WarpRows(kC) / 16;
  static constexpr int kKeyTiles = kC.block_n / 8;
  static constexpr int kValueTiles = PaddedDim(kT.element, kT.v_dim) / 8;

  using Scores = float[kRowTiles][kKeyTiles][4];
  using Output = float[kRowTiles][kValueTiles][4];
  // One number for each of a lane's rows: [i][r] is of row 16 i + g + 8 r.
  using Rows = float[kRowTiles][2];

  static constexpr int kQueryChunks = QueryRowBytes(kT) / kChunkBytes;
  static constexpr int kValueChunks = ValueRowBytes(kT) / kChunkBytes;
  using QueryLayout = TileLayout<kQueryChunks>;
  using ValueLayout = TileLayout<kValueChunks, kFloat ? Swizzle::kFourByTwo : Swizzle::kRows>;

  // The lane's first key, and what element e adds. In fp32 the tensor cores want probabilities as
  // operand A at columns t and t + 4, where the product before leaves columns 2t and 2t + 1: the
  // keys of each eight trade places (split_tf32.cuh) instead of the registers.
  static __device__ __forceinline__ int FirstKey() {
    return kFloat ? threadIdx.x % 4 : threadIdx.x % 4 * 2;
  }
  static ATTUNE_HOST_DEVICE constexpr int Key(int key_tile, int e) {
    return 8 * key_tile + e % 2 * (kFloat ? 4 : 1);
  }
  // The lane's first row in its warp's share.
  static __device__ __forceinline__ int FirstRow() { return threadIdx.x % kWarpThreads / 4; }
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_FRAGMENTS_CUH_
