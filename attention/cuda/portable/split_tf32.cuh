// The two matrix products for fp32, accurate to fp32: split TF32.
//
// x = big + small with big the nearest tf32 number (10 bits of fraction) and small the remainder,
// itself read by the tensor core as tf32; a product is big big + big small + small big (Markidis et
// al., 2018; Ootomo and Yokota, 2022). What is left out, small small and the end of small, is below
// 2^-21 of the product.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SPLIT_TF32_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SPLIT_TF32_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/ptx/ldmatrix.cuh"
#include "attention/cuda/ptx/mma.cuh"

namespace attune::portable {

template <int kCount>
struct Split {
  cuda::std::uint32_t big[kCount];
  cuda::std::uint32_t small[kCount];

  __device__ __forceinline__ void Set(int i, cuda::std::uint32_t bits) {
    // Half a unit of the last bit kept, then cut: to nearest, in two integer operations where
    // cvt.rna.tf32 would take the slow conversion unit.
    big[i] = bits + 0x1000u & 0xffffe000u;
    small[i] = __float_as_uint(__uint_as_float(bits) - __uint_as_float(big[i]));
  }
};

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class SplitProducts {
  using F = Fragments<kT, kC>;
  static constexpr int kDepth = 8;
  static constexpr int kSteps = F::kQueryChunks * 4 / kDepth;

 public:
  // `query`: shared address of the warp's first row.
  __device__ __forceinline__ explicit SplitProducts(cuda::std::uint32_t query) {
    const int lane = threadIdx.x % kWarpThreads;
    query_row_ = query + lane % 16 * F::QueryLayout::kRowBytes;
    query_xor_ = lane / 16 * kChunkBytes ^ F::QueryLayout::XorBytes(lane % 8);
    // Column n of the product is key n / 2 or n / 2 + 4 of its eight (Fragments::Key).
    const int key = lane % 8 / 2 + lane % 2 * 4;
    key_row_ = (key + lane / 16 * 8) * F::QueryLayout::kRowBytes;
    key_xor_ = lane / 8 % 2 * kChunkBytes ^ F::QueryLayout::XorBytes(key);
    // Values are read a word at a time: key t (and t + 4), column g of eight.
    const int word = lane / 4;
    value_row_ = lane % 4 * F::ValueLayout::kRowBytes + word % 4 * 4;
    value_xor_[0] = word / 4 * kChunkBytes ^ F::ValueLayout::XorBytes(lane % 4);
    value_xor_[1] = word / 4 * kChunkBytes ^ F::ValueLayout::XorBytes(lane % 4 + 4);
  }

  // `key`: shared address of the stage.
  __device__ __forceinline__ void Scores(typename F::Scores& s, cuda::std::uint32_t key) const {
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
      Split<4> a[F::kRowTiles];
#pragma unroll
      for (int i = 0; i < F::kRowTiles; ++i) {
        cuda::std::uint32_t bits[4];
        ptx::LoadMatrices(bits, query_row_ + i * 16 * F::QueryLayout::kRowBytes +
                                    (step * 2 * kChunkBytes ^ query_xor_));
#pragma unroll
        for (int e = 0; e < 4; ++e) a[i].Set(e, bits[e]);
      }
#pragma unroll
      for (int j = 0; j < F::kKeyTiles; j += 2) {
        cuda::std::uint32_t bits[4];
        ptx::LoadMatrices(
            bits, row + j * 8 * F::QueryLayout::kRowBytes + (step * 2 * kChunkBytes ^ key_xor_));
        Split<4> b;
#pragma unroll
        for (int e = 0; e < 4; ++e) b.Set(e, bits[e]);
        Accumulate<F::kKeyTiles>(s, j, a, b, 0);
        Accumulate<F::kKeyTiles>(s, j + 1, a, b, 2);
      }
    }
  }

  // As HalfProducts::Output.
  template <typename Exponentiate>
  __device__ __forceinline__ void Output(typename F::Output& o, const typename F::Scores& s,
                                         cuda::std::uint32_t value,
                                         Exponentiate exponentiate) const {
    const cuda::std::uint32_t row = value + value_row_;
#pragma unroll
    for (int j = 0; j < F::kKeyTiles; ++j) {
      exponentiate(j);
      Split<4> a[F::kRowTiles];
#pragma unroll
      for (int i = 0; i < F::kRowTiles; ++i) {
        // Accumulator 0 is (g, key t), 1 (g, key t + 4), 2 and 3 eight rows below: operand A wants
        // both rows of key t first.
        a[i].Set(0, __float_as_uint(s[i][j][0]));
        a[i].Set(1, __float_as_uint(s[i][j][2]));
        a[i].Set(2, __float_as_uint(s[i][j][1]));
        a[i].Set(3, __float_as_uint(s[i][j][3]));
      }
#pragma unroll
      for (int n = 0; n < F::kValueTiles; ++n) {
        Split<2> b;
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          b.Set(half, LoadWord(row + (8 * j + 4 * half) * F::ValueLayout::kRowBytes +
                               (n * 2 * kChunkBytes ^ value_xor_[half])));
        }
        Accumulate<F::kValueTiles>(o, n, a, b, 0);
      }
    }
  }

 private:
  // Column tile j of d gets all row tiles' products with elements first and first + 1 of b. The two
  // small terms come first: they would be rounded away more coarsely under a grown sum.
  template <int kTiles, int kCount>
  static __device__ __forceinline__ void Accumulate(float (&d)[F::kRowTiles][kTiles][4], int j,
                                                    const Split<4> (&a)[F::kRowTiles],
                                                    const Split<kCount>& b, int first) {
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
      ptx::MmaTf32(d[i][j], a[i].small, b.big[first], b.big[first + 1]);
      ptx::MmaTf32(d[i][j], a[i].big, b.small[first], b.small[first + 1]);
      ptx::MmaTf32(d[i][j], a[i].big, b.big[first], b.big[first + 1]);
    }
  }

  static __device__ __forceinline__ cuda::std::uint32_t LoadWord(cuda::std::uint32_t address) {
    cuda::std::uint32_t word;
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(word) : "r"(address) : "memory");
    return word;
  }

  cuda::std::uint32_t query_row_;
  cuda::std::uint32_t query_xor_;
  cuda::std::uint32_t key_row_;
  cuda::std::uint32_t key_xor_;
  cuda::std::uint32_t value_row_;
  cuda::std::uint32_t value_xor_[2];
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SPLIT_TF32_CUH_
