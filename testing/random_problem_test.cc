#include "testing/random_problem.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "attention/mask.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

constexpr uint64_t kSeeds = 3000;

bool Strided(const Problem& p) {
  return p.query_strides || p.key_strides || p.value_strides || p.out_strides;
}

std::set<std::string> Features(const Problem& p) {
  std::set<std::string> features = {
      std::string(DtypeName(p.dtype)),
      "heads " + std::to_string(p.q_heads) + "/" + std::to_string(p.kv_heads)};
  const auto add = [&](bool has, const char* name) {
    if (has) features.insert(name);
  };
  add(p.batch > 1, "batch");
  add(p.q_len == 0, "q_len 0");
  add(p.kv_len == 0, "kv_len 0");
  add(p.q_len % 2 == 1, "odd q_len");
  add(p.kv_len % 2 == 1, "odd kv_len");
  add(p.q_len < p.kv_len, "shorter query");
  add(p.q_len > p.kv_len, "longer query");
  add(p.v_dim != p.qk_dim, "unequal dims");
  add(p.mask == Mask::Causal(p.mask.alignment), "causal");
  add(p.mask.left.has_value(), "window");
  add(!p.mask.bounded(), "full");
  add(p.mask.alignment == Alignment::kTopLeft, "top left");
  add(p.softmax_scale.has_value(), "scale");
  add(p.soft_cap > 0, "soft cap");
  add(p.alibi, "alibi");
  add(p.layout == Layout::kBatchHeadLength, "head length layout");
  add(Strided(p), "strides");
  add(p.packed.has_value(), "packed");
  add(p.packed && p.packed->total_q_len > p.batch * p.q_len, "rows of no sequence");
  return features;
}

TEST(RandomProblemTest, AllAreValidAndCoverEveryFeature) {
  std::map<std::string, int> times;
  std::set<int64_t> dims;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Problem problem = RandomProblem(seed);
    ASSERT_TRUE(Validate(problem).ok()) << "seed " << seed << ": " << Validate(problem);
    for (const std::string& feature : Features(problem)) ++times[feature];
    dims.insert(problem.qk_dim);
  }
  EXPECT_EQ(times.size(), 25u);
  for (const auto& [feature, count] : times) EXPECT_GT(count, 50) << feature;
  EXPECT_EQ(dims.size(), 31u);  // 16, 24, ..., 256
}

TEST(RandomProblemTest, SameSeedSameProblem) {
  EXPECT_EQ(RandomProblem(5).ToString(), RandomProblem(5).ToString());
  EXPECT_NE(RandomProblem(5).ToString(), RandomProblem(6).ToString());
}

TEST(RandomProblemTest, WhatIsOffDoesNotOccur) {
  const RandomProblemOptions plain = {.dtypes = {Dtype::kBfloat16},
                                      .max_batch = 1,
                                      .max_length = 40,
                                      .min_head_dim = 64,
                                      .max_head_dim = 128,
                                      .head_dim_step = 64,
                                      .unequal_dims = false,
                                      .unequal_lengths = false,
                                      .empty_lengths = false,
                                      .grouped_heads = false,
                                      .causal = false,
                                      .windows = false,
                                      .top_left = false,
                                      .scale = false,
                                      .soft_cap = false,
                                      .alibi = false,
                                      .head_length_layout = false,
                                      .packed = false,
                                      .strides = false};
  const std::set<std::string> allowed = {"bf16", "heads 4/4", "odd q_len", "odd kv_len", "full"};
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Problem problem = RandomProblem(seed, plain);
    for (const std::string& feature : Features(problem)) {
      EXPECT_EQ(allowed.count(feature), 1u) << "seed " << seed << ": " << feature;
    }
    EXPECT_LE(problem.q_len, 40);
    EXPECT_TRUE(problem.qk_dim == 64 || problem.qk_dim == 128);
  }
}

TEST(RandomProblemTest, GivenHeadsTakeThePlaceOfDrawnOnes) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Problem problem = RandomProblem(seed, {.heads = HeadCounts{32, 2}});
    EXPECT_EQ(problem.q_heads, 32);
    EXPECT_EQ(problem.kv_heads, 2);
    EXPECT_TRUE(Validate(problem).ok()) << "seed " << seed << ": " << Validate(problem);
    EXPECT_EQ(problem.q_len, RandomProblem(seed).q_len);
  }
}

TEST(ShrinkTest, CandidatesAreValidAndOther) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Problem problem = RandomProblem(seed);
    for (const Problem& candidate : Shrink(problem)) {
      EXPECT_TRUE(Validate(candidate).ok()) << "seed " << seed << ": " << Validate(candidate);
      EXPECT_NE(candidate.ToString(), problem.ToString()) << "seed " << seed;
    }
  }
}

TEST(ShrinkTest, WhatAlwaysFailsShrinksToTheSimplestProblem) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Problem least = ShrinkFailure(RandomProblem(seed), [](const Problem&) { return true; });
    EXPECT_EQ(least.ToString(), "fp32 batch=1 heads=1/1 length=0x0 dim=8 mask=full");
    EXPECT_TRUE(Shrink(least).empty());
  }
}

TEST(ShrinkTest, FailureKeepsWhatItNeedsAndNothingElse) {
  const auto fails = [](const Problem& p) {
    return p.q_heads / p.kv_heads >= 2 && p.kv_len >= 17 && p.mask.right.has_value();
  };
  int found = 0;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const Problem problem = RandomProblem(seed);
    if (!fails(problem)) continue;
    ++found;
    const Problem least = ShrinkFailure(problem, fails);
    EXPECT_TRUE(fails(least)) << "seed " << seed;
    EXPECT_EQ(least.kv_len, 17) << "seed " << seed;
    EXPECT_EQ(least.kv_heads, 1) << "seed " << seed;
    EXPECT_EQ(least.batch, 1) << "seed " << seed;
    EXPECT_EQ(least.q_len, 0) << "seed " << seed;
    EXPECT_FALSE(least.mask.left.has_value()) << "seed " << seed;
    EXPECT_FALSE(Strided(least)) << "seed " << seed;
  }
  EXPECT_GT(found, 20);
}

}  // namespace
}  // namespace attune
