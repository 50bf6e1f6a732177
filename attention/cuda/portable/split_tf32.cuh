// The two matrix products for fp32, accurate to fp32: split TF32.
//
// x = big + small with big a tf32 number (10 bits of fraction) and small the remainder, itself read
// by the tensor core as tf32; a product is big big + big small + small big (Markidis et al., 2018;
// Ootomo and Yokota, 2022). What is left out, small small and the end of small, is below 2^-20 of
// the product.
//
// Splitting is half of what a warp does besides its products. Operand A's big is the nearest tf32
// number; operand B's (keys and values, twice as many) is x itself, whose last bits the tensor core
// does not read. That B's smalls all have the sign of their x costs accuracy only where A's had
// too: with one side rounded, scores of standard normal inputs are off by 1.4e-7 in the mean, with
// both rounded by 6e-8, with none by 2.8e-7, before the tensor core's own rounding of sums.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_SPLIT_TF32_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_SPLIT_TF32_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/ptx/ldmatrix.cuh"
#include "attention/cuda/ptx/mma.cuh"

namespace attune::portable {

struct Split {
  cuda::std::uint32_t big[4];
  cuda::std::uint32_t small[4];

  __device__ __forceinline__ void Round(int i, cuda::std::uint32_t bits) {
    // Half a unit of the last bit kept, then cut: to nearest, in two integer operations where
    // cvt.rna.tf32 would take the slow conversion unit.
    big[i] = bits + 0x1000u & kTf32Bits;
    small[i] = __float_as_uint(__uint_as_float(bits) - __uint_as_float(big[i]));
  }

  __device__ __forceinline__ void Cut(int i, cuda::std::uint32_t bits) {
    big[i] = bits;
    small[i] = __float_as_uint(__uint_as_float(bits) - __uint_as_float(bits & kTf32Bits));
  }

 private:
  static constexpr cuda::std::uint32_t kTf32Bits = 0xffffe000u;  // those that the tensor core reads
};

template <PortableForwardTraits kT, PortableForwardConfiguration kC>
class SplitProducts {
  using F = Fragments<kT, kC>;
  static constexpr int kDepth = 8;

  // As in HalfProducts.
  static constexpr int kUnroll = kC.overlap != 0 || F::kQueryChunks * 4 / kDepth <= 8 ? 32 : 4;

 public:
  static constexpr int kSteps = F::kQueryChunks * 4 / kDepth;

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
#pragma unroll kUnroll
    for (int step = 0; step < kSteps; ++step) {
      Split a[F::kRowTiles];
#pragma unroll
      for (int i = 0; i < F::kRowTiles; ++i) {
        cuda::std::uint32_t bits[4];
        ptx::LoadMatrices(bits, query_row_ + i * 16 * F::QueryLayout::kRowBytes +
                                    F::QueryLayout::Swizzled(step * 2 * kChunkBytes, query_xor_));
#pragma unroll
        for (int e = 0; e < 4; ++e) a[i].Round(e, bits[e]);
      }
#pragma unroll
      for (int j = 0; j < F::kKeyTiles; j += 2) {
        cuda::std::uint32_t bits[4];
        ptx::LoadMatrices(bits, row + j * 8 * F::QueryLayout::kRowBytes +
                                    F::QueryLayout::Swizzled(step * 2 * kChunkBytes, key_xor_));
        Split b;
#pragma unroll
        for (int e = 0; e < 4; ++e) b.Cut(e, bits[e]);
        Accumulate<2>(s, j, a, b);
      }
      beside(step);
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
      Split a[F::kRowTiles];
#pragma unroll
      for (int i = 0; i < F::kRowTiles; ++i) {
        // Accumulator 0 is (g, key t), 1 (g, key t + 4), 2 and 3 eight rows below: operand A wants
        // both rows of key t first.
        a[i].Round(0, __float_as_uint(s[i][j][0]));
        a[i].Round(1, __float_as_uint(s[i][j][2]));
        a[i].Round(2, __float_as_uint(s[i][j][1]));
        a[i].Round(3, __float_as_uint(s[i][j][3]));
      }
#pragma unroll
      for (int n = 0; n < F::kValueTiles; n += 2) {
        Split b;
        constexpr bool kOdd = F::kValueTiles % 2 != 0;
        const bool both = !kOdd || n + 1 < F::kValueTiles;
#pragma unroll
        for (int e = 0; e < (both ? 4 : 2); ++e) {
          b.Cut(e, LoadWord(
                       row + (8 * j + e % 2 * 4) * F::ValueLayout::kRowBytes +
                       F::ValueLayout::Swizzled((n + e / 2) * 2 * kChunkBytes, value_xor_[e % 2])));
        }
        if (both) {
          Accumulate<2>(o, n, a, b);
        } else {
          Accumulate<1>(o, n, a, b);
        }
      }
    }
  }

 private:
  // Column tiles j to j + kTiles - 1 of d get all row tiles' products with pairs of b. The two
  // small terms come first: they would be rounded away more coarsely under a grown sum. Products
  // that follow each other go to different accumulators, to wait for none.
  template <int kTiles, int kColumns>
  static __device__ __forceinline__ void Accumulate(float (&d)[F::kRowTiles][kColumns][4], int j,
                                                    const Split (&a)[F::kRowTiles],
                                                    const Split& b) {
#pragma unroll
    for (int term = 0; term < 3; ++term) {
#pragma unroll
      for (int tile = 0; tile < kTiles; ++tile) {
        const auto& right = term == 1 ? b.small : b.big;
#pragma unroll
        for (int i = 0; i < F::kRowTiles; ++i) {
          ptx::MmaTf32(d[i][j + tile], term == 0 ? a[i].small : a[i].big, right[2 * tile],
                       right[2 * tile + 1]);
        }
      }
    }
  }

  static __device__ __forceinline__ cuda::std::uint32_t LoadWord(cuda::std::uint32_t address) {
    cuda::std::uint32_t word;
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(word) : "r"(address) : "memory");
    return word;
  }

  cuda::std::uint32_t query_row_;
  int query_xor_;
  cuda::std::uint32_t key_row_;
  int key_xor_;
  cuda::std::uint32_t value_row_;
  int value_xor_[2];
};

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_SPLIT_TF32_CUH_
