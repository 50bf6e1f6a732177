// `autotune`: tunes workloads and keeps what it finds.
#ifndef ATTUNE_AUTOTUNE_CLI_TUNE_TUNE_COMMAND_H_
#define ATTUNE_AUTOTUNE_CLI_TUNE_TUNE_COMMAND_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/search/searcher_factory.h"
#include "autotune/workload/suite.h"
#include "device/discovery.h"

namespace attune {

struct TuneCommandOptions {
  // What ChooseDevices (device_choice.h) takes; empty for every device that has a default suite.
  std::string device;
  // Only this family; empty for every one that supports a workload.
  std::string family;
  // What to tune; empty for the devices' default suites.
  std::vector<NamedWorkload> workloads;
  std::string strategy = std::string(kDefaultStrategy);
  uint64_t seed = 1;
  absl::Duration budget = absl::InfiniteDuration();  // of the whole command
  int64_t evaluations = INT64_MAX;                   // of each workload and family
  // The share of each space that is tried (TunerOptions::max_share); DefaultShare if not given.
  std::optional<double> share;
  std::string cache_directory;
  // Only what the cache directory has no entry for.
  bool missing_only = false;
  // Opens where trials are made: IsolatedBenches::Open.
  BenchOpener open_bench;
  std::function<DeviceListing()> list_devices = ListDevices;
  bool is_terminal = false;  // whether `out` is one
  // Prints one JSON object in place of all text.
  bool json = false;
  // When it becomes true, what has been tuned is reported and the rest is left. May be null.
  const std::atomic<bool>* cancelled = nullptr;
};

// Tunes, and prints devices, progress, a table of what was found and where the cache lies. Each
// result is stored as soon as it is known; every trial is logged under <cache_directory>/trials,
// and a tune that was killed or cancelled goes on from there. An entry of before is the incumbent.
// A workload that cannot be tuned is reported and does not keep others from it; the error then
// returned counts them. So is one that the chosen families cannot run, which is an error only where
// no registered family of its operator can, on any of the devices: a suite may hold workloads for
// one family, or one device, among those it is tuned with. Errors: an unknown device, family or
// strategy, a cache directory that cannot be written, nothing to tune, Cancelled.
absl::Status RunTuneCommand(const TuneCommandOptions& options, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_TUNE_TUNE_COMMAND_H_
