// Tensor maps: how the Tensor Memory Accelerator (TMA, sm_90 and later) sees a tensor in global
// memory and which box of it one copy moves.
#ifndef ATTUNE_DEVICE_CUDA_TENSOR_MAP_H_
#define ATTUNE_DEVICE_CUDA_TENSOR_MAP_H_

#include <cuda.h>

#include <array>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "device/cuda/context.h"

namespace attune {

inline constexpr int kMaxTensorMapRank = 5;

enum class TensorMapElement { kUint8, kInt32, kFloat16, kBfloat16, kFloat32, kTfloat32 };
// How 16-byte chunks are permuted within each span of a box's rows in shared memory, against bank
// conflicts.
enum class TensorMapSwizzle { kNone, k32Bytes, k64Bytes, k128Bytes };
// How much is fetched into L2 around a miss.
enum class TensorMapL2Promotion { kNone, k64Bytes, k128Bytes, k256Bytes };
// What elements outside the tensor read as.
enum class TensorMapFill { kZero, kNan };

// Dimensions go from the innermost, whose elements are adjacent, outwards. Entries from `rank` on
// are not read.
struct TensorMapSpec {
  const void* address = nullptr;  // device memory, 16-byte aligned
  TensorMapElement element = TensorMapElement::kFloat16;
  int rank = 0;                                   // 1 to 5
  std::array<int64_t, kMaxTensorMapRank> dims{};  // in elements, 1 to 2^32
  // Bytes from one index of dimension i to the next; multiples of 16 below 2^40. That of dimension
  // 0 is the element's size and is not read. 0 is allowed: a dimension that repeats the same data.
  std::array<int64_t, kMaxTensorMapRank> strides{};
  std::array<int64_t, kMaxTensorMapRank>
      box{};  // in elements, 1 to 256; the innermost a multiple of 16 bytes
  TensorMapSwizzle swizzle = TensorMapSwizzle::kNone;
  TensorMapL2Promotion l2_promotion = TensorMapL2Promotion::k128Bytes;
  TensorMapFill fill = TensorMapFill::kZero;
};

int64_t TensorMapElementBytes(TensorMapElement element);

// Strides of a tensor of `dims` without gaps, as TensorMapSpec has them.
std::array<int64_t, kMaxTensorMapRank> DenseStrides(
    TensorMapElement element, int rank, const std::array<int64_t, kMaxTensorMapRank>& dims);

// OK if `spec` keeps the requirements of cuTensorMapEncodeTiled (CUDA driver API, "Tensor Map
// Object Management"). InvalidArgument names the field, its value and what it may be: the driver
// itself says only that something is wrong.
absl::Status ValidateTensorMap(const TensorMapSpec& spec);

// The 128 bytes that a kernel takes as a `const __grid_constant__ CUtensorMap` parameter. The
// driver looks at `context`'s device: without a context it answers CUDA_ERROR_INVALID_CONTEXT
// (driver 580.159, NVIDIA H200, 2026-11-22), though the documentation asks for none.
absl::StatusOr<CUtensorMap> EncodeTensorMap(const CudaContext& context, const TensorMapSpec& spec);

// Lets `map` see a tensor of the same shape at `address`, 16-byte aligned. Much cheaper than to
// encode anew, for kernels that learn their addresses at each launch.
absl::Status ReplaceTensorMapAddress(const CudaContext& context, const void* address,
                                     CUtensorMap& map);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_TENSOR_MAP_H_
