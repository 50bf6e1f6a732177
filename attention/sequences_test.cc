#include "attention/sequences.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

Problem PackedProblem() {
  return {.batch = 3,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 5,
          .kv_len = 6,
          .qk_dim = 8,
          .v_dim = 16,
          .packed = Packed{.total_q_len = 9, .total_kv_len = 12},
          .mask = Mask::Causal()};
}

const CumulativeLengths kLengths = {.query = {0, 5, 5, 8}, .key = {0, 4, 5, 11}};

TEST(SequencesTest, PackedSequencesFollowEachOtherInOneBatch) {
  const Sequence last = SequenceAt(PackedProblem(), kLengths, 2);
  EXPECT_EQ(last.batch, 0);
  EXPECT_EQ(last.first_query, 5);
  EXPECT_EQ(last.first_key, 5);
  EXPECT_EQ(last.q_len, 3);
  EXPECT_EQ(last.kv_len, 6);
  EXPECT_EQ(SequenceAt(PackedProblem(), kLengths, 1).q_len, 0);
  EXPECT_EQ(FirstQueryRow(PackedProblem(), last, 3), 3 * 9 + 5);
  EXPECT_EQ(FirstKeyRow(PackedProblem(), last, 1), 12 + 5);
}

TEST(SequencesTest, OtherSequencesHaveABatchIndexAndTheProblemsLengths) {
  Problem problem = PackedProblem();
  problem.packed = std::nullopt;
  const Sequence last = SequenceAt(problem, {}, 2);
  EXPECT_EQ(last.batch, 2);
  EXPECT_EQ(last.first_query, 0);
  EXPECT_EQ(last.q_len, 5);
  EXPECT_EQ(last.kv_len, 6);
  EXPECT_EQ(FirstQueryRow(problem, last, 3), (2 * 4 + 3) * 5);
  EXPECT_EQ(FirstKeyRow(problem, last, 1), (2 * 2 + 1) * 6);
}

TEST(SequencesTest, LengthsThatDoNotFitAreNamed) {
  const Problem problem = PackedProblem();
  const auto message = [&](const CumulativeLengths& lengths) {
    return std::string(CheckLengths(problem, lengths.query.data(), lengths.key.data()).message());
  };
  EXPECT_EQ(message(kLengths), "");
  CumulativeLengths lengths = kLengths;
  lengths.query[0] = 1;
  EXPECT_THAT(message(lengths), HasSubstr("cumulative_query_lengths[0] is 1; expected 0"));
  lengths = kLengths;
  lengths.query[2] = 4;
  EXPECT_THAT(message(lengths),
              HasSubstr("cumulative_query_lengths[2] is 4; expected 5 to 10, as no sequence"));
  lengths = kLengths;
  lengths.key[1] = 7;
  EXPECT_THAT(message(lengths), HasSubstr("cumulative_key_lengths[1] is 7; expected 0 to 6"));
  lengths = {.query = {0, 5, 5, 10}, .key = kLengths.key};
  EXPECT_THAT(message(lengths),
              HasSubstr("cumulative_query_lengths[3] is 10; expected at most 9, the tensor's"));
}

TEST(SequencesTest, FlopsAndBytesAreThoseOfTheLengths) {
  const Problem problem = PackedProblem();
  double flops = 0;
  for (const auto& [q_len, kv_len] : {std::pair(5, 4), std::pair(0, 1), std::pair(3, 6)}) {
    Problem one = problem;
    one.packed = std::nullopt;
    one.batch = 1;
    one.q_len = q_len;
    one.kv_len = kv_len;
    flops += Flops(one, Direction::kForward);
  }
  EXPECT_EQ(Flops(problem, Direction::kForward, kLengths), flops);
  EXPECT_LE(flops, Flops(problem, Direction::kForward));
  // query, key, value, out; log_sum_exp; two times four lengths.
  EXPECT_EQ(BytesMoved(problem, Direction::kForward, kLengths),
            2 * (8 * 4 * 8 + 11 * 2 * 8 + 11 * 2 * 16 + 8 * 4 * 16) + 4 * 4 * 8 + 4 * 8);
  EXPECT_LT(BytesMoved(problem, Direction::kForward, kLengths),
            BytesMoved(problem, Direction::kForward));
}

TEST(SequencesTest, UnusedRowsGoAndStridesStay) {
  Problem problem = PackedProblem();
  problem.layout = Layout::kBatchHeadLength;
  const Problem used = WithoutUnusedRows(problem, kLengths);
  EXPECT_EQ(used.packed, (Packed{.total_q_len = 8, .total_kv_len = 11}));
  EXPECT_EQ(KeyStrides(used), KeyStrides(problem));
  EXPECT_EQ(OutStrides(used), OutStrides(problem));
  EXPECT_EQ(WithLengthsOf(used, SequenceAt(used, kLengths, 2)).kv_len, 6);
}

}  // namespace
}  // namespace attune
