// Sixteen sums, looked up by the lowest four bits of each lane, for the target that is being
// compiled.
#if defined(ATTUNE_ATTENTION_TERNARY_CPU_TABLE_LOOKUP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_TERNARY_CPU_TABLE_LOOKUP_INL_H_
#undef ATTUNE_ATTENTION_TERNARY_CPU_TABLE_LOOKUP_INL_H_
#else
#define ATTUNE_ATTENTION_TERNARY_CPU_TABLE_LOOKUP_INL_H_
#endif

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using SumTag = hn::CappedTag<float, 16>;
using WordTag = hn::RebindToUnsigned<SumTag>;
using SumVector = hn::Vec<SumTag>;
using WordVector = hn::Vec<WordTag>;

#if HWY_TARGET == HWY_AVX3

// The permutation reads four bits of an index and no more: nothing has to be masked.
class SumTable {
 public:
  explicit HWY_INLINE SumTable(const float* entries) : entries_(hn::Load(SumTag(), entries)) {}
  HWY_INLINE SumVector Find(WordVector index) const {
    return SumVector{_mm512_permutexvar_ps(index.raw, entries_.raw)};
  }

 private:
  SumVector entries_;
};

#elif HWY_TARGET == HWY_AVX2

// Here it reads three bits; the fourth chooses between two halves.
class SumTable {
 public:
  explicit HWY_INLINE SumTable(const float* entries)
      : low_(hn::Load(SumTag(), entries)), high_(hn::Load(SumTag(), entries + 8)) {}
  HWY_INLINE SumVector Find(WordVector index) const {
    const __m256 low = _mm256_permutevar8x32_ps(low_.raw, index.raw);
    const __m256 high = _mm256_permutevar8x32_ps(high_.raw, index.raw);
    const __m256 fourth = _mm256_castsi256_ps(_mm256_slli_epi32(index.raw, 28));
    return SumVector{_mm256_blendv_ps(low, high, fourth)};
  }

 private:
  SumVector low_;
  SumVector high_;
};

#else

class SumTable {
 public:
  explicit HWY_INLINE SumTable(const float* entries) : entries_(entries) {}
  HWY_INLINE SumVector Find(WordVector index) const {
    const WordTag d;
    const hn::RebindToSigned<WordTag> di;
    return hn::GatherIndex(SumTag(), entries_, hn::BitCast(di, hn::And(index, hn::Set(d, 15))));
  }

 private:
  const float* entries_;
};

#endif

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_TABLE_LOOKUP_INL_H_
