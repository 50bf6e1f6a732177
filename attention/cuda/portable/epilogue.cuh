// Writes a block's finished output: through shared memory, so that rows leave in whole vectors.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_EPILOGUE_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_EPILOGUE_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/ptx/element.cuh"

namespace attune::portable {

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class Epilogue {
  using F = Fragments<kT, kC>;
  using Layout = TileLayout<F::kValueChunks>;

 public:
  // Output times the rows' factors into the warp's rows at `shared`, in the output's element type.
  static __device__ __forceinline__ void Stage(const typename F::Output& o,
                                               const typename F::Rows& factor,
                                               unsigned char* shared) {
    const int t = threadIdx.x % 4;
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const int row = 16 * i + 8 * r + F::FirstRow();
#pragma unroll
        for (int n = 0; n < F::kValueTiles; ++n) {
          const float left = o[i][n][2 * r] * factor[i][r];
          const float right = o[i][n][2 * r + 1] * factor[i][r];
          if constexpr (F::kFloat) {
            *reinterpret_cast<float2*>(shared + Layout::Offset(row, 2 * n + t / 2) + t % 2 * 8) =
                make_float2(left, right);
          } else {
            constexpr Element kElement =
                kT.element == ElementType::kHalf ? Element::kHalf : Element::kBfloat16;
            *reinterpret_cast<cuda::std::uint32_t*>(shared + Layout::Offset(row, n) + t * 4) =
                ptx::Pack<kElement>(left, right);
          }
        }
      }
    }
  }

  // Copies the warp's first `rows` staged rows to `global`, `stride` bytes apart.
  static __device__ __forceinline__ void Write(const unsigned char* shared, char* global,
                                               long long stride, int rows) {
    constexpr int kDataChunks = kT.v_dim * ElementBytes(kT.element) / kChunkBytes;
    for (int index = threadIdx.x % kWarpThreads; index < WarpRows(kC) * kDataChunks;
         index += kWarpThreads) {
      const int row = index / kDataChunks;
      const int chunk = index % kDataChunks;
      if (row >= rows) break;
      WriteChunk(shared + Layout::Offset(row, chunk), global + row * stride + chunk * kChunkBytes);
    }
  }

 private:
  static __device__ __forceinline__ void WriteChunk(const unsigned char* shared, char* global) {
    if constexpr (kT.vector_bytes == 16) {
      Copy<uint4>(shared, global);
    } else if constexpr (kT.vector_bytes == 8) {
      Copy<uint2>(shared, global);
    } else if constexpr (kT.vector_bytes == 4) {
      Copy<unsigned int>(shared, global);
    } else {
      Copy<unsigned short>(shared, global);
    }
  }
  template <typename Vector>
  static __device__ __forceinline__ void Copy(const unsigned char* shared, char* global) {
#pragma unroll
    for (int i = 0; i < kChunkBytes / static_cast<int>(sizeof(Vector)); ++i) {
      reinterpret_cast<Vector*>(global)[i] = reinterpret_cast<const Vector*>(shared)[i];
    }
  }
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_EPILOGUE_CUH_
