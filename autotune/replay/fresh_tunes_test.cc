// Whether tunes from nothing agree, on recorded searches: each draws noise anew, from what the
// recorded samples scattered by.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/replay/recorded_search.h"
#include "autotune/search/random_draws.h"
#include "autotune/space/configuration.h"
#include "autotune/timing/judge.h"
#include "autotune/trial_log/trial_log.pb.h"
#include "autotune/tuner/final.h"
#include "autotune/tuner/tuner.h"
#include "base/file.h"
#include "gtest/gtest.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr int kTunes = 10;
constexpr int kRepeats = 10;
constexpr int kTrialSamples = 7;
// Who is slower than that meets nobody in a final.
constexpr double kMargin = 0.06;

// The candidates near the fastest, each as fast as its recorded median says.
class RecordedBench : public TrialBench {
 public:
  RecordedBench(const RecordedSearch& search, uint64_t seed) : generator_(seed) {
    for (const RecordedCandidate& each : search.candidates) {
      if (each.outcome != Trial::OK) continue;
      for (const double sample : each.samples) noise_.push_back(sample / Median(each.samples));
      if (each.nanoseconds > (1 + kMargin) * OptimumNanoseconds(search)) continue;
      nanoseconds_[each.configuration] = each.nanoseconds;
    }
  }

  void Announce(const Configuration&) override {}
  absl::StatusOr<Trial> Try(const Configuration& configuration, int max_samples) override {
    Trial trial;
    trial.set_outcome(Trial::OK);
    const auto samples = *Time(configuration, max_samples);
    trial.mutable_nanoseconds()->Assign(samples.begin(), samples.end());
    return trial;
  }
  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override {
    std::vector<double> samples;
    while (static_cast<int>(samples.size()) < count) {
      const double noise = noise_[UniformBelow(noise_.size(), generator_)];
      samples.push_back(nanoseconds_.at(configuration) * noise);
    }
    return samples;
  }

  // The fastest in a trial each, with resources that say nothing of speed.
  std::vector<Contestant> Contestants(int most, uint64_t seed) {
    std::mt19937_64 resources(seed);
    std::vector<std::pair<double, Contestant>> order;
    for (const auto& [configuration, recorded] : nanoseconds_) {
      const double nanoseconds = Median(Try(configuration, kTrialSamples)->nanoseconds());
      const auto registers = static_cast<int64_t>(resources() % 200);
      order.push_back({nanoseconds, {configuration, {{"registers", registers}}}});
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<Contestant> contestants;
    for (const auto& [nanoseconds, contestant] : order) {
      if (static_cast<int>(contestants.size()) < most) contestants.push_back(contestant);
    }
    return contestants;
  }

 private:
  std::vector<double> noise_;
  std::map<Configuration, double> nanoseconds_;
  std::mt19937_64 generator_;
};

struct FreshTune {
  Configuration winner;
  std::set<Configuration> tied;
};

// Without an incumbent: a default that is a hundredth slower than the best ties in some tunes and
// not in others, and stays where it does.
FreshTune TuneOnce(RecordedBench& bench, uint64_t resources_seed) {
  const TunerOptions tuner;
  const FinalResult final = RunFinal(bench, bench.Contestants(tuner.max_finalists, resources_seed),
                                     {.rounds = tuner.final_rounds});
  std::vector<Finalist> finalists;
  for (const FinalistResult& each : final.finalists) {
    finalists.push_back({each.rounds, each.resources});
  }
  const Verdict verdict =
      Judge(finalists, std::nullopt, tuner.significance, tuner.equivalence).value();
  FreshTune tune = {.winner = final.finalists[verdict.winner].configuration, .tied = {}};
  for (const size_t i : verdict.tied) tune.tied.insert(final.finalists[i].configuration);
  return tune;
}

TEST(FreshTunesTest, TheWinnerIsOfTheFirstOnesTieSet) {
  const auto files = ListFiles("autotune/replay/recorded", ".search.pb");
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_FALSE(files->empty());
  for (const std::string& file : *files) {
    const RecordedSearch search = ReadRecordedSearch(file).value();
    int agree = 0;
    for (uint64_t repeat = 1; repeat <= kRepeats; ++repeat) {
      RecordedBench bench(search, repeat);
      const FreshTune first = TuneOnce(bench, repeat);
      for (int again = 1; again < kTunes; ++again) {
        agree += static_cast<int>(first.tied.count(TuneOnce(bench, repeat).winner));
      }
    }
    EXPECT_GE(agree, 0.95 * kRepeats * (kTunes - 1)) << file;
  }
}

}  // namespace
}  // namespace attune
