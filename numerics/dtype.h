// The element types that tensors are stored in, and their conversions to and from float.
#ifndef ATTUNE_NUMERICS_DTYPE_H_
#define ATTUNE_NUMERICS_DTYPE_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

enum class Dtype { kFloat32, kFloat16, kBfloat16 };

// "fp32", "fp16", "bf16".
absl::string_view DtypeName(Dtype dtype);
absl::StatusOr<Dtype> ParseDtype(absl::string_view name);

int64_t DtypeBytes(Dtype dtype);

// The distance from 1 to the next larger value: 2^-23, 2^-10, 2^-7.
double DtypeEpsilon(Dtype dtype);

// The bits of `value` rounded to nearest, ties to even; NaN stays NaN, overflow becomes infinity.
uint16_t FloatToHalfBits(float value);
uint16_t FloatToBfloat16Bits(float value);
float HalfBitsToFloat(uint16_t bits);
float Bfloat16BitsToFloat(uint16_t bits);

// Element `index` of the array of `dtype` at `data`.
float LoadElement(Dtype dtype, const void* data, int64_t index);
void StoreElement(Dtype dtype, void* data, int64_t index, float value);

}  // namespace attune

#endif  // ATTUNE_NUMERICS_DTYPE_H_
