// Warpgroup matrix products (wgmma) with both operands in shared memory, the depth in A's rows
// ("K-major") and along B's ("MN-major"): a product of probabilities and values.
//
// Use, accumulators and descriptors are as in wgmma.cuh.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_WGMMA_SHARED_VALUES_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_WGMMA_SHARED_VALUES_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/wgmma.cuh"

namespace attune::ptx {

// Run(d, a, b, accumulate): `accumulate` 0 overwrites d.
template <Element kElement, int kN>
struct WgmmaSharedValues;

// I0 to I2 are the three operand numbers that follow the N / 2 accumulators.
#define ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, N, I0, I1, I2)                         \
  template <>                                                                            \
  struct WgmmaSharedValues<ELEMENT, N> {                                                 \
    static __device__ __forceinline__ void Run(float (&d)[N / 2], cuda::std::uint64_t a, \
                                               cuda::std::uint64_t b, int accumulate) {  \
      asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" #I2                              \
                   ", 0;\n"                                                              \
                   "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE       \
                   " {" ATTUNE_NAMES_##N "}, %" #I0 ", %" #I1 ", p, 1, 1, 0, 1;\n}\n"    \
                   : ATTUNE_OUTPUTS_##N                                                  \
                   : "l"(a), "l"(b), "r"(accumulate));                                   \
    }                                                                                    \
  };

#define ATTUNE_WGMMA_SHARED_VALUES_ALL_N(ELEMENT, TYPE)         \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 16, 8, 9, 10)       \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 32, 16, 17, 18)     \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 48, 24, 25, 26)     \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 64, 32, 33, 34)     \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 80, 40, 41, 42)     \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 96, 48, 49, 50)     \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 112, 56, 57, 58)    \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 128, 64, 65, 66)    \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 144, 72, 73, 74)    \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 160, 80, 81, 82)    \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 176, 88, 89, 90)    \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 192, 96, 97, 98)    \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 208, 104, 105, 106) \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 224, 112, 113, 114) \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 240, 120, 121, 122) \
  ATTUNE_WGMMA_SHARED_VALUES(ELEMENT, TYPE, 256, 128, 129, 130)

ATTUNE_WGMMA_SHARED_VALUES_ALL_N(Element::kBfloat16, "bf16")
ATTUNE_WGMMA_SHARED_VALUES_ALL_N(Element::kHalf, "f16")

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_WGMMA_SHARED_VALUES_CUH_
