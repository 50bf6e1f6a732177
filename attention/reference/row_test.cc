#include "attention/reference/row.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;

Problem Small(int64_t q_len, int64_t kv_len) {
  return {.q_len = q_len, .kv_len = kv_len, .qk_dim = 8, .v_dim = 8, .softmax_scale = 1};
}

// Keys whose product with `kUnit` is the given number.
const std::vector<double> kUnit = {1, 0, 0, 0, 0, 0, 0, 0};
std::vector<double> KeysWithProducts(const std::vector<double>& products) {
  std::vector<double> keys(products.size() * 8, 0.0);
  for (size_t j = 0; j < products.size(); ++j) keys[j * 8] = products[j];
  return keys;
}

TEST(RowSeesKeyTest, CausalAlignsAsAsked) {
  Problem problem = Small(2, 4);
  problem.mask = Mask::Causal();
  EXPECT_TRUE(RowSeesKey(problem, 0, 2));
  EXPECT_FALSE(RowSeesKey(problem, 0, 3));
  problem.mask = Mask::Causal(Alignment::kTopLeft);
  EXPECT_TRUE(RowSeesKey(problem, 0, 0));
  EXPECT_FALSE(RowSeesKey(problem, 0, 1));
}

TEST(RowSeesKeyTest, WindowHasBothItsEnds) {
  Problem problem = Small(10, 10);
  problem.mask = Mask::Window(2, 1);
  std::vector<int64_t> seen;
  for (int64_t j = 0; j < 10; ++j) {
    if (RowSeesKey(problem, 5, j)) seen.push_back(j);
  }
  EXPECT_THAT(seen, ElementsAre(3, 4, 5, 6));
}

TEST(RowSeesKeyTest, HugeBoundsSeeAll) {
  Problem problem = Small(10, 3);
  const int64_t huge = std::numeric_limits<int64_t>::max();
  problem.mask = Mask::Window(huge, huge);
  for (int64_t i = 0; i < 10; ++i) EXPECT_TRUE(RowSeesKey(problem, i, 2));
}

TEST(AttentionRowTest, ProbabilitiesAreTheSoftmaxOfTheScores) {
  const AttentionRow row = ComputeAttentionRow(
      Small(1, 3), 0, kUnit.data(),
      KeysWithProducts({std::log(1.0), std::log(2.0), std::log(5.0)}).data(), {});
  EXPECT_THAT(row.keys, ElementsAre(0, 1, 2));
  EXPECT_NEAR(row.probabilities[0], 1.0 / 8, 1e-15);
  EXPECT_NEAR(row.probabilities[1], 2.0 / 8, 1e-15);
  EXPECT_NEAR(row.probabilities[2], 5.0 / 8, 1e-15);
  EXPECT_NEAR(row.log_sum_exp, std::log(8.0), 1e-15);
}

TEST(AttentionRowTest, LargeScoresDoNotOverflow) {
  const AttentionRow row =
      ComputeAttentionRow(Small(1, 2), 0, kUnit.data(), KeysWithProducts({5000, 5000}).data(), {});
  EXPECT_EQ(row.probabilities[0], 0.5);
  EXPECT_NEAR(row.log_sum_exp, 5000 + std::log(2.0), 1e-12);
}

TEST(AttentionRowTest, ScaleThenCapThenAlibi) {
  Problem problem = Small(1, 3);
  problem.softmax_scale = 2;
  problem.soft_cap = 4;
  problem.alibi = true;
  const AttentionRow row = ComputeAttentionRow(
      problem, 0, kUnit.data(), KeysWithProducts({1, -3, 2}).data(), {.alibi_slope = 0.5});
  const double scores[] = {4 * std::tanh(2.0 / 4) - 0.5 * 2, 4 * std::tanh(-6.0 / 4) - 0.5,
                           4 * std::tanh(4.0 / 4)};
  double sum = 0;
  for (const double score : scores) sum += std::exp(score);
  EXPECT_NEAR(row.log_sum_exp, std::log(sum), 1e-14);
  for (int j = 0; j < 3; ++j) EXPECT_NEAR(row.probabilities[j], std::exp(scores[j]) / sum, 1e-14);
  EXPECT_NEAR(row.score_slopes[0], 2 * (1 - std::pow(std::tanh(0.5), 2)), 1e-14);
}

TEST(AttentionRowTest, FunctionsFollowTheCapAndTheBand) {
  Problem problem = Small(2, 5);
  problem.q_heads = 4;
  problem.kv_heads = 2;
  problem.soft_cap = 4;
  problem.mask = Mask::Causal();  // row 0 sees keys 0 to 3
  problem.score_expression = "score + bias[h] * (kv - q)";
  problem.mask_expression = "kv != 1";
  problem.buffers = {{.name = "bias", .extent = 4}};
  problem.score_function = [](const ScorePoint& at) {
    EXPECT_EQ(at.b, 7);
    EXPECT_EQ(at.kv_h, at.h / 2);
    EXPECT_EQ(at.q_len, 2);
    EXPECT_EQ(at.kv_len, 5);
    return at.score + at.buffers[0][at.h] * static_cast<double>(at.kv - at.q);
  };
  problem.mask_function = [](const ScorePoint& at) { return at.kv != 1; };
  const BufferValues buffers = {{0, 0, 0, 0.25}};
  const AttentionRow row =
      ComputeAttentionRow(problem, 0, kUnit.data(), KeysWithProducts({1, 9, 2, 3, 9}).data(),
                          {.sequence = 7, .q_head = 3, .buffers = &buffers});
  EXPECT_THAT(row.keys, ElementsAre(0, 2, 3));
  const double scores[] = {4 * std::tanh(0.25), 4 * std::tanh(0.5) + 0.5,
                           4 * std::tanh(0.75) + 0.75};
  double sum = 0;
  for (const double score : scores) sum += std::exp(score);
  EXPECT_NEAR(row.log_sum_exp, std::log(sum), 1e-14);
}

TEST(AttentionRowTest, NoVisibleKeyGivesMinusInfinity) {
  Problem problem = Small(3, 1);
  problem.mask = Mask::Causal();
  const AttentionRow row =
      ComputeAttentionRow(problem, 0, kUnit.data(), KeysWithProducts({1}).data(), {});
  EXPECT_TRUE(row.keys.empty());
  EXPECT_EQ(row.log_sum_exp, -std::numeric_limits<double>::infinity());
}

TEST(AttentionRowTest, ScoresOfMinusInfinityAloneAreAsIfNoKeyWereVisible) {
  constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
  Problem problem = Small(1, 3);
  problem.score_expression = "-INFINITY";
  problem.score_function = [&](const ScorePoint&) { return kMinusInfinity; };
  const std::vector<double> keys = KeysWithProducts({1, 2, 3});
  AttentionRow row = ComputeAttentionRow(problem, 0, kUnit.data(), keys.data(), {});
  EXPECT_TRUE(row.keys.empty());
  EXPECT_TRUE(row.probabilities.empty());
  EXPECT_TRUE(row.score_slopes.empty());
  EXPECT_EQ(row.log_sum_exp, kMinusInfinity);
  // One that is NaN is not minus infinity.
  problem.score_function = [&](const ScorePoint& at) {
    return at.kv == 1 ? std::nan("") : kMinusInfinity;
  };
  row = ComputeAttentionRow(problem, 0, kUnit.data(), keys.data(), {});
  EXPECT_EQ(row.keys.size(), 3u);
  EXPECT_TRUE(std::isnan(row.probabilities[0]));
  EXPECT_TRUE(std::isnan(row.log_sum_exp));
}

TEST(AttentionRowTest, NanScoreSpoilsTheRowWhereverItStands) {
  for (int nan_at = 0; nan_at < 3; ++nan_at) {
    std::vector<double> products = {1, 2, 3};
    products[nan_at] = std::numeric_limits<double>::quiet_NaN();
    const AttentionRow row =
        ComputeAttentionRow(Small(1, 3), 0, kUnit.data(), KeysWithProducts(products).data(), {});
    for (const double probability : row.probabilities) EXPECT_TRUE(std::isnan(probability));
    EXPECT_TRUE(std::isnan(row.log_sum_exp));
  }
}

TEST(AttentionRowTest, InfiniteScoresGoByArithmetic) {
  Problem problem = Small(1, 2);
  const double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> ones(8, 1.0);
  std::vector<double> keys(16, 0.0);
  keys[0] = infinity;
  EXPECT_TRUE(
      std::isnan(ComputeAttentionRow(problem, 0, ones.data(), keys.data(), {}).log_sum_exp));
  keys[0] = -infinity;
  const AttentionRow row = ComputeAttentionRow(problem, 0, ones.data(), keys.data(), {});
  EXPECT_THAT(row.probabilities, ElementsAre(0, 1));
  EXPECT_EQ(row.log_sum_exp, 0);
}

}  // namespace
}  // namespace attune
