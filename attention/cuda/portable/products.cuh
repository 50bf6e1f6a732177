// The two matrix products for fp16 and bf16: S = Q K^T and O += P V, a warp's rows each.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PRODUCTS_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PRODUCTS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/fragments.cuh"
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

 public:
  static constexpr int kSteps = F::kQueryChunks * 8 / kDepth;

  // `query`: shared address of the warp's first row.
  __device__ __forceinline__ explicit HalfProducts(cuda::std::uint32_t query) {
    const int lane = threadIdx.x % kWarpThreads;
    // Lanes 0 to 15 address the rows of the left chunk, 16 to 31 those of the right one.
    query_row_ = query + lane % 16 * F::QueryLayout::kRowBytes;
    query_xor_ = lane / 16 * kChunkBytes ^ F::QueryLayout::XorBytes(lane % 8);
    // Keys: lanes by eights take the left and right chunk of eight keys, then of the next eight.
    key_row_ = (lane % 8 + lane / 16 * 8) * F::QueryLayout::kRowBytes;
    key_xor_ = lane / 8 % 2 * kChunkBytes ^ F::QueryLayout::XorBytes(lane % 8);
    value_row_ = lane % 16 * F::ValueLayout::kRowBytes;
    value_xor_ = lane / 16 * kChunkBytes ^ F::ValueLayout::XorBytes(lane % 8);
  }

  // With query_registers, once the queries are in shared memory.
  __device__ __forceinline__ void KeepQueries() {
#pragma unroll
    for (int step = 0; step < kSteps; ++step) LoadQuery(kept_[step], step);
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
    const cuda::std::uint32_t row = key + key_row_;
#pragma unroll
    for (int step = 0; step < kSteps; ++step) {
      cuda::std::uint32_t a[F::kRowTiles][4];
      if constexpr (kKeepQuery) {
#pragma unroll
        for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
          for (int e = 0; e < 4; ++e) a[i][e] = kept_[step][i][e];
        }
      } else {
        LoadQuery(a, step);
      }
      const cuda::std::uint32_t column = row + (step * 2 * kChunkBytes ^ key_xor_);
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
    const cuda::std::uint32_t row = value + value_row_;
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
        ptx::LoadMatricesTransposed(
            b, row + j * 8 * F::ValueLayout::kRowBytes + (n * kChunkBytes ^ value_xor_));
#pragma unroll
        for (int i = 0; i < F::kRowTiles; ++i) {
          ptx::Mma<kElement>(o[i][n], a[i], b[0], b[1]);
          ptx::Mma<kElement>(o[i][n + 1], a[i], b[2], b[3]);
        }
      }
    }
  }

 private:
  __device__ __forceinline__ void LoadQuery(cuda::std::uint32_t (&a)[F::kRowTiles][4],
                                            int step) const {
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
      ptx::LoadMatrices(a[i], query_row_ + i * 16 * F::QueryLayout::kRowBytes +
                                  (step * 2 * kChunkBytes ^ query_xor_));
    }
  }

  cuda::std::uint32_t query_row_;
  cuda::std::uint32_t query_xor_;
  cuda::std::uint32_t key_row_;
  cuda::std::uint32_t key_xor_;
  cuda::std::uint32_t value_row_;
  cuda::std::uint32_t value_xor_;
  cuda::std::uint32_t kept_[kKeepQuery ? kSteps : 1][F::kRowTiles][4];
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PRODUCTS_CUH_
