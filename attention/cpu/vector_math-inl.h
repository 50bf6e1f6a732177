// Elementary functions on vectors of fp32, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_VECTOR_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_VECTOR_MATH_INL_H_
#undef ATTUNE_ATTENTION_CPU_VECTOR_MATH_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_VECTOR_MATH_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 2^x for x < 127.5, relative error below 2e-7; 0 for x < -126.5 and for minus infinity; NaN for
// NaN. Splits x into the nearest integer, which becomes the exponent, and a rest in [-1/2, 1/2],
// where the Taylor polynomial of degree 7 is off by 5e-9 at most.
template <class D, class V>
HWY_INLINE V Exp2(D d, V x) {
  const hn::RebindToSigned<D> di;
  // A comparison, not Max: it must let NaN through on every target.
  x = hn::IfThenElse(hn::Lt(x, hn::Set(d, -127.0f)), hn::Set(d, -127.0f), x);
  // Adding 1.5 * 2^23 rounds to an integer in the low bits of the mantissa; 127 more biases it as
  // an exponent.
  const V magic = hn::Set(d, 12582912.0f + 127.0f);
  const V shifted = hn::Add(x, magic);
  const V rest = hn::Sub(x, hn::Sub(shifted, magic));
  V y = hn::Set(d, 1.52527338e-5f);
  y = hn::MulAdd(y, rest, hn::Set(d, 1.54035304e-4f));
  y = hn::MulAdd(y, rest, hn::Set(d, 1.33335581e-3f));
  y = hn::MulAdd(y, rest, hn::Set(d, 9.61812911e-3f));
  y = hn::MulAdd(y, rest, hn::Set(d, 5.55041087e-2f));
  y = hn::MulAdd(y, rest, hn::Set(d, 2.40226507e-1f));
  y = hn::MulAdd(y, rest, hn::Set(d, 6.93147181e-1f));
  y = hn::MulAdd(y, rest, hn::Set(d, 1.0f));
  const V power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(di, shifted)));
  return hn::Mul(y, power);
}

// tanh x, absolute error below 2e-7 and relative below 6e-7. Near zero the series, as (1 - e) / (1
// + e) with e = exp(-2|x|) loses relative accuracy there.
template <class D, class V>
HWY_INLINE V Tanh(D d, V x) {
  const V magnitude = hn::Abs(x);
  const V e = Exp2(d, hn::Mul(magnitude, hn::Set(d, -2.88539008f)));
  const V one = hn::Set(d, 1.0f);
  const V large = hn::CopySign(hn::Div(hn::Sub(one, e), hn::Add(one, e)), x);
  const V square = hn::Mul(x, x);
  V series = hn::Set(d, -8.86323553e-3f);
  series = hn::MulAdd(series, square, hn::Set(d, 2.18694885e-2f));
  series = hn::MulAdd(series, square, hn::Set(d, -5.39682540e-2f));
  series = hn::MulAdd(series, square, hn::Set(d, 1.33333333e-1f));
  series = hn::MulAdd(series, square, hn::Set(d, -3.33333333e-1f));
  series = hn::MulAdd(series, square, one);
  return hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0.35f)), hn::Mul(series, x), large);
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_VECTOR_MATH_INL_H_
