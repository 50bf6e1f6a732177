#include "attention/attention.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "attention/families.h"
#include "attention/square_problem.h"
#include "attention/testing_family.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "attention/workload.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "device/cpu/cpu_device.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "operators/changed_configuration.h"
#include "testing/random_problem.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Direction kDirections[] = {Direction::kForward, Direction::kBackward};

Problem ProblemOfShape(int64_t batch, int64_t heads, int64_t length, int64_t dim) {
  return SquareProblem(Dtype::kFloat32, batch, heads, length, dim);
}

Problem SmallProblem() { return ProblemOfShape(1, 4, 128, 64); }

// Nothing that this machine's user has tuned may decide what a test sees.
class AttentionTest : public ::testing::Test {
 protected:
  PlanOptions Options(Direction direction = Direction::kForward) {
    return {.direction = direction, .device = &device_, .cache = &cache_};
  }
  AttentionPlan MustPlan(const Problem& problem, const PlanOptions& options) {
    absl::StatusOr<AttentionPlan> plan = Attention::Plan(problem, options);
    if (!plan.ok()) ADD_FAILURE() << plan.status();
    return std::move(plan).value();
  }
  std::string PlanError(const Problem& problem, const PlanOptions& options, absl::StatusCode code) {
    const absl::Status status = Attention::Plan(problem, options).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(Attention::EstimateMemory(problem, options).status(), status);
    return std::string(status.message());
  }
  // A configuration other than the default.
  Configuration Tuned(Direction direction) {
    return direction == Direction::kForward
               ? Changed(CpuForwardFamily().space().Default(), {{"query_tile", 56}})
               : Changed(CpuBackwardFamily().space().Default(), {{"row_tile", 56}});
  }

  CpuDevice device_;
  TuningCache cache_{TuningCacheOptions()};
};

TEST_F(AttentionTest, RandomProblemsMatchTheReferenceForward) {
  for (uint64_t seed = 100; seed < 112; ++seed) {
    const Problem problem = RandomProblem(seed);
    SCOPED_TRACE(absl::StrCat("seed ", seed, ": ", problem.ToString()));
    AttentionInputs inputs(problem, Direction::kForward, seed);
    const AttentionPlan plan = MustPlan(problem, Options());
    EXPECT_EQ(plan.Run(inputs.Forward()), absl::OkStatus());
    EXPECT_EQ(VerifyForward(inputs, ExpectForward(inputs)), absl::OkStatus());
  }
}

TEST_F(AttentionTest, RandomProblemsMatchTheReferenceBackward) {
  const RandomProblemOptions options = {
      .max_batch = 2, .max_length = 90, .max_head_dim = 128, .packed = false};
  for (uint64_t seed = 200; seed < 212; ++seed) {
    const Problem problem = RandomProblem(seed, options);
    SCOPED_TRACE(absl::StrCat("seed ", seed, ": ", problem.ToString()));
    AttentionInputs inputs(problem, Direction::kBackward, seed);
    const AttentionPlan plan = MustPlan(problem, Options(Direction::kBackward));
    EXPECT_EQ(plan.Run(inputs.Backward()), absl::OkStatus());
    EXPECT_EQ(VerifyBackward(inputs, ExpectBackward(inputs)), absl::OkStatus());
  }
}

TEST_F(AttentionTest, OnePlanRunsAgainOnAStreamOfTheCaller) {
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 1);
  const AttentionPlan plan = MustPlan(SmallProblem(), Options());
  const auto stream = device_.CreateStream();
  ASSERT_TRUE(stream.ok());
  const ForwardExpectation expectation = ExpectForward(inputs);
  for (int run = 0; run < 2; ++run) {
    inputs.ResetOutputs();
    ASSERT_EQ(plan.Run(inputs.Forward(), **stream), absl::OkStatus());
    ASSERT_EQ((*stream)->Synchronize(), absl::OkStatus());
    EXPECT_EQ(VerifyForward(inputs, expectation), absl::OkStatus());
  }
}

TEST_F(AttentionTest, APlanThatWasMovedRuns) {
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 2);
  AttentionPlan first = MustPlan(SmallProblem(), Options());
  const AttentionPlan second = std::move(first);
  EXPECT_EQ(second.Run(inputs.Forward()), absl::OkStatus());
  EXPECT_EQ(VerifyForward(inputs, ExpectForward(inputs)), absl::OkStatus());
}

TEST_F(AttentionTest, ExplainsWhatItChoseAndWhatItNeeds) {
  for (const Direction direction : kDirections) {
    const AttentionPlan plan = MustPlan(SmallProblem(), Options(direction));
    const std::string& text = plan.Explain();
    EXPECT_THAT(text,
                HasSubstr(absl::StrCat(OperatorName(direction), " of ", SmallProblem().ToString(),
                                       " on ", device_.info().ToString())));
    EXPECT_THAT(text, HasSubstr(absl::StrCat("family: ", plan.family().name(), "\n")));
    EXPECT_THAT(text, HasSubstr(absl::StrCat("configuration: ", plan.configuration().ToString(),
                                             " (default)\n  no entry of ", plan.family().name())));
    EXPECT_THAT(
        text, HasSubstr(absl::StrCat("memory: ", plan.memory().tensor_bytes, " bytes of tensors, ",
                                     plan.memory().workspace_bytes, " bytes of workspace\n")));
  }
}

TEST_F(AttentionTest, ExplainsWhyFamiliesBeforeTheChosenOneWerePassedOver) {
  const AttentionPlan plan = MustPlan(SmallProblem(), Options());
  for (const AttentionFamily* family : AttentionFamilies()) {
    if (family == &plan.family()) break;
    if (family->direction() != Direction::kForward) continue;
    EXPECT_THAT(plan.Explain(), HasSubstr(absl::StrCat("  passed over ", family->name(), ": ")));
  }
}

TEST_F(AttentionTest, AFamilyWhoseVariantCannotBeMadeIsPassedOverForTheNext) {
  TestingFamily slow("slow");
  slow.set_prepare_error(absl::FailedPreconditionError("compiles to slow code"));
  TestingFamily broken("broken");
  broken.set_prepare_error(absl::InvalidArgumentError("does not compile"));
  TestingFamily unable("unable");
  unable.set_supports(absl::UnimplementedError("not this"));
  TestingFamily good("good");
  const AttentionFamily* const families[] = {&slow, &unable, &broken, &good};
  PlanOptions options = Options();
  options.families = families;
  const AttentionPlan plan = MustPlan(SmallProblem(), options);
  EXPECT_EQ(plan.family().name(), "good");
  EXPECT_THAT(plan.Explain(),
              HasSubstr("family: good\n  passed over slow: compiles to slow code\n  passed over "
                        "unable: not this\n  passed over broken: does not compile\n"));
}

TEST_F(AttentionTest, TheEstimateIsOfTheFamilyThatIsChosen) {
  TestingFamily slow("slow");
  slow.set_prepare_error(absl::FailedPreconditionError("compiles to slow code"));
  slow.set_workspace_bytes(100);
  TestingFamily good("good");
  good.set_workspace_bytes(700);
  const AttentionFamily* const families[] = {&slow, &good};
  PlanOptions options = Options();
  options.families = families;
  const auto estimate = Attention::EstimateMemory(SmallProblem(), options);
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  EXPECT_EQ(estimate->workspace_bytes, 700);
  EXPECT_EQ(MustPlan(SmallProblem(), options).memory().workspace_bytes, 700);

  options.family = "slow";
  EXPECT_THAT(PlanError(SmallProblem(), options, absl::StatusCode::kFailedPrecondition),
              HasSubstr("slow code"));
}

TEST_F(AttentionTest, NoOtherFamilyHidesAnErrorOfTheCallersOrOfTheDevice) {
  TestingFamily first("first");
  TestingFamily second("second");
  const AttentionFamily* const families[] = {&first, &second};
  PlanOptions options = Options();
  options.families = families;

  first.set_prepare_error(absl::ResourceExhaustedError("no memory"));
  EXPECT_EQ(Attention::Plan(SmallProblem(), options).status().message(), "no memory");

  first.set_prepare_error(absl::InvalidArgumentError("score_modifier(1): error"));
  Problem users = SmallProblem();
  users.score_expression = "score + nothing";
  EXPECT_EQ(Attention::Plan(users, options).status().message(), "score_modifier(1): error");
  EXPECT_EQ(MustPlan(SmallProblem(), options).family().name(), "second");

  PlanOptions fixed = options;
  fixed.family = "first";
  EXPECT_EQ(Attention::Plan(SmallProblem(), fixed).status().code(),
            absl::StatusCode::kInvalidArgument);
  fixed = options;
  fixed.configuration = first.space().Default();
  EXPECT_EQ(Attention::Plan(SmallProblem(), fixed).status().code(),
            absl::StatusCode::kInvalidArgument);

  // Where none is left, the first one's reason is what the caller learns.
  second.set_prepare_error(absl::FailedPreconditionError("slow"));
  EXPECT_EQ(Attention::Plan(SmallProblem(), options).status().message(),
            "score_modifier(1): error");
}

TEST_F(AttentionTest, RunsTheConfigurationThatIsGiven) {
  PlanOptions options = Options();
  options.configuration = Tuned(Direction::kForward);
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 3);
  const AttentionPlan plan = MustPlan(SmallProblem(), options);
  EXPECT_EQ(plan.configuration(), *options.configuration);
  EXPECT_THAT(plan.Explain(), HasSubstr(options.configuration->ToString() + " (given)"));
  EXPECT_EQ(plan.Run(inputs.Forward()), absl::OkStatus());
  EXPECT_EQ(VerifyForward(inputs, ExpectForward(inputs)), absl::OkStatus());
}

TEST_F(AttentionTest, AGivenConfigurationThatIsNotAdmittedNamesTheConstraint) {
  PlanOptions options = Options();
  options.configuration = Changed(CpuForwardFamily().space().Default(), {{"query_tile", 224}});
  EXPECT_THAT(PlanError(SmallProblem(), options, absl::StatusCode::kInvalidArgument),
              AllOf(HasSubstr("constraint queries_fill_tile"), HasSubstr("query_tile=224"),
                    HasSubstr(SmallProblem().ToString())));
  options.configuration = Changed(CpuForwardFamily().space().Default(), {{"query_tile", 57}});
  EXPECT_THAT(PlanError(SmallProblem(), options, absl::StatusCode::kInvalidArgument),
              HasSubstr("query_tile"));
}

TEST_F(AttentionTest, ATunedConfigurationIsUsedAndNamed) {
  for (const Direction direction : kDirections) {
    const AttentionFamily& family = MustPlan(SmallProblem(), Options(direction)).family();
    CacheEntry entry;
    *entry.mutable_key() = MakeCacheKey(device_.info(), family.name(), family.fingerprint(),
                                        WorkloadOf(SmallProblem(), direction));
    *entry.mutable_configuration() = ToProto(Tuned(direction));
    ASSERT_TRUE(cache_.Store(entry).ok());
    const std::pair<int64_t, const char*> lengths[] = {
        {128, "tuned: exact, from memory"}, {120, "same bucket"}, {256, "nearest"}};
    for (const auto& [length, origin] : lengths) {
      const AttentionPlan plan = MustPlan(ProblemOfShape(1, 4, length, 64), Options(direction));
      EXPECT_EQ(plan.configuration(), Tuned(direction));
      EXPECT_THAT(plan.Explain(), HasSubstr(origin));
    }
  }
}

TEST_F(AttentionTest, WrongTensorsAreRefused) {
  const AttentionPlan plan = MustPlan(SmallProblem(), Options());
  EXPECT_EQ(plan.Run(BackwardTensors()).code(), absl::StatusCode::kFailedPrecondition);
  AttentionInputs inputs(SmallProblem(), Direction::kForward, 4);
  ForwardTensors tensors = inputs.Forward();
  tensors.key = nullptr;
  const absl::Status status = plan.Run(tensors);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("tensor key is null"));
}

TEST_F(AttentionTest, WhatCannotBePlannedSaysWhy) {
  Problem problem = SmallProblem();
  problem.qk_dim = 65;
  EXPECT_THAT(PlanError(problem, Options(), absl::StatusCode::kInvalidArgument),
              HasSubstr("qk_dim"));
  PlanOptions options = Options();
  options.family = "cpu_sideways";
  EXPECT_THAT(PlanError(SmallProblem(), options, absl::StatusCode::kNotFound),
              AllOf(HasSubstr("'cpu_sideways'"), HasSubstr("cpu_forward")));
  FakeDevice gpu({.id = "cuda:7", .kind = DeviceKind::kCuda, .architecture = "sm_10"});
  options = Options();
  options.device = &gpu;
  EXPECT_THAT(PlanError(SmallProblem(), options, absl::StatusCode::kUnimplemented),
              AllOf(HasSubstr("cuda:7"), HasSubstr("cpu_forward: ")));
}

TEST_F(AttentionTest, AWorkspaceThatDoesNotFitSaysHowMuchIsNeeded) {
  FakeDevice device(device_.info());
  device.set_memory_limit(1000);
  PlanOptions options = Options();
  options.device = &device;
  const auto estimate = Attention::EstimateMemory(SmallProblem(), options);
  ASSERT_TRUE(estimate.ok()) << estimate.status();
  const absl::Status status = Attention::Plan(SmallProblem(), options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat(estimate->workspace_bytes, " bytes needed, 1000 free")));
}

// Batch, heads, length, head dim: small, medium, large.
TEST_F(AttentionTest, TheEstimateIsWhatIsAllocated) {
  const Problem problems[] = {SmallProblem(), ProblemOfShape(2, 8, 512, 64),
                              ProblemOfShape(4, 16, 1024, 64)};
  for (const Problem& problem : problems) {
    for (const Direction direction : kDirections) {
      SCOPED_TRACE(absl::StrCat(OperatorName(direction), " of ", problem.ToString()));
      const auto estimate = Attention::EstimateMemory(problem, Options(direction));
      ASSERT_TRUE(estimate.ok()) << estimate.status();
      EXPECT_EQ(device_.memory_usage().current_bytes, 0);
      const AttentionPlan plan = MustPlan(problem, Options(direction));
      EXPECT_EQ(device_.memory_usage().current_bytes, estimate->workspace_bytes);
      EXPECT_EQ(plan.memory().workspace_bytes, estimate->workspace_bytes);
      EXPECT_EQ(plan.memory().tensor_bytes, estimate->tensor_bytes);
      const Variables model = plan.family().Model(problem, plan.configuration(), device_.info());
      EXPECT_EQ(model.at(kWorkspaceBytesVariable), estimate->workspace_bytes);
      const int64_t rows = problem.batch * problem.q_heads * problem.q_len;
      const int64_t tensors = direction == Direction::kForward ? 4 : 8;
      EXPECT_EQ(estimate->tensor_bytes, rows * (tensors * 64 + 1) * 4);
    }
  }
}

TEST_F(AttentionTest, ARunAllocatesNothing) {
  for (const Direction direction : kDirections) {
    AttentionInputs inputs(SmallProblem(), direction, 5);
    const AttentionPlan plan = MustPlan(SmallProblem(), Options(direction));
    device_.ResetPeakMemory();
    const bool forward = direction == Direction::kForward;
    ASSERT_TRUE(plan.Run(forward ? AttentionTensors(inputs.Forward()) : inputs.Backward()).ok());
    EXPECT_EQ(device_.memory_usage().peak_bytes, plan.memory().workspace_bytes);
  }
}

// What does not grow with the length, such as a thread's tiles, lets doubling cost less than twice.
TEST_F(AttentionTest, MemoryIsLinearInTheLength) {
  for (const Direction direction : kDirections) {
    int64_t shorter = 0;
    for (int64_t length = 256; length <= 4096; length *= 2) {
      const auto estimate =
          Attention::EstimateMemory(ProblemOfShape(2, 8, length, 64), Options(direction));
      ASSERT_TRUE(estimate.ok()) << estimate.status();
      const int64_t bytes = estimate->tensor_bytes + estimate->workspace_bytes;
      if (shorter > 0) {
        EXPECT_LE(bytes, 2 * shorter) << length;
      }
      EXPECT_LE(estimate->workspace_bytes, 2 * estimate->tensor_bytes) << length;
      shorter = bytes;
    }
  }
}

TEST_F(AttentionTest, PlansLeaveMemoryWhereItWas) {
  for (const Direction direction : kDirections) {
    AttentionInputs inputs(SmallProblem(), direction, 6);
    const bool forward = direction == Direction::kForward;
    for (int repetition = 0; repetition < 20; ++repetition) {
      const AttentionPlan plan = MustPlan(SmallProblem(), Options(direction));
      ASSERT_TRUE(plan.Run(forward ? AttentionTensors(inputs.Forward()) : inputs.Backward()).ok());
    }
    EXPECT_EQ(device_.memory_usage().current_bytes, 0);
  }
}

// As an engine does that has a batch of other lengths at each step.
TEST_F(AttentionTest, OnePlanServesPackedBatchesOfAnyLengths) {
  Problem problem = SmallProblem();
  problem.batch = 4;
  problem.packed = Packed{.total_q_len = 300, .total_kv_len = 300};
  const AttentionPlan plan = MustPlan(problem, Options());
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    AttentionInputs inputs(problem, Direction::kForward, seed);
    EXPECT_EQ(plan.Run(inputs.Forward()), absl::OkStatus());
    EXPECT_EQ(VerifyForward(inputs, ExpectForward(inputs)), absl::OkStatus());
  }
  AttentionInputs inputs(problem, Direction::kForward, 1);
  ForwardTensors tensors = inputs.Forward();
  tensors.cumulative_key_lengths = nullptr;
  EXPECT_EQ(plan.Run(tensors).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(PlanError(problem, Options(Direction::kBackward), absl::StatusCode::kUnimplemented),
              HasSubstr("cpu_backward takes sequences of one length"));
}

TEST_F(AttentionTest, TheCpuDoesNotCompileExpressions) {
  Problem problem = SmallProblem();
  problem.score_expression = "2 * score";
  EXPECT_THAT(PlanError(problem, Options(), absl::StatusCode::kUnimplemented),
              HasSubstr("cpu_forward cannot compile expressions"));
}

TEST_F(AttentionTest, AnEmptyProblemRuns) {
  Problem problem = SmallProblem();
  problem.q_len = 0;
  const AttentionPlan plan = MustPlan(problem, Options());
  AttentionInputs inputs(problem, Direction::kForward, 7);
  EXPECT_EQ(plan.Run(inputs.Forward()), absl::OkStatus());
}

}  // namespace
}  // namespace attune
