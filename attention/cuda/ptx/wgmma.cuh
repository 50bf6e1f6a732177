// Warpgroup matrix products (wgmma), fp32 accumulators, 16-bit operands, depth 16.
//
// D (64 x N) += A (64 x 16) B (16 x N). A and B come from shared memory through descriptors, or A
// from registers. The product runs asynchronously: fence before the first of a batch if ordinary
// code touched its registers, commit the batch, wait for it before touching them again.
//
// Accumulator layout (PTX ISA, "wgmma.mma_async.m64nNk16", register fragments): warp w of the group
// holds rows 16w to 16w + 15; lane l holds, for each 8 columns c, d[4c], d[4c + 1] at row l / 4,
// columns 8c + 2 (l % 4) and the next, and d[4c + 2], d[4c + 3] eight rows below. Packed in pairs
// to 16 bits, the accumulators of columns 16k to 16k + 15 are the register operand A of step k of a
// product over those columns.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_WGMMA_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_WGMMA_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/ptx/element.cuh"
#include "attention/cuda/ptx/mbarrier.cuh"

namespace attune::ptx {

__device__ __forceinline__ void WgmmaFence() {
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
}

__device__ __forceinline__ void WgmmaCommit() {
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
}

// Until at most kPending committed batches are still running.
template <int kPending>
__device__ __forceinline__ void WgmmaWait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

// Keeps the compiler from moving ordinary uses of registers across the wgmma instructions around:
// it does not know that an asynchronous product still writes (or reads) them after the statement
// that issued it.
template <int kCount>
__device__ __forceinline__ void PinRegisters(float (&registers)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(registers[i])::"memory");
}
template <int kCount>
__device__ __forceinline__ void PinRegisters(cuda::std::uint32_t (&registers)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+r"(registers[i])::"memory");
}

// Descriptors of tiles in the 128-byte swizzle that TMA writes: rows of 64 16-bit elements (128
// bytes), groups of eight rows 1024 bytes apart, the tile aligned to 1024 bytes. Fields in units of
// 16 bytes: start address in bits 0 to 13, leading offset in 16 to 29, stride offset in 32 to 45,
// swizzle mode 1 (128 bytes) in 62 and 63.
inline constexpr cuda::std::uint64_t kSwizzle128 = cuda::std::uint64_t{1} << 62;
inline constexpr cuda::std::uint64_t kEightRows = cuda::std::uint64_t{1024 / 16} << 32;

// The product's depth runs along the 64 columns ("K-major"); the leading offset is not used. A step
// of 16 columns adds 32 bytes to the address: the hardware swizzles address bits, so this stays
// right inside a row.
__device__ __forceinline__ cuda::std::uint64_t DepthInRows(cuda::std::uint32_t address) {
  return kSwizzle128 | kEightRows | cuda::std::uint64_t{1} << 16 | (address & 0x3FFFF) >> 4;
}

// The product's depth runs along the rows ("MN-major", transposed operand); 64-column parts of the
// tile lie `part_bytes` apart. A step of 16 rows adds 2048 bytes.
__device__ __forceinline__ cuda::std::uint64_t DepthAlongRows(cuda::std::uint32_t address,
                                                              int part_bytes) {
  return kSwizzle128 | kEightRows | static_cast<cuda::std::uint64_t>(part_bytes / 16) << 16 |
         (address & 0x3FFFF) >> 4;
}

// Without a swizzle, 16 bytes (eight elements of the depth) of each row, rows behind each other: a
// tile of depth 8. A product of depth 16 reads it twice, and A must have zeros in one half.
__device__ __forceinline__ cuda::std::uint64_t EightDeep(cuda::std::uint32_t address) {
  return cuda::std::uint64_t{128 / 16} << 32 | (address & 0x3FFFF) >> 4;
}

// `descriptor` moved by `bytes`. The address field cannot overflow: shared memory ends below 2^18.
__device__ __forceinline__ cuda::std::uint64_t Advance(cuda::std::uint64_t descriptor, int bytes) {
  return descriptor + static_cast<cuda::std::uint64_t>(bytes / 16);
}

// One instruction for each element type and N. Members:
//   FromShared(d, a, b, accumulate): A and B K-major in shared memory.
//   FromSharedDepthAlongRows(d, a, b, accumulate): A K-major and B MN-major in shared memory.
//   FromRegisters(d, a, b, accumulate): A in registers, B MN-major.
//   FromRegistersDepthInRows(d, a, b, accumulate): A in registers, B K-major.
// `accumulate` 0 overwrites d.
template <Element kElement, int kN>
struct Wgmma;

// Inline assembly needs every register spelt out: lists in groups of eight operands, and for each N
// the numbers of the operands behind the accumulators.
#define ATTUNE_NAMES_16 "%0, %1, %2, %3, %4, %5, %6, %7"
#define ATTUNE_NAMES_32 ATTUNE_NAMES_16 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define ATTUNE_NAMES_48 ATTUNE_NAMES_32 ", %16, %17, %18, %19, %20, %21, %22, %23"
#define ATTUNE_NAMES_64 ATTUNE_NAMES_48 ", %24, %25, %26, %27, %28, %29, %30, %31"
#define ATTUNE_NAMES_80 ATTUNE_NAMES_64 ", %32, %33, %34, %35, %36, %37, %38, %39"
#define ATTUNE_NAMES_96 ATTUNE_NAMES_80 ", %40, %41, %42, %43, %44, %45, %46, %47"
#define ATTUNE_NAMES_112 ATTUNE_NAMES_96 ", %48, %49, %50, %51, %52, %53, %54, %55"
#define ATTUNE_NAMES_128 ATTUNE_NAMES_112 ", %56, %57, %58, %59, %60, %61, %62, %63"
#define ATTUNE_NAMES_144 ATTUNE_NAMES_128 ", %64, %65, %66, %67, %68, %69, %70, %71"
#define ATTUNE_NAMES_160 ATTUNE_NAMES_144 ", %72, %73, %74, %75, %76, %77, %78, %79"
#define ATTUNE_NAMES_176 ATTUNE_NAMES_160 ", %80, %81, %82, %83, %84, %85, %86, %87"
#define ATTUNE_NAMES_192 ATTUNE_NAMES_176 ", %88, %89, %90, %91, %92, %93, %94, %95"
#define ATTUNE_NAMES_208 ATTUNE_NAMES_192 ", %96, %97, %98, %99, %100, %101, %102, %103"
#define ATTUNE_NAMES_224 ATTUNE_NAMES_208 ", %104, %105, %106, %107, %108, %109, %110, %111"
#define ATTUNE_NAMES_240 ATTUNE_NAMES_224 ", %112, %113, %114, %115, %116, %117, %118, %119"
#define ATTUNE_NAMES_256 ATTUNE_NAMES_240 ", %120, %121, %122, %123, %124, %125, %126, %127"

#define ATTUNE_EIGHT(i)                                                                       \
  "+f"(d[i]), "+f"(d[i + 1]), "+f"(d[i + 2]), "+f"(d[i + 3]), "+f"(d[i + 4]), "+f"(d[i + 5]), \
      "+f"(d[i + 6]), "+f"(d[i + 7])
#define ATTUNE_OUTPUTS_16 ATTUNE_EIGHT(0)
#define ATTUNE_OUTPUTS_32 ATTUNE_OUTPUTS_16, ATTUNE_EIGHT(8)
#define ATTUNE_OUTPUTS_48 ATTUNE_OUTPUTS_32, ATTUNE_EIGHT(16)
#define ATTUNE_OUTPUTS_64 ATTUNE_OUTPUTS_48, ATTUNE_EIGHT(24)
#define ATTUNE_OUTPUTS_80 ATTUNE_OUTPUTS_64, ATTUNE_EIGHT(32)
#define ATTUNE_OUTPUTS_96 ATTUNE_OUTPUTS_80, ATTUNE_EIGHT(40)
#define ATTUNE_OUTPUTS_112 ATTUNE_OUTPUTS_96, ATTUNE_EIGHT(48)
#define ATTUNE_OUTPUTS_128 ATTUNE_OUTPUTS_112, ATTUNE_EIGHT(56)
#define ATTUNE_OUTPUTS_144 ATTUNE_OUTPUTS_128, ATTUNE_EIGHT(64)
#define ATTUNE_OUTPUTS_160 ATTUNE_OUTPUTS_144, ATTUNE_EIGHT(72)
#define ATTUNE_OUTPUTS_176 ATTUNE_OUTPUTS_160, ATTUNE_EIGHT(80)
#define ATTUNE_OUTPUTS_192 ATTUNE_OUTPUTS_176, ATTUNE_EIGHT(88)
#define ATTUNE_OUTPUTS_208 ATTUNE_OUTPUTS_192, ATTUNE_EIGHT(96)
#define ATTUNE_OUTPUTS_224 ATTUNE_OUTPUTS_208, ATTUNE_EIGHT(104)
#define ATTUNE_OUTPUTS_240 ATTUNE_OUTPUTS_224, ATTUNE_EIGHT(112)
#define ATTUNE_OUTPUTS_256 ATTUNE_OUTPUTS_240, ATTUNE_EIGHT(120)

// I0 to I5 are the six operand numbers that follow the N / 2 accumulators.
#define ATTUNE_WGMMA(ELEMENT, TYPE, N, I0, I1, I2, I3, I4, I5)                                    \
  template <>                                                                                     \
  struct Wgmma<ELEMENT, N> {                                                                      \
    static __device__ __forceinline__ void FromShared(float (&d)[N / 2], cuda::std::uint64_t a,   \
                                                      cuda::std::uint64_t b, int accumulate) {    \
      asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" #I2                                       \
                   ", 0;\n"                                                                       \
                   "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE                \
                   " {" ATTUNE_NAMES_##N "}, %" #I0 ", %" #I1 ", p, 1, 1, 0, 0;\n}\n"             \
                   : ATTUNE_OUTPUTS_##N                                                           \
                   : "l"(a), "l"(b), "r"(accumulate));                                            \
    }                                                                                             \
    static __device__ __forceinline__ void FromSharedDepthAlongRows(float (&d)[N / 2],            \
                                                                    cuda::std::uint64_t a,        \
                                                                    cuda::std::uint64_t b,        \
                                                                    int accumulate) {             \
      asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" #I2                                       \
                   ", 0;\n"                                                                       \
                   "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE                \
                   " {" ATTUNE_NAMES_##N "}, %" #I0 ", %" #I1 ", p, 1, 1, 0, 1;\n}\n"             \
                   : ATTUNE_OUTPUTS_##N                                                           \
                   : "l"(a), "l"(b), "r"(accumulate));                                            \
    }                                                                                             \
    static __device__ __forceinline__ void FromRegisters(float (&d)[N / 2],                       \
                                                         const cuda::std::uint32_t* a,            \
                                                         cuda::std::uint64_t b, int accumulate) { \
      asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" #I5                                       \
                   ", 0;\n"                                                                       \
                   "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE                \
                   " {" ATTUNE_NAMES_##N "}, {%" #I0 ", %" #I1 ", %" #I2 ", %" #I3 "}, %" #I4     \
                                         ", p, 1, 1, 1;\n}\n"                                     \
                   : ATTUNE_OUTPUTS_##N                                                           \
                   : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate));        \
    }                                                                                             \
    static __device__ __forceinline__ void FromRegistersDepthInRows(                              \
        float (&d)[N / 2], const cuda::std::uint32_t (&a)[4], cuda::std::uint64_t b,              \
        int accumulate) {                                                                         \
      asm volatile("{\n.reg .pred p;\nsetp.ne.b32 p, %" #I5                                       \
                   ", 0;\n"                                                                       \
                   "wgmma.mma_async.sync.aligned.m64n" #N "k16.f32." TYPE "." TYPE                \
                   " {" ATTUNE_NAMES_##N "}, {%" #I0 ", %" #I1 ", %" #I2 ", %" #I3 "}, %" #I4     \
                                         ", p, 1, 1, 0;\n}\n"                                     \
                   : ATTUNE_OUTPUTS_##N                                                           \
                   : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(accumulate));        \
    }                                                                                             \
  };

#define ATTUNE_WGMMA_ALL_N(ELEMENT, TYPE)                        \
  ATTUNE_WGMMA(ELEMENT, TYPE, 16, 8, 9, 10, 11, 12, 13)          \
  ATTUNE_WGMMA(ELEMENT, TYPE, 32, 16, 17, 18, 19, 20, 21)        \
  ATTUNE_WGMMA(ELEMENT, TYPE, 48, 24, 25, 26, 27, 28, 29)        \
  ATTUNE_WGMMA(ELEMENT, TYPE, 64, 32, 33, 34, 35, 36, 37)        \
  ATTUNE_WGMMA(ELEMENT, TYPE, 80, 40, 41, 42, 43, 44, 45)        \
  ATTUNE_WGMMA(ELEMENT, TYPE, 96, 48, 49, 50, 51, 52, 53)        \
  ATTUNE_WGMMA(ELEMENT, TYPE, 112, 56, 57, 58, 59, 60, 61)       \
  ATTUNE_WGMMA(ELEMENT, TYPE, 128, 64, 65, 66, 67, 68, 69)       \
  ATTUNE_WGMMA(ELEMENT, TYPE, 144, 72, 73, 74, 75, 76, 77)       \
  ATTUNE_WGMMA(ELEMENT, TYPE, 160, 80, 81, 82, 83, 84, 85)       \
  ATTUNE_WGMMA(ELEMENT, TYPE, 176, 88, 89, 90, 91, 92, 93)       \
  ATTUNE_WGMMA(ELEMENT, TYPE, 192, 96, 97, 98, 99, 100, 101)     \
  ATTUNE_WGMMA(ELEMENT, TYPE, 208, 104, 105, 106, 107, 108, 109) \
  ATTUNE_WGMMA(ELEMENT, TYPE, 224, 112, 113, 114, 115, 116, 117) \
  ATTUNE_WGMMA(ELEMENT, TYPE, 240, 120, 121, 122, 123, 124, 125) \
  ATTUNE_WGMMA(ELEMENT, TYPE, 256, 128, 129, 130, 131, 132, 133)

ATTUNE_WGMMA_ALL_N(Element::kBfloat16, "bf16")
ATTUNE_WGMMA_ALL_N(Element::kHalf, "f16")

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_WGMMA_CUH_
