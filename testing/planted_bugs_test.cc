#include "testing/planted_bugs.h"

#include <string>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attention/mask.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

constexpr uint64_t kSeed = 41;

// Groups, a window that cuts on both sides, and gaps behind the rows.
Problem Telling(Dtype dtype) {
  return {.dtype = dtype,
          .batch = 2,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 23,
          .kv_len = 31,
          .qk_dim = 16,
          .v_dim = 24,
          .mask = Mask::Window(12, 2),
          .softmax_scale = 0.5,
          .key_strides = Strides{.batch = 2000, .head = 24, .length = 56},
          .out_strides = Strides{.batch = 4000, .head = 32, .length = 136}};
}

// Sequences of different lengths, of which the last is not empty.
Problem TellingPacked(Dtype dtype) {
  Problem problem = Telling(dtype);
  problem.batch = 4;
  problem.packed = Packed{.total_q_len = 50, .total_kv_len = 70};
  return problem;
}

absl::Status JudgeForward(const Problem& problem, uint64_t seed, PlantedBug bug) {
  AttentionInputs inputs(problem, Direction::kForward, seed);
  const ForwardExpectation expectation = ExpectForward(inputs);
  RunPlantedForward(problem, inputs.Forward(), bug);
  return VerifyForward(inputs, expectation);
}

absl::Status JudgeBackward(const Problem& problem, uint64_t seed, PlantedBug bug) {
  AttentionInputs inputs(problem, Direction::kBackward, seed);
  const BackwardExpectation expectation = ExpectBackward(inputs);
  RunPlantedBackward(problem, inputs.Backward(), bug);
  return VerifyBackward(inputs, expectation);
}

class ForwardBugTest : public ::testing::TestWithParam<std::tuple<Dtype, PlantedBug>> {};
class BackwardBugTest : public ::testing::TestWithParam<std::tuple<Dtype, PlantedBug>> {};

TEST_P(ForwardBugTest, IsCaught) {
  const auto [dtype, bug] = GetParam();
  const absl::Status status = JudgeForward(Telling(dtype), kSeed, bug);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << "seed " << kSeed;
  RecordProperty("verdict", std::string(status.message()));
}

TEST_P(BackwardBugTest, IsCaught) {
  const auto [dtype, bug] = GetParam();
  const absl::Status status = JudgeBackward(Telling(dtype), kSeed, bug);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << "seed " << kSeed;
  RecordProperty("verdict", std::string(status.message()));
}

std::string CaseName(const ::testing::TestParamInfo<std::tuple<Dtype, PlantedBug>>& info) {
  return absl::StrCat(DtypeName(std::get<0>(info.param)), "_",
                      PlantedBugName(std::get<1>(info.param)));
}

const auto kDtypes = ::testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16);
INSTANTIATE_TEST_SUITE_P(Bugs, ForwardBugTest,
                         ::testing::Combine(kDtypes, ::testing::ValuesIn(ForwardBugs())), CaseName);
INSTANTIATE_TEST_SUITE_P(Bugs, BackwardBugTest,
                         ::testing::Combine(kDtypes, ::testing::ValuesIn(BackwardBugs())),
                         CaseName);

std::vector<PlantedBug> With(std::vector<PlantedBug> bugs, const std::vector<PlantedBug>& more) {
  bugs.insert(bugs.end(), more.begin(), more.end());
  return bugs;
}

TEST(PackedBugsTest, AreCaughtInBothDirections) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const Problem problem = TellingPacked(dtype);
    for (const PlantedBug bug : With(ForwardBugs(), PackedBugs())) {
      EXPECT_EQ(JudgeForward(problem, kSeed, bug).code(), absl::StatusCode::kDataLoss)
          << DtypeName(dtype) << " " << PlantedBugName(bug);
    }
    for (const PlantedBug bug : With(BackwardBugs(), PackedBugs())) {
      EXPECT_EQ(JudgeBackward(problem, kSeed, bug).code(), absl::StatusCode::kDataLoss)
          << DtypeName(dtype) << " " << PlantedBugName(bug);
    }
    EXPECT_EQ(JudgeForward(problem, kSeed, PlantedBug::kNone), absl::OkStatus());
    EXPECT_EQ(JudgeBackward(problem, kSeed, PlantedBug::kNone), absl::OkStatus());
  }
}

TEST(PlantedBugsTest, TheVerdictSaysWhatIsWrong) {
  using ::testing::HasSubstr;
  const auto forward = [](PlantedBug bug) {
    return std::string(JudgeForward(Telling(Dtype::kFloat32), kSeed, bug).message());
  };
  EXPECT_THAT(forward(PlantedBug::kUnwrittenTile),
              HasSubstr("out: 96 of 4416 elements were not written"));
  EXPECT_THAT(forward(PlantedBug::kBaseTwoLogSumExp), HasSubstr("log_sum_exp: MAE"));
  EXPECT_THAT(forward(PlantedBug::kWriteBehindTheTensor), HasSubstr("out: memory outside"));
  EXPECT_THAT(forward(PlantedBug::kWriteIntoGap), HasSubstr("out: memory between rows"));
  EXPECT_THAT(forward(PlantedBug::kReadBehindTheKeys), HasSubstr("non-finite mismatches"));
  EXPECT_THAT(forward(PlantedBug::kChangedInput), HasSubstr("query: the run changed this input"));
}

// The correct computation must pass wherever a kernel must, or the checks above prove nothing.
TEST(PlantedBugsTest, CorrectComputationPassesOnRandomProblems) {
  const RandomProblemOptions small = {.max_batch = 2, .max_length = 40, .max_head_dim = 64};
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const Problem problem = RandomProblem(seed, small);
    EXPECT_EQ(JudgeForward(problem, seed, PlantedBug::kNone), absl::OkStatus())
        << "seed " << seed << " " << problem.ToString();
    EXPECT_EQ(JudgeBackward(problem, seed, PlantedBug::kNone), absl::OkStatus())
        << "seed " << seed << " " << problem.ToString();
  }
}

TEST(PlantedBugsTest, ShrinkingFindsTheLeastProblemThatShowsABug) {
  const Problem problem = Telling(Dtype::kFloat32);
  const Problem least = ShrinkFailure(problem, [](const Problem& candidate) {
    return !JudgeForward(candidate, kSeed, PlantedBug::kSwappedHeads).ok();
  });
  EXPECT_EQ(least.batch, 1);
  EXPECT_EQ(least.q_heads, 2);
  EXPECT_EQ(least.kv_heads, 2);
  EXPECT_EQ(least.q_len, 1);
  EXPECT_EQ(least.kv_len, 1);
  EXPECT_EQ(least.mask, Mask::Full());
}

}  // namespace
}  // namespace attune
