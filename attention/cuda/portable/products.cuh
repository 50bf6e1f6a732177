// The two matrix products for fp16 and bf16: S = Q K^T and O += P V, a warp's rows each.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PRODUCTS_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PRODUCTS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/portable/recompute.cuh"
#include "attention/cuda/ptx/ldmatrix.cuh"
#include "attention/cuda/ptx/mma.cuh"

namespace attune::portable {

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class HalfProducts {
  using F = Fragments<kT, kC>;
  static constexpr Element kElement =
      kT.element == ElementType::kHalf ? Element::kHalf : Element::kBfloat16;
  static constexpr int kDepth = 16;
  static constexpr bool kKeepQuery = kC.query_registers != 0;

  // Whole where registers are indexed by the step. Elsewhere a long loop unrolled would have the
  // compiler load fragments so far ahead that the accumulators spill.
  static constexpr int kUnroll =
      kKeepQuery || kC.overlap != 0 || F::kQueryChunks * 8 / kDepth <= 8 ? 16 : 4;

 public:
  static constexpr int kSteps = F::kQueryChunks * 8 / kDepth;

  // `query`: shared address of the warp's first row.
  __device__ __forceinline__ explicit HalfProducts(cuda::std::uint32_t query) : query_(query) {}

  // With query_registers, once the queries are in shared memory.
  __device__ __forceinline__ void KeepQueries() {
#pragma unroll
    for (int step = 0; step < kSteps; ++step) LoadQuery(kept_[step], step, Chunks(Lane()));
  }

  // `key`: shared address of the stage. `beside(step)` is work to be done among the products, asked
  // for after those of each of kSteps steps.
  template <typename Beside>
  __device__ __forceinline__ void Scores(typename F::Scores& s, cuda::std::uint32_t key,
                                         Beside beside) const {
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int j = 0; j < F::kKeyTiles; ++j) {
#pragma unroll
        for (int e = 0; e < 4; ++e) s[i][j][e] = 0.0f;
      }
    }
    const int lane = Lane();
    const int query_xor = Chunks(lane);
    // Keys: lanes by eights take the left and right chunk of eight keys, then of the next eight.
    const cuda::std::uint32_t row = key + (lane % 8 + lane / 16 * 8) * F::QueryLayout::kRowBytes;
    const int key_xor = lane / 8 % 2 * kChunkBytes ^ F::QueryLayout::XorBytes(lane % 8);
#pragma unroll kUnroll
    for (int step = 0; step < kSteps; ++step) {
      cuda::std::uint32_t a[F::kRowTiles][4];
      if constexpr (kKeepQuery) {
#pragma unroll
        for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
          for (int e = 0; e < 4; ++e) a[i][e] = kept_[step][i][e];
        }
      } else {
        LoadQuery(a, step, query_xor);
      }
      const cuda::std::uint32_t column =
          row + F::QueryLayout::Swizzled(step * 2 * kChunkBytes, key_xor);
#pragma unroll
      for (int j = 0; j < F::kKeyTiles; j += 2) {
        cuda::std::uint32_t b[4];
        ptx::LoadMatrices(b, column + j * 8 * F::QueryLayout::kRowBytes);
#pragma unroll
        for (int i = 0; i < F::kRowTiles; ++i) {
          ptx::Mma<kElement>(s[i][j], a[i], b[0], b[1]);
          ptx::Mma<kElement>(s[i][j + 1], a[i], b[2], b[3]);
        }
      }
      beside(step);
    }
  }

  // `value`: shared address of the stage. `exponentiate(j)` turns the scores of key tile j into
  // probabilities; asked for just before their product, so that exponentials run beside the
  // products of earlier keys.
  template <typename Exponentiate>
  __device__ __forceinline__ void Output(typename F::Output& o, const typename F::Scores& s,
                                         cuda::std::uint32_t value,
                                         Exponentiate exponentiate) const {
    const int lane = Lane();
    const cuda::std::uint32_t row = value + lane % 16 * F::ValueLayout::kRowBytes;
    const int value_xor = lane / 16 * kChunkBytes ^ F::ValueLayout::XorBytes(lane % 8);
#pragma unroll
    for (int j = 0; j < F::kKeyTiles; j += 2) {
      exponentiate(j);
      exponentiate(j + 1);
      // The accumulators of 16 keys, packed, are the fragment of operand A.
      cuda::std::uint32_t a[F::kRowTiles][4];
#pragma unroll
      for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
        for (int e = 0; e < 4; ++e) {
          const auto& tile = s[i][j + e / 2];
          a[i][e] = ptx::Pack<kElement>(tile[e % 2 * 2], tile[e % 2 * 2 + 1]);
        }
      }
#pragma unroll
      for (int n = 0; n < F::kValueTiles; n += 2) {
        cuda::std::uint32_t b[4];
        ptx::LoadMatricesTransposed(b, row + j * 8 * F::ValueLayout::kRowBytes +
                                           F::ValueLayout::Swizzled(n * kChunkBytes, value_xor));
#pragma unroll
        for (int i = 0; i < F::kRowTiles; ++i) {
          ptx::Mma<kElement>(o[i][n], a[i], b[0], b[1]);
          ptx::Mma<kElement>(o[i][n + 1], a[i], b[2], b[3]);
        }
      }
    }
  }

 private:
  // Addresses are computed for each product again: kept, they would take half a dozen registers
  // throughout the key loop.
  static __device__ __forceinline__ int Lane() {
    return Recompute(static_cast<int>(threadIdx.x)) % kWarpThreads;
  }
  // Lanes 0 to 15 address the rows of the left chunk, 16 to 31 those of the right one.
  static __device__ __forceinline__ int Chunks(int lane) {
    return lane / 16 * kChunkBytes ^ F::QueryLayout::XorBytes(lane % 8);
  }
  // `chunks`: Chunks(lane).
  __device__ __forceinline__ void LoadQuery(cuda::std::uint32_t (&a)[F::kRowTiles][4], int step,
                                            int chunks) const {
    const cuda::std::uint32_t row = query_ + threadIdx.x % 16 * F::QueryLayout::kRowBytes +
                                    F::QueryLayout::Swizzled(step * 2 * kChunkBytes, chunks);
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
      ptx::LoadMatrices(a[i], row + i * 16 * F::QueryLayout::kRowBytes);
    }
  }

  cuda::std::uint32_t query_;
  cuda::std::uint32_t kept_[kKeepQuery ? kSteps : 1][F::kRowTiles][4];
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PRODUCTS_CUH_
