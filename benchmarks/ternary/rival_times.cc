#include "benchmarks/ternary/rival_times.h"

#include "absl/strings/str_format.h"
#include "base/text_table.h"
#include "numerics/statistics.h"

namespace attune {

void RivalTimes::Add(const std::string& problem, const std::string& rival, double seconds) {
  samples_[problem][rival].push_back(seconds);
}

std::map<std::string, double> RivalTimes::Medians(const std::string& rival) const {
  std::map<std::string, double> medians;
  for (const auto& [problem, rivals] : samples_) {
    const auto found = rivals.find(rival);
    if (found != rivals.end()) medians[problem] = Median(found->second);
  }
  return medians;
}

std::map<std::string, double> RivalTimes::Ratios(const std::string& slower,
                                                 const std::string& faster) const {
  std::map<std::string, double> ratios;
  const std::map<std::string, double> fast = Medians(faster);
  for (const auto& [problem, seconds] : Medians(slower)) {
    const auto found = fast.find(problem);
    if (found != fast.end()) ratios[problem] = seconds / found->second;
  }
  return ratios;
}

std::string RivalTimes::Table() const {
  std::vector<std::vector<std::string>> rows;
  for (const auto& [problem, rivals] : samples_) {
    for (const auto& [rival, samples] : rivals) {
      rows.push_back({problem, rival, absl::StrFormat("%.3f", 1e3 * Median(samples)),
                      absl::StrFormat("%d", samples.size())});
    }
  }
  return FormatTable(
      {{"problem"}, {"rival"}, {"median ms", Align::kRight}, {"samples", Align::kRight}}, rows);
}

}  // namespace attune
