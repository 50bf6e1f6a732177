// A bench without a device, for tests of what drives benches.
#ifndef ATTUNE_AUTOTUNE_TUNER_FAKE_BENCH_H_
#define ATTUNE_AUTOTUNE_TUNER_FAKE_BENCH_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/space/configuration.h"
#include "autotune/trial_log/failed_trial.h"
#include "autotune/trial_log/trial_log.pb.h"

namespace attune {

// The configuration whose only parameter is `block`.
inline Configuration Block(int64_t block) { return Configuration({{"block", block}}); }

// A block of n takes n nanoseconds times `speed`.
class FakeBench : public TrialBench {
 public:
  explicit FakeBench(double speed = 1) : speed_(speed) {}

  void Announce(const Configuration& configuration) override {
    announced.push_back(configuration.Get("block"));
  }

  absl::StatusOr<Trial> Try(const Configuration& configuration, int) override {
    const int64_t block = configuration.Get("block");
    if (on_try) on_try(block);
    if (block == lost_at) return absl::UnavailableError("the device is gone");
    tried.push_back(block);
    const auto failure = crashes.find(block);
    if (failure != crashes.end()) return FailedTrial(configuration, Trial::CRASH, failure->second);
    Trial trial = FailedTrial(configuration, Trial::OK, "");
    for (int i = 0; i < 7; ++i) trial.add_nanoseconds(speed_ * static_cast<double>(block));
    return trial;
  }

  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override {
    ++references;
    if (!reference_status.ok()) return reference_status;
    return std::vector<double>(count, speed_ * static_cast<double>(configuration.Get("block")));
  }

  // Called when the trial of `block` begins.
  std::function<void(int64_t block)> on_try;
  // Blocks whose trial fails, and what it says.
  std::map<int64_t, std::string> crashes;
  // The block at whose trial the bench is lost.
  int64_t lost_at = 0;
  // What timing the reference comes to.
  absl::Status reference_status;

  std::vector<int64_t> announced;
  std::vector<int64_t> tried;
  int references = 0;

 private:
  const double speed_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_FAKE_BENCH_H_
