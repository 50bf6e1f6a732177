// Two to the power x on the multiply-add units, to spare the special-function unit.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_EXP2_POLYNOMIAL_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_EXP2_POLYNOMIAL_CUH_

namespace attune::ptx {

// For x below 128. Relative error 6e-6 down to 2^-126; below, something between zero and that, and
// zero at minus infinity. NaN gives no finite number that fits 16 bits.
//
// The nearest integer goes to the exponent (Cody and Waite), the rest, at most a half, through a
// polynomial of least squares whose mean relative error is zero, so that sums keep theirs, and
// which is 1 at 0.
__device__ __forceinline__ float Exp2Polynomial(float x) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it leaves no fraction
  constexpr float kLeast = -127.0f;      // whose bits come out as zero
  asm("max.NaN.f32 %0, %1, %2;" : "=f"(x) : "f"(x), "f"(kLeast));
  const float rounded = x + kRound;
  const float rest = x - (rounded - kRound);
  float power = fmaf(rest, 0.00959938595f, 0.05586967000f);
  power = fmaf(rest, power, 0.24023324116f);
  power = fmaf(rest, power, 0.69312794841f);
  power = fmaf(rest, power, 1.0f);
  return __uint_as_float(__float_as_uint(power) + (__float_as_uint(rounded) << 23));
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_EXP2_POLYNOMIAL_CUH_
