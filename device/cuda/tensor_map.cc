#include "device/cuda/tensor_map.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr int64_t kMaxDim = int64_t{1} << 32;
constexpr int64_t kMaxStride = int64_t{1} << 40;
constexpr int64_t kMaxBox = 256;
constexpr int64_t kAlignment = 16;

absl::Status Invalid(absl::string_view field, int64_t value, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("tensor map: ", field, " is ", value, ", expected ", expected));
}

absl::Status InvalidAt(absl::string_view field, int index, int64_t value,
                       absl::string_view expected) {
  return Invalid(absl::StrCat(field, "[", index, "]"), value, expected);
}

int64_t SwizzleBytes(TensorMapSwizzle swizzle) {
  switch (swizzle) {
    case TensorMapSwizzle::kNone:
      return 0;
    case TensorMapSwizzle::k32Bytes:
      return 32;
    case TensorMapSwizzle::k64Bytes:
      return 64;
    case TensorMapSwizzle::k128Bytes:
      return 128;
  }
  return 0;
}

CUtensorMapDataType DriverElement(TensorMapElement element) {
  switch (element) {
    case TensorMapElement::kUint8:
      return CU_TENSOR_MAP_DATA_TYPE_UINT8;
    case TensorMapElement::kInt32:
      return CU_TENSOR_MAP_DATA_TYPE_INT32;
    case TensorMapElement::kFloat16:
      return CU_TENSOR_MAP_DATA_TYPE_FLOAT16;
    case TensorMapElement::kBfloat16:
      return CU_TENSOR_MAP_DATA_TYPE_BFLOAT16;
    case TensorMapElement::kFloat32:
      return CU_TENSOR_MAP_DATA_TYPE_FLOAT32;
    case TensorMapElement::kTfloat32:
      return CU_TENSOR_MAP_DATA_TYPE_TFLOAT32;
  }
  return CU_TENSOR_MAP_DATA_TYPE_UINT8;
}

CUtensorMapSwizzle DriverSwizzle(TensorMapSwizzle swizzle) {
  switch (swizzle) {
    case TensorMapSwizzle::kNone:
      return CU_TENSOR_MAP_SWIZZLE_NONE;
    case TensorMapSwizzle::k32Bytes:
      return CU_TENSOR_MAP_SWIZZLE_32B;
    case TensorMapSwizzle::k64Bytes:
      return CU_TENSOR_MAP_SWIZZLE_64B;
    case TensorMapSwizzle::k128Bytes:
      return CU_TENSOR_MAP_SWIZZLE_128B;
  }
  return CU_TENSOR_MAP_SWIZZLE_NONE;
}

CUtensorMapL2promotion DriverPromotion(TensorMapL2Promotion promotion) {
  switch (promotion) {
    case TensorMapL2Promotion::kNone:
      return CU_TENSOR_MAP_L2_PROMOTION_NONE;
    case TensorMapL2Promotion::k64Bytes:
      return CU_TENSOR_MAP_L2_PROMOTION_L2_64B;
    case TensorMapL2Promotion::k128Bytes:
      return CU_TENSOR_MAP_L2_PROMOTION_L2_128B;
    case TensorMapL2Promotion::k256Bytes:
      return CU_TENSOR_MAP_L2_PROMOTION_L2_256B;
  }
  return CU_TENSOR_MAP_L2_PROMOTION_NONE;
}

bool IsFloat(TensorMapElement element) {
  return element != TensorMapElement::kUint8 && element != TensorMapElement::kInt32;
}

absl::Status ValidateAddress(const void* address) {
  if (address == nullptr) return absl::InvalidArgumentError("tensor map: address is null");
  const auto misalignment = static_cast<int64_t>(reinterpret_cast<uintptr_t>(address) % kAlignment);
  if (misalignment != 0) return Invalid("address modulo 16", misalignment, "0");
  return absl::OkStatus();
}

absl::Status ValidateDimension(const TensorMapSpec& spec, int i) {
  if (spec.dims[i] < 1 || spec.dims[i] > kMaxDim) {
    return InvalidAt("dims", i, spec.dims[i], "1 to 2^32 elements");
  }
  if (spec.box[i] < 1 || spec.box[i] > kMaxBox) {
    return InvalidAt("box", i, spec.box[i], "1 to 256 elements");
  }
  if (i == 0) return absl::OkStatus();
  if (spec.strides[i] < 0 || spec.strides[i] >= kMaxStride || spec.strides[i] % kAlignment != 0) {
    return InvalidAt("strides", i, spec.strides[i], "a multiple of 16 bytes, 0 to below 2^40");
  }
  return absl::OkStatus();
}

absl::Status ValidateInnerBox(const TensorMapSpec& spec) {
  const int64_t bytes = spec.box[0] * TensorMapElementBytes(spec.element);
  if (bytes % kAlignment != 0) {
    return Invalid("box[0] in bytes", bytes, "a multiple of 16");
  }
  const int64_t swizzle_bytes = SwizzleBytes(spec.swizzle);
  if (swizzle_bytes != 0 && bytes > swizzle_bytes) {
    return Invalid("box[0] in bytes", bytes,
                   absl::StrCat("at most the ", swizzle_bytes,
                                " of the swizzle: split the box, or swizzle wider"));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t TensorMapElementBytes(TensorMapElement element) {
  switch (element) {
    case TensorMapElement::kUint8:
      return 1;
    case TensorMapElement::kFloat16:
    case TensorMapElement::kBfloat16:
      return 2;
    case TensorMapElement::kInt32:
    case TensorMapElement::kFloat32:
    case TensorMapElement::kTfloat32:
      return 4;
  }
  return 0;
}

std::array<int64_t, kMaxTensorMapRank> DenseStrides(
    TensorMapElement element, int rank, const std::array<int64_t, kMaxTensorMapRank>& dims) {
  std::array<int64_t, kMaxTensorMapRank> strides{};
  int64_t stride = TensorMapElementBytes(element);
  for (int i = 0; i < rank && i < kMaxTensorMapRank; ++i) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return strides;
}

absl::Status ValidateTensorMap(const TensorMapSpec& spec) {
  if (spec.rank < 1 || spec.rank > kMaxTensorMapRank) {
    return Invalid("rank", spec.rank, "1 to 5");
  }
  ATTUNE_RETURN_IF_ERROR(ValidateAddress(spec.address));
  for (int i = 0; i < spec.rank; ++i) ATTUNE_RETURN_IF_ERROR(ValidateDimension(spec, i));
  ATTUNE_RETURN_IF_ERROR(ValidateInnerBox(spec));
  if (spec.fill == TensorMapFill::kNan && !IsFloat(spec.element)) {
    return absl::InvalidArgumentError(
        "tensor map: fill is NaN, which only floating-point elements have");
  }
  return absl::OkStatus();
}

absl::StatusOr<CUtensorMap> EncodeTensorMap(const CudaContext& context, const TensorMapSpec& spec) {
  ATTUNE_RETURN_IF_ERROR(ValidateTensorMap(spec));
  const ScopedContext scope(context);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  cuuint64_t dims[kMaxTensorMapRank];
  cuuint64_t outer_strides[kMaxTensorMapRank];
  cuuint32_t box[kMaxTensorMapRank];
  cuuint32_t element_strides[kMaxTensorMapRank];
  for (int i = 0; i < spec.rank; ++i) {
    dims[i] = static_cast<cuuint64_t>(spec.dims[i]);
    box[i] = static_cast<cuuint32_t>(spec.box[i]);
    element_strides[i] = 1;
    // The driver has no entry for the innermost dimension.
    if (i > 0) outer_strides[i - 1] = static_cast<cuuint64_t>(spec.strides[i]);
  }
  CUtensorMap map;
  ATTUNE_CUDA_RETURN_IF_ERROR(
      context.driver(), TensorMapEncodeTiled, &map, DriverElement(spec.element),
      static_cast<cuuint32_t>(spec.rank), const_cast<void*>(spec.address), dims, outer_strides, box,
      element_strides, CU_TENSOR_MAP_INTERLEAVE_NONE, DriverSwizzle(spec.swizzle),
      DriverPromotion(spec.l2_promotion),
      spec.fill == TensorMapFill::kNan ? CU_TENSOR_MAP_FLOAT_OOB_FILL_NAN_REQUEST_ZERO_FMA
                                       : CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return map;
}

absl::Status ReplaceTensorMapAddress(const CudaContext& context, const void* address,
                                     CUtensorMap& map) {
  ATTUNE_RETURN_IF_ERROR(ValidateAddress(address));
  const ScopedContext scope(context);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(context.driver(), TensorMapReplaceAddress, &map,
                              const_cast<void*>(address));
  return absl::OkStatus();
}

}  // namespace attune
