#include "attention/workload.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

Problem SomeProblem() {
  return {.dtype = Dtype::kFloat16,
          .batch = 2,
          .q_heads = 8,
          .kv_heads = 4,
          .q_len = 100,
          .kv_len = 300,
          .qk_dim = 192,
          .v_dim = 128};
}

std::vector<Problem> ProblemsOfEveryKind() {
  std::vector<Problem> problems;
  for (const Mask& mask :
       {Mask::Full(), Mask::Causal(), Mask::Causal(Alignment::kTopLeft), Mask::Window(64, 0),
        Mask::Window(16, 16, Alignment::kTopLeft), Mask{.left = 5, .right = std::nullopt}}) {
    for (const bool extras : {false, true}) {
      Problem problem = SomeProblem();
      problem.mask = mask;
      problem.alibi = extras;
      problem.soft_cap = extras ? 50 : 0;
      problems.push_back(problem);
    }
  }
  problems.push_back(SomeProblem());
  problems.back().packed = Packed{.total_q_len = 150, .total_kv_len = 400};
  return problems;
}

TEST(WorkloadOfTest, NamesWhatDecidesSpeed) {
  Problem problem = SomeProblem();
  problem.mask = Mask::Causal();
  EXPECT_EQ(WorkloadOf(problem, Direction::kForward).ToString(),
            "attention_forward[alibi=0 alignment=bottom_right dtype=fp16 mask=causal qk_dim=192 "
            "soft_cap=0 v_dim=128] batch=2 kv_heads=4 kv_len=300 q_heads=8 q_len=100");
}

TEST(WorkloadOfTest, PackedProblemsSaySoAndOthersDoNot) {
  Problem problem = SomeProblem();
  problem.packed = Packed{.total_q_len = 150, .total_kv_len = 400};
  EXPECT_EQ(WorkloadOf(problem, Direction::kForward).ToString(),
            "attention_forward[alibi=0 dtype=fp16 mask=full packed=1 qk_dim=192 soft_cap=0 "
            "v_dim=128] batch=2 kv_heads=4 kv_len=300 q_heads=8 q_len=100 total_kv_len=400 "
            "total_q_len=150");
  EXPECT_EQ(ProblemVariables(problem).at("packed"), 1);
  EXPECT_EQ(ProblemVariables(SomeProblem()).at("packed"), 0);
}

Problem ProblemWithExpressions() {
  Problem problem = SomeProblem();
  problem.score_expression = "score + bias[h] * (kv - q)";
  problem.mask_expression = "id[kv] == 100%7";
  problem.buffers = {{.name = "bias", .extent = 8},
                     {.name = "id", .element = BufferElement::kInt32, .extent = 300}};
  return problem;
}

TEST(WorkloadOfTest, ExpressionsAreEscapedAndComeBack) {
  const Workload workload = WorkloadOf(ProblemWithExpressions(), Direction::kForward);
  EXPECT_THAT(workload.ToString(),
              HasSubstr("score_expression=score%20%2b%20bias%5bh%5d%20%2a%20%28kv%20-%20q%29"));
  EXPECT_EQ(workload.traits.at("buffers"), "bias:fp32,id:int32");
  EXPECT_EQ(workload.sizes.at("extent_id"), 300);
  const auto text = Workload::Parse(workload.ToString());
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(*text, workload);
  const auto back = ProblemOf(*text);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->problem.score_expression, ProblemWithExpressions().score_expression);
  EXPECT_EQ(back->problem.mask_expression, ProblemWithExpressions().mask_expression);
  EXPECT_EQ(back->problem.buffers, ProblemWithExpressions().buffers);
}

TEST(WorkloadOfTest, OtherExpressionsAreOtherTraits) {
  Problem other = ProblemWithExpressions();
  other.mask_expression = "id[kv] == 101%7";
  EXPECT_NE(WorkloadOf(other, Direction::kForward).traits,
            WorkloadOf(ProblemWithExpressions(), Direction::kForward).traits);
}

TEST(WorkloadOfTest, SurvivesTheWayThroughAProblem) {
  for (const Problem& problem : ProblemsOfEveryKind()) {
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
      const Workload workload = WorkloadOf(problem, direction);
      const auto back = ProblemOf(workload);
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_EQ(back->direction, direction);
      EXPECT_EQ(WorkloadOf(back->problem, back->direction), workload) << workload.ToString();
    }
  }
}

TEST(WorkloadOfTest, IgnoresStridesAndScales) {
  Problem other = SomeProblem();
  other.layout = Layout::kBatchHeadLength;
  other.softmax_scale = 0.5;
  EXPECT_EQ(WorkloadOf(other, Direction::kForward), WorkloadOf(SomeProblem(), Direction::kForward));
}

TEST(ProblemOfTest, NamesWhatIsWrong) {
  const Workload good = WorkloadOf(SomeProblem(), Direction::kForward);
  const auto message_after = [&](auto change) {
    Workload workload = good;
    change(workload);
    const absl::Status status = ProblemOf(workload).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  };
  EXPECT_THAT(message_after([](Workload& w) { w.operator_name = "matmul"; }),
              HasSubstr("no attention operator"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits.erase("dtype"); }),
              HasSubstr("has no trait dtype"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["dtype"] = "fp7"; }), HasSubstr("fp7"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["mask"] = "some"; }),
              HasSubstr("unknown value of mask: some"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["color"] = "red"; }),
              HasSubstr("unknown trait: color"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["alignment"] = "top_left"; }),
              HasSubstr("unknown trait: alignment (which causal and window masks have"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["qk_dim"] = "wide"; }),
              HasSubstr("no integer: qk_dim"));
  EXPECT_THAT(message_after([](Workload& w) { w.sizes.erase("q_len"); }),
              HasSubstr("has no size q_len"));
  EXPECT_THAT(message_after([](Workload& w) { w.sizes["depth"] = 1; }),
              HasSubstr("unknown size: depth"));
  EXPECT_THAT(message_after([](Workload& w) { w.sizes["total_q_len"] = 900; }),
              HasSubstr("unknown size: total_q_len"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["mask_expression"] = "kv%2"; }),
              HasSubstr("'%' without two hexadecimal digits"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["buffers"] = "bias:fp64"; }),
              HasSubstr("expected fp32 or int32"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["buffers"] = "bias:fp32"; }),
              HasSubstr("has no size extent_bias"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["packed"] = "1"; }),
              HasSubstr("has no size total_q_len"));
  EXPECT_THAT(message_after([](Workload& w) { w.traits["packed"] = "0"; }),
              HasSubstr("unknown value of packed: 0"));
  EXPECT_THAT(message_after([](Workload& w) { w.sizes["kv_heads"] = 3; }), HasSubstr("kv_heads"));
}

TEST(ProblemOfTest, WindowsThatAreOtherMasksAreRefused) {
  Problem problem = SomeProblem();
  problem.mask = Mask::Window(64, 0);
  Workload workload = WorkloadOf(problem, Direction::kForward);
  workload.sizes.erase("window_left");
  absl::Status status = ProblemOf(workload).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("expected mask=causal"));
  workload.sizes.erase("window_right");
  status = ProblemOf(workload).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("neither size window_left nor window_right"));
}

TEST(ProblemVariablesTest, GivesNumbersToConstraints) {
  Problem problem = SomeProblem();
  problem.mask = Mask::Causal();
  const Variables variables = ProblemVariables(problem);
  EXPECT_EQ(variables.at("q_len"), 100);
  EXPECT_EQ(variables.at("dtype_bytes"), 2);
  EXPECT_EQ(variables.at("dtype_is_bf16"), 0);
  EXPECT_EQ(variables.at("causal"), 1);
  EXPECT_EQ(variables.at("window"), 0);
}

}  // namespace
}  // namespace attune
