#include "autotune/explain/time_spent.h"

#include <algorithm>
#include <map>
#include <utility>

namespace attune {
namespace {

constexpr double kMicroseconds = 1e-6;

void Add(const Trial& trial, DeviceSeconds& device) {
  const double known = trial.wait_seconds() + trial.verify_seconds() + trial.sample_seconds();
  ++device.trials;
  device.waiting += trial.wait_seconds();
  device.verifying += trial.verify_seconds();
  device.sampling += trial.sample_seconds();
  device.reference += trial.reference_seconds();
  device.other += std::max(0.0, trial.turn_seconds() - known);
}

double Busy(const DeviceSeconds& device) {
  return device.waiting + device.verifying + device.sampling + device.reference + device.other;
}

}  // namespace

std::optional<TimeSpent> TimeSpentIn(const TrialHistory& history) {
  if (!history.finished.has_value() || history.finished->search_seconds() == 0) return std::nullopt;
  const FinishedTune& finished = *history.finished;
  TimeSpent spent = {.open = finished.open_seconds(),
                     .search = finished.search_seconds(),
                     .final = finished.final_seconds()};
  const double end = kMicroseconds * static_cast<double>(finished.unix_microseconds());
  const double start = end - spent.open - spent.search - spent.final;
  std::map<std::string, DeviceSeconds> devices;
  for (const Trial& trial : history.trials) {
    const double at = kMicroseconds * static_cast<double>(trial.unix_microseconds());
    // One without a turn is of the final.
    if (at < start || at > end || trial.turn_seconds() == 0) continue;
    spent.compiling += trial.prepare_seconds();
    Add(trial, devices[trial.device()]);
  }
  for (auto& [name, device] : devices) {
    device.device = name;
    device.idle = std::max(0.0, spent.search - Busy(device));
    spent.devices.push_back(std::move(device));
  }
  return spent;
}

}  // namespace attune
