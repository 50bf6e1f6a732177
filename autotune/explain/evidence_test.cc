#include "autotune/explain/evidence.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

CacheEntry Entry(int rounds, int64_t evaluations, int64_t measured) {
  CacheEntry entry;
  for (int i = 0; i < rounds; ++i) entry.add_best_nanoseconds(100 + i);
  entry.set_evaluations(evaluations);
  entry.set_measured_unix_seconds(measured);
  return entry;
}

void ExpectPreferred(const CacheEntry& better, const CacheEntry& worse, const char* reason) {
  const EvidenceVerdict forward = CompareEvidence(worse, better);
  EXPECT_TRUE(forward.prefers_other) << forward.reason;
  EXPECT_EQ(forward.reason, reason);
  const EvidenceVerdict backward = CompareEvidence(better, worse);
  EXPECT_FALSE(backward.prefers_other);
  EXPECT_EQ(backward.reason, reason);
}

TEST(EvidenceTest, EachCriterionDecidesWhereThoseBeforeAreEqual) {
  ExpectPreferred(Entry(6, 1, 1), Entry(2, 9, 9),
                  "its rounds give an interval, the 2 of the other do not");
  ExpectPreferred(Entry(6, 9, 1), Entry(20, 4, 9), "9 configurations tried, against 4");
  ExpectPreferred(Entry(20, 4, 1), Entry(8, 4, 9), "20 rounds in the final, against 8");
  ExpectPreferred(Entry(20, 4, 9), Entry(20, 4, 1), "measured later");
}

TEST(EvidenceTest, EqualsStay) {
  const EvidenceVerdict verdict = CompareEvidence(Entry(6, 1, 1), Entry(6, 1, 1));
  EXPECT_FALSE(verdict.prefers_other);
  EXPECT_EQ(verdict.reason, "as well evidenced");
}

}  // namespace
}  // namespace attune
