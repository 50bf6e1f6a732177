// Warpgroup matrix products (wgmma) with A from registers and B in shared memory with the product's
// depth along its rows ("K-major"): D (64 x N) += A (64 x depth) B (depth x N). Depth 16 for 16-bit
// operands, 32 for signed 8-bit ones.
//
// Use, accumulators and the register operand A are as in wgmma.cuh; of 8-bit operands A's register
// i holds four elements where it holds two of 16 bits (mma.cuh, "A, 8 bit"), and sums are int32.
// B's rows of 128 bytes are described by DepthInRows; a step of either depth is 32 bytes.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_WGMMA_REGISTERS_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_WGMMA_REGISTERS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/wgmma.cuh"

namespace attune::ptx {

template <int kCount>
__device__ __forceinline__ void PinRegisters(int (&registers)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+r"(registers[i])::"memory");
}

// `accumulate` 0 overwrites d.
template <Element kElement, int kN>
struct WgmmaRegisters;
template <int kN>
struct WgmmaRegistersInt8;

#define ATTUNE_EIGHT_INT(i)                                                                   \
  "+r"(d[i]), "+r"(d[i + 1]), "+r"(d[i + 2]), "+r"(d[i + 3]), "+r"(d[i + 4]), "+r"(d[i + 5]), \
      "+r"(d[i + 6]), "+r"(d[i + 7])
#define ATTUNE_INT_OUTPUTS_16 ATTUNE_EIGHT_INT(0)
#define ATTUNE_INT_OUTPUTS_32 ATTUNE_INT_OUTPUTS_16, ATTUNE_EIGHT_INT(8)
#define ATTUNE_INT_OUTPUTS_48 ATTUNE_INT_OUTPUTS_32, ATTUNE_EIGHT_INT(16)
#define ATTUNE_INT_OUTPUTS_64 ATTUNE_INT_OUTPUTS_32, ATTUNE_EIGHT_INT(16), ATTUNE_EIGHT_INT(24)
#define ATTUNE_INT_OUTPUTS_96 ATTUNE_INT_OUTPUTS_64, ATTUNE_EIGHT_INT(32), ATTUNE_EIGHT_INT(40)
#define ATTUNE_INT_OUTPUTS_128 ATTUNE_INT_OUTPUTS_96, ATTUNE_EIGHT_INT(48), ATTUNE_EIGHT_INT(56)
#define ATTUNE_INT_OUTPUTS_192                                                              \
  ATTUNE_INT_OUTPUTS_128, ATTUNE_EIGHT_INT(64), ATTUNE_EIGHT_INT(72), ATTUNE_EIGHT_INT(80), \
      ATTUNE_EIGHT_INT(88)
#define ATTUNE_INT_OUTPUTS_256                                                                \
  ATTUNE_INT_OUTPUTS_192, ATTUNE_EIGHT_INT(96), ATTUNE_EIGHT_INT(104), ATTUNE_EIGHT_INT(112), \
      ATTUNE_EIGHT_INT(120)

// I0 to I5 are the six operand numbers that follow the N / 2 accumulators; TAIL is what follows the
// predicate.
#define ATTUNE_WGMMA_REGISTERS(STRUCT, SUM, INSTRUCTION, OUTPUTS, TAIL, N, I0, I1, I2, I3, I4, I5) \
  template <>                                                                                      \
  struct STRUCT {                                                                                  \
    static __device__ __forceinline__ void Run(SUM (&d)[N / 2], const cuda::std::uint32_t* a,      \
                                               cuda::std::uint64_t b, int accumulate) {            \
      asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" #I5                                        \
                   ", 0;\n"                                                                        \
                   "wgmma.mma_async.sync.aligned.m64n" #N INSTRUCTION " {" ATTUNE_NAMES_##N        \
                   "}, {%" #I0 ", %" #I1 ", %" #I2 ", %" #I3 "}, %" #I4 ", p" TAIL ";\n}\n"        \
                   : OUTPUTS##N                                                                    \
                   : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate));         \
    }                                                                                              \
  };

#define ATTUNE_WGMMA_REGISTERS_N(N, I0, I1, I2, I3, I4, I5)                                        \
  ATTUNE_WGMMA_REGISTERS(WgmmaRegisters<Element::kBfloat16 ATTUNE_COMMA N>, float,                 \
                         "k16.f32.bf16.bf16", ATTUNE_OUTPUTS_, ", 1, 1, 0", N, I0, I1, I2, I3, I4, \
                         I5)                                                                       \
  ATTUNE_WGMMA_REGISTERS(WgmmaRegistersInt8<N>, int, "k32.s32.s8.s8", ATTUNE_INT_OUTPUTS_, "", N,  \
                         I0, I1, I2, I3, I4, I5)
#define ATTUNE_COMMA ,

ATTUNE_WGMMA_REGISTERS_N(16, 8, 9, 10, 11, 12, 13)
ATTUNE_WGMMA_REGISTERS_N(32, 16, 17, 18, 19, 20, 21)
ATTUNE_WGMMA_REGISTERS_N(48, 24, 25, 26, 27, 28, 29)
ATTUNE_WGMMA_REGISTERS_N(64, 32, 33, 34, 35, 36, 37)
ATTUNE_WGMMA_REGISTERS_N(96, 48, 49, 50, 51, 52, 53)
ATTUNE_WGMMA_REGISTERS_N(128, 64, 65, 66, 67, 68, 69)
ATTUNE_WGMMA_REGISTERS_N(192, 96, 97, 98, 99, 100, 101)
ATTUNE_WGMMA_REGISTERS_N(256, 128, 129, 130, 131, 132, 133)

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_WGMMA_REGISTERS_CUH_
