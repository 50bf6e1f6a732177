#include "attention/verification/random_lengths.h"

#include <algorithm>

#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

Problem PackedProblem(int64_t batch, int64_t longest, int64_t total) {
  return {.batch = batch,
          .q_len = longest,
          .kv_len = longest,
          .qk_dim = 8,
          .v_dim = 8,
          .packed = Packed{.total_q_len = total, .total_kv_len = total}};
}

int64_t LongestOf(const std::vector<int32_t>& cumulative) {
  int64_t longest = 0;
  for (size_t b = 1; b < cumulative.size(); ++b) {
    longest = std::max<int64_t>(longest, cumulative[b] - cumulative[b - 1]);
  }
  return longest;
}

TEST(RandomLengthsTest, LengthsFitTheProblemAndFillItsRows) {
  int64_t empty = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const int64_t batch = 1 + static_cast<int64_t>(RandomBits(seed, 7) % 9);
    const int64_t longest = static_cast<int64_t>(RandomBits(seed, 8) % 70);
    const int64_t total = longest + static_cast<int64_t>(RandomBits(seed, 9) % 300);
    const Problem problem = PackedProblem(batch, longest, total);
    ASSERT_TRUE(Validate(problem).ok()) << problem.ToString();
    const CumulativeLengths lengths = RandomLengths(problem, seed);
    ASSERT_EQ(lengths.query.size(), static_cast<size_t>(batch + 1));
    const absl::Status status = CheckLengths(problem, lengths.query.data(), lengths.key.data());
    EXPECT_TRUE(status.ok()) << "seed " << seed << ": " << status;
    EXPECT_EQ(LongestOf(lengths.query), longest) << "seed " << seed;
    EXPECT_EQ(lengths.query.back(), std::min(total, batch * longest)) << "seed " << seed;
    for (int64_t b = 0; b < batch; ++b) empty += lengths.query[b + 1] == lengths.query[b];
  }
  EXPECT_GT(empty, 50);
}

TEST(RandomLengthsTest, QueriesAndKeysAgreeWhereTheirSizesDo) {
  Problem problem = PackedProblem(6, 50, 120);
  EXPECT_EQ(RandomLengths(problem, 3).query, RandomLengths(problem, 3).key);
  EXPECT_NE(RandomLengths(problem, 3), RandomLengths(problem, 4));
  problem.packed->total_kv_len = 140;
  EXPECT_NE(RandomLengths(problem, 3).query, RandomLengths(problem, 3).key);
}

TEST(RandomLengthsTest, OtherProblemsHaveNone) {
  Problem problem = PackedProblem(2, 5, 10);
  problem.packed = std::nullopt;
  EXPECT_EQ(RandomLengths(problem, 1), CumulativeLengths());
}

}  // namespace
}  // namespace attune
