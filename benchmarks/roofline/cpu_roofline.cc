#include "benchmarks/roofline/cpu_roofline.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/roofline/cpu_roofline.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Two units with a latency of four or five cycles need ten under way; these fit the registers of
// every target beside the factors.
constexpr int kChains = 12;

// An operand of an assembly statement that may change it. Emulated vectors are arrays.
#undef ATTUNE_IN_PLACE
#if HWY_TARGET == HWY_EMU128
#define ATTUNE_IN_PLACE(vector) "+m"(vector)
#else
#define ATTUNE_IN_PLACE(vector) "+v"(vector)
#endif

HWY_ATTR float MultiplyAddsHere(int64_t rounds) {
  const hn::ScalableTag<float> d;
  const auto factor = hn::Set(d, 0.999f);
  const auto term = hn::Set(d, 0.001f);
  auto x0 = hn::Set(d, 0.0f), x1 = x0, x2 = x0, x3 = x0, x4 = x0, x5 = x0;
  auto x6 = hn::Set(d, 1.0f), x7 = x6, x8 = x6, x9 = x6, x10 = x6, x11 = x6;
  for (int64_t round = 0; round < rounds; ++round) {
    x0 = hn::MulAdd(x0, factor, term);
    x1 = hn::MulAdd(x1, factor, term);
    x2 = hn::MulAdd(x2, factor, term);
    x3 = hn::MulAdd(x3, factor, term);
    x4 = hn::MulAdd(x4, factor, term);
    x5 = hn::MulAdd(x5, factor, term);
    x6 = hn::MulAdd(x6, factor, term);
    x7 = hn::MulAdd(x7, factor, term);
    x8 = hn::MulAdd(x8, factor, term);
    x9 = hn::MulAdd(x9, factor, term);
    x10 = hn::MulAdd(x10, factor, term);
    x11 = hn::MulAdd(x11, factor, term);
    // Chains that begin alike are one to the compiler, unless it cannot see them.
    asm volatile(""
                 : ATTUNE_IN_PLACE(x0.raw), ATTUNE_IN_PLACE(x1.raw), ATTUNE_IN_PLACE(x2.raw),
                   ATTUNE_IN_PLACE(x3.raw), ATTUNE_IN_PLACE(x4.raw), ATTUNE_IN_PLACE(x5.raw),
                   ATTUNE_IN_PLACE(x6.raw), ATTUNE_IN_PLACE(x7.raw), ATTUNE_IN_PLACE(x8.raw),
                   ATTUNE_IN_PLACE(x9.raw), ATTUNE_IN_PLACE(x10.raw), ATTUNE_IN_PLACE(x11.raw));
  }
  const auto low = hn::Add(hn::Add(hn::Add(x0, x1), hn::Add(x2, x3)), hn::Add(x4, x5));
  const auto high = hn::Add(hn::Add(hn::Add(x6, x7), hn::Add(x8, x9)), hn::Add(x10, x11));
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(low, high)));
}

int64_t OperationsPerRoundHere() {
  return int64_t{2} * kChains * static_cast<int64_t>(hn::Lanes(hn::ScalableTag<float>()));
}

HWY_ATTR float SumHere(const float* values, size_t count) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto a = hn::Zero(d), b = a, c = a, e = a;
  size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    a = hn::Add(a, hn::LoadU(d, values + i));
    b = hn::Add(b, hn::LoadU(d, values + i + lanes));
    c = hn::Add(c, hn::LoadU(d, values + i + 2 * lanes));
    e = hn::Add(e, hn::LoadU(d, values + i + 3 * lanes));
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(a, b), hn::Add(c, e))));
  for (; i < count; ++i) sum += values[i];
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace attune {

HWY_EXPORT(MultiplyAddsHere);
HWY_EXPORT(OperationsPerRoundHere);
HWY_EXPORT(SumHere);

float MultiplyAdds(int64_t rounds) { return HWY_DYNAMIC_DISPATCH(MultiplyAddsHere)(rounds); }
int64_t OperationsPerRound() { return HWY_DYNAMIC_DISPATCH(OperationsPerRoundHere)(); }
float Sum(absl::Span<const float> values) {
  return HWY_DYNAMIC_DISPATCH(SumHere)(values.data(), values.size());
}

}  // namespace attune
#endif  // HWY_ONCE
