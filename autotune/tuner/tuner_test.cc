#include "autotune/tuner/tuner.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "autotune/bench/local_bench.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kDefault[] = "block=8,unroll=1";

// A family on a device whose time passes as the test says, with noise drawn from a seed.
class TunerTest : public ::testing::Test {
 protected:
  // Microseconds that a run takes, before noise: the fastest is block 32, unroll 2.
  static double Valley(const Configuration& configuration) {
    const double off = static_cast<double>(configuration.Get("block")) / 32;
    return 100 * (off > 1 ? off : 1 / off) - 10 * static_cast<double>(configuration.Get("unroll"));
  }

  TestingKernelSteps Steps(double (*microseconds)(const Configuration&), double noise = 0.01) {
    TestingKernelSteps steps;
    steps.launch = [this, microseconds, noise](const Configuration& configuration) {
      const double factor = 1 + noise * RandomUniform(options_.seed, launches_++);
      device_.Advance(absl::Microseconds(factor * microseconds(configuration)));
      return absl::OkStatus();
    };
    return steps;
  }

  absl::StatusOr<TuningResult> TuneWith(TestingKernelSteps steps, int64_t n = 512) {
    launches_ = 0;
    const TestingKernelFamily family("testing", std::move(steps));
    const Workload workload = TestingKernelFamily::MakeWorkload(n);
    bench_options_.seed = options_.seed;
    const auto bench = LocalBench::Open(family, workload, device_, bench_options_);
    if (!bench.ok()) return bench.status();
    TrialBench* const benches[] = {bench->get()};
    return Tune(family, workload, device_.info(), benches, options_);
  }
  // So many candidates are compiled side by side.
  void SetThreads(int threads) {
    bench_options_.prepare_threads = threads;
    options_.parallelism = threads;
  }

  FakeDevice device_;
  BenchOptions bench_options_;
  TunerOptions options_;
  uint64_t launches_ = 0;
};

std::vector<std::string> Order(const TuningResult& result) {
  std::vector<std::string> order;
  for (const Trial& trial : result.trials) {
    order.push_back(FromProto(trial.configuration()).ToString());
  }
  return order;
}

std::string Winner(const TuningResult& result) {
  return result.finalists[result.verdict.winner].configuration.ToString();
}

// "OUTCOME: message" of the trial of `configuration`.
std::string OutcomeOf(const TuningResult& result, const std::string& configuration) {
  for (const Trial& trial : result.trials) {
    if (FromProto(trial.configuration()).ToString() != configuration) continue;
    return absl::StrCat(Trial::Outcome_Name(trial.outcome()), ": ", trial.message());
  }
  return "no trial";
}

TEST_F(TunerTest, FindsTheFastestWithEveryStrategy) {
  for (const char* strategy : {"exhaustive", "random"}) {
    options_.strategy = strategy;
    const auto result = TuneWith(Steps(Valley, 0.05));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(Winner(*result), "block=32,unroll=2");
    EXPECT_EQ(result->space_size, 16);
    EXPECT_THAT(result->trials, SizeIs(16));
    EXPECT_EQ(result->finalists.front().configuration.ToString(), kDefault);
    EXPECT_GT(*result->verdict.margin, 0);
  }
}

// Equal configurations displace the default with a probability of at most the significance, 0.05:
// of 40 tunes 2 are expected, and 7 or more have a probability of 0.003.
TEST_F(TunerTest, KeepsTheDefaultInsideTheNoise) {
  int displaced = 0;
  for (options_.seed = 1; options_.seed <= 40; ++options_.seed) {
    const auto result = TuneWith(Steps([](const Configuration&) { return 100.0; }, 0.1));
    ASSERT_TRUE(result.ok()) << result.status();
    displaced += Winner(*result) != kDefault;
  }
  EXPECT_LT(displaced, 7);
}

// Five configurations within 0.3 % of each other, and the others at least 8 % slower.
double Plateau(const Configuration& configuration) {
  const int64_t block = configuration.Get("block");
  const bool on_plateau =
      block >= 16 && block <= 64 && (block != 64 || configuration.Get("unroll") == 1);
  if (!on_plateau) return 108 + static_cast<double>(block) / 10;
  return 100 + 0.1 * static_cast<double>(block / 16 - 1) / 3 +
         0.1 * static_cast<double>(configuration.Get("unroll"));
}

TEST_F(TunerTest, TunedTenTimesTheWinnerIsOfOneTieSet) {
  std::set<std::string> tied;
  for (options_.seed = 1; options_.seed <= 10; ++options_.seed) {
    const auto result = TuneWith(Steps(Plateau, 0.02));
    ASSERT_TRUE(result.ok()) << result.status();
    if (tied.empty()) {
      for (const size_t i : result->verdict.tied) {
        tied.insert(result->finalists[i].configuration.ToString());
      }
      EXPECT_THAT(tied, SizeIs(5));
    }
    EXPECT_EQ(tied.count(Winner(*result)), 1u)
        << "seed " << options_.seed << ": " << Winner(*result);
  }
}

TEST_F(TunerTest, TunedAgainTheIncumbentStays) {
  for (options_.seed = 1; options_.seed <= 10; ++options_.seed) {
    const auto result = TuneWith(Steps(Plateau, 0.02));
    ASSERT_TRUE(result.ok()) << result.status();
    if (!options_.incumbents.empty()) {
      EXPECT_EQ(Winner(*result), options_.incumbents.front().ToString());
    }
    options_.incumbents = {result->finalists[result->verdict.winner].configuration};
  }
}

TEST_F(TunerTest, AnIncumbentThatTheSearchDidNotReachIsAFinalist) {
  options_.max_evaluations = 1;
  options_.incumbents = {*Configuration::Parse("block=32,unroll=2"),
                         *Configuration::Parse("block=7,unroll=2")};
  const auto result = TuneWith(Steps(Valley));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->trials, SizeIs(2));
  EXPECT_EQ(Winner(*result), "block=32,unroll=2");
}

TEST_F(TunerTest, AnIncumbentThatHasBecomeSlowGoes) {
  options_.incumbents = {*Configuration::Parse("block=1,unroll=1")};
  const auto result = TuneWith(Steps(Valley));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Winner(*result), "block=32,unroll=2");
}

TEST_F(TunerTest, GoesOnFromTrialsOfBefore) {
  options_.max_evaluations = 5;
  const auto begun = TuneWith(Steps(Valley));
  ASSERT_TRUE(begun.ok()) << begun.status();
  options_.max_evaluations = INT64_MAX;
  options_.earlier_trials = begun->trials;
  int made = 0;
  options_.on_trial = [&](const Trial&, int64_t done, int64_t planned) {
    EXPECT_EQ(done, 5 + ++made);
    EXPECT_EQ(planned, 16);
  };
  const auto result = TuneWith(Steps(Valley));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(made, 11);
  EXPECT_THAT(result->trials, SizeIs(16));
  EXPECT_EQ(Winner(*result), "block=32,unroll=2");
}

TEST_F(TunerTest, ADriftingClockDoesNotChangeTheOrder) {
  // The device slows down by a half in the course of the search: without correction the fastest,
  // tried late, would seem slower than what was tried early.
  TestingKernelSteps steps;
  steps.launch = [&](const Configuration& configuration) {
    const double slower = 1 + 0.5 * std::min(1.0, static_cast<double>(launches_++) / 400);
    device_.Advance(absl::Microseconds(slower * Valley(configuration)));
    return absl::OkStatus();
  };
  options_.trials_per_reference = 1;
  const auto result = TuneWith(steps);
  ASSERT_TRUE(result.ok()) << result.status();
  for (const Trial& trial : result->trials) {
    if (trial.drift() == 0) continue;
    const Configuration configuration = FromProto(trial.configuration());
    EXPECT_NEAR(Median(trial.nanoseconds()) / trial.drift(), 1000 * Valley(configuration),
                70 * Valley(configuration))
        << configuration.ToString();
  }
  EXPECT_GT(result->trials.back().drift(), 1.2);
}

TEST_F(TunerTest, FailuresAreTrialsAndDoNotStopTheSearch) {
  TestingKernelSteps steps = Steps(Valley);
  steps.prepare = [](const Configuration& configuration) {
    return configuration.Get("block") == 1 ? absl::InternalError("ptxas: too many registers")
                                           : absl::OkStatus();
  };
  steps.verify = [](const Configuration& configuration) {
    return configuration.Get("block") == 32 ? absl::DataLossError("out: MAE 3") : absl::OkStatus();
  };
  steps.launch = [run = steps.launch](const Configuration& configuration) {
    return configuration.Get("block") == 2 ? absl::InternalError("illegal address")
                                           : run(configuration);
  };
  int reported = 0;
  options_.on_trial = [&](const Trial&, int64_t done, int64_t planned) {
    EXPECT_EQ(done, ++reported);
    EXPECT_EQ(planned, 16);
  };
  const auto result = TuneWith(steps);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(reported, 16);
  EXPECT_THAT(result->trials, SizeIs(16));
  EXPECT_EQ(OutcomeOf(*result, "block=1,unroll=1"), "COMPILE_ERROR: ptxas: too many registers");
  EXPECT_EQ(OutcomeOf(*result, "block=32,unroll=2"), "WRONG_RESULT: out: MAE 3");
  EXPECT_EQ(OutcomeOf(*result, "block=2,unroll=1"), "LAUNCH_ERROR: illegal address");
  EXPECT_EQ(OutcomeOf(*result, kDefault), "OK: ");
  // The runners-up, once block 32 is out.
  EXPECT_THAT(Winner(*result), ::testing::AnyOf("block=16,unroll=2", "block=64,unroll=2"));
}

TEST_F(TunerTest, ADefaultThatFailsIsNoFinalist) {
  TestingKernelSteps steps = Steps(Valley);
  steps.verify = [](const Configuration& configuration) {
    return configuration.ToString() == kDefault ? absl::DataLossError("wrong") : absl::OkStatus();
  };
  const auto result = TuneWith(steps);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->default_configuration.ToString(), kDefault);
  EXPECT_EQ(Winner(*result), "block=32,unroll=2");
  for (const FinalistResult& finalist : result->finalists) {
    EXPECT_NE(finalist.configuration.ToString(), kDefault);
  }
}

TEST_F(TunerTest, ACompilationThatNeverEndsAndOneThatCrashesAreNamedSo) {
  TestingKernelSteps steps = Steps(Valley);
  steps.prepare = [](const Configuration& configuration) -> absl::Status {
    if (configuration.Get("block") == 1) return absl::DeadlineExceededError("no answer in 60s");
    if (configuration.Get("block") == 2) return absl::AbortedError("ended by signal 6 (Aborted)");
    return absl::OkStatus();
  };
  const auto result = TuneWith(steps);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(OutcomeOf(*result, "block=1,unroll=1"), "TIMEOUT: no answer in 60s");
  EXPECT_EQ(OutcomeOf(*result, "block=2,unroll=1"), "CRASH: ended by signal 6 (Aborted)");
  EXPECT_EQ(Winner(*result), "block=32,unroll=2");
}

TEST_F(TunerTest, AFinalistThatFailsInTheFinalIsDroppedAndReported) {
  // The search takes at most as many launches of one configuration as its samples and what warms up
  // and calibrates.
  const int searched = bench_options_.sampling.max_samples + 10;
  options_.final_rounds = 2 * searched;
  options_.finalist_margin = 0.2;
  TestingKernelSteps steps = Steps(Valley);
  int launches = 0;
  steps.launch = [&, run = steps.launch](const Configuration& configuration) {
    const bool fastest = configuration.ToString() == "block=32,unroll=2";
    return fastest && ++launches > searched ? absl::InternalError("illegal address")
                                            : run(configuration);
  };
  std::vector<Trial> reported;
  options_.on_trial = [&](const Trial& trial, int64_t, int64_t) { reported.push_back(trial); };
  const auto result = TuneWith(steps);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(Winner(*result), "block=32,unroll=1");
  ASSERT_THAT(result->dropped, SizeIs(1));
  EXPECT_EQ(result->dropped[0].message(), "in the final: illegal address");
  EXPECT_THAT(result->trials, SizeIs(16));
  ASSERT_THAT(reported, SizeIs(17));
  EXPECT_EQ(FromProto(reported.back().configuration()).ToString(), "block=32,unroll=2");
  EXPECT_EQ(reported.back().outcome(), Trial::LAUNCH_ERROR);
}

TEST_F(TunerTest, WhereEverythingFailsTheErrorGivesTheFirstReason) {
  TestingKernelSteps steps;
  steps.prepare = [](const Configuration& configuration) {
    return absl::InternalError(absl::StrCat("no compiler for ", configuration.ToString()));
  };
  const absl::Status status = TuneWith(steps).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("all 16 configurations of testing"), HasSubstr("testing_op[] n=512"),
                    HasSubstr("COMPILE_ERROR: no compiler for block=8,unroll=1")));
}

TEST_F(TunerTest, NoMoreEvaluationsThanTheBudgetAndTheDefaultFirst) {
  options_.max_evaluations = 3;
  const auto result = TuneWith(Steps(Valley));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->trials, SizeIs(3));
  EXPECT_EQ(Order(*result).front(), kDefault);
}

TEST_F(TunerTest, WithoutTimeOnlyTheDefaultIsTried) {
  options_.max_duration = absl::ZeroDuration();
  for (const int threads : {1, 4}) {
    SetThreads(threads);
    const auto result = TuneWith(Steps(Valley));
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(Order(*result), ::testing::ElementsAre(kDefault));
    EXPECT_EQ(Winner(*result), kDefault);
  }
}

TEST_F(TunerTest, CancellingEndsItAfterTheTrialInFlight) {
  std::atomic<bool> cancelled = false;
  int trials = 0;
  options_.cancelled = &cancelled;
  options_.on_trial = [&](const Trial&, int64_t done, int64_t) {
    ++trials;
    cancelled = done == 2;
  };
  EXPECT_EQ(TuneWith(Steps(Valley)).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(trials, 2);
}

TEST_F(TunerTest, WhatWasMadeWhileItIsCancelledIsStillReported) {
  std::atomic<bool> cancelled = false;
  std::vector<std::string> reported;
  options_.cancelled = &cancelled;
  SetThreads(4);
  options_.on_trial = [&](const Trial& trial, int64_t, int64_t) {
    reported.push_back(FromProto(trial.configuration()).ToString());
    cancelled = true;
  };
  std::vector<std::string> verified;
  TestingKernelSteps steps = Steps(Valley);
  steps.verify = [&](const Configuration& configuration) {
    // The reference is verified once more.
    if (verified.empty() || configuration.ToString() != kDefault) {
      verified.push_back(configuration.ToString());
    }
    return absl::OkStatus();
  };
  EXPECT_EQ(TuneWith(steps).status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(reported, verified);
}

TEST_F(TunerTest, WhatIsNotAdmittedIsNotTried) {
  const auto result = TuneWith(Steps(Valley), 4);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(result->trials, SizeIs(6));
  EXPECT_EQ(result->enumeration.removed.at("block_fits"), 10);
  EXPECT_EQ(Order(*result).front(), result->default_configuration.ToString());
  EXPECT_EQ(Winner(*result), "block=4,unroll=2");
}

TEST_F(TunerTest, AnEmptySpaceNamesItsConstraints) {
  const absl::Status status = TuneWith(Steps(Valley), 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("block_fits 16"));
}

TEST_F(TunerTest, WhatTheFamilyDoesNotSupportAndUnknownStrategiesAreErrors) {
  EXPECT_EQ(TuneWith(Steps(Valley), 2000).status().code(), absl::StatusCode::kUnimplemented);
  options_.strategy = "clairvoyant";
  EXPECT_EQ(TuneWith(Steps(Valley)).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(TunerTest, ASeedDecidesEverythingHoweverManyThreadsCompile) {
  options_.strategy = "random";
  const auto first = TuneWith(Steps(Valley, 0.05));
  SetThreads(4);
  const auto second = TuneWith(Steps(Valley, 0.05));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(Order(*first), Order(*second));
  ASSERT_EQ(first->finalists.size(), second->finalists.size());
  for (size_t i = 0; i < first->finalists.size(); ++i) {
    EXPECT_EQ(first->finalists[i].rounds, second->finalists[i].rounds);
  }
  options_.seed = 2;
  const auto other = TuneWith(Steps(Valley, 0.05));
  ASSERT_TRUE(other.ok());
  EXPECT_NE(Order(*first), Order(*other));
}

TEST_F(TunerTest, CandidatesThatCannotWinHoldNoMemory) {
  const auto result = TuneWith(Steps(Valley));
  ASSERT_TRUE(result.ok()) << result.status();
  // The reference and the one being tried; in the final, the reference and two within 6 % of the
  // best.
  EXPECT_LE(device_.memory_usage().peak_bytes, 3 * TestingKernelFamily::candidate_bytes());
  EXPECT_EQ(device_.memory_usage().current_bytes, 0);
}

}  // namespace
}  // namespace attune
