#include "autotune/explain/winner_reason.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "autotune/space/stored_configuration.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr char kTest[] = "a one-sided Wilcoxon signed-rank test on paired rounds";

const FinalistProto* Find(const CacheEntry& entry, const ConfigurationProto& configuration) {
  const Configuration wanted = FromProto(configuration);
  for (const FinalistProto& finalist : entry.finalist()) {
    if (FromProto(finalist.configuration()) == wanted) return &finalist;
  }
  return nullptr;
}

// The level after the correction for several comparisons, as the judge applies it.
double LevelOf(const CacheEntry& entry) {
  return entry.significance() / std::max(1, entry.finalist_size() - 1);
}

std::string DescribeTest(const CacheEntry& entry) {
  if (entry.significance() == 0) return kTest;
  return absl::StrFormat(
      "%s%s, level %.2g (%.2g over %d comparisons)", kTest,
      entry.equivalence() == 0
          ? ""
          : absl::StrFormat(" of being slower by more than %.2g %%", 100 * entry.equivalence()),
      LevelOf(entry), entry.significance(), std::max(1, entry.finalist_size() - 1));
}

// Of the finalists that do not tie: how clearly the closest of them is out.
double LargestRejectedP(const CacheEntry& entry) {
  double largest = 0;
  for (const FinalistProto& finalist : entry.finalist()) {
    if (!finalist.is_fastest() && finalist.p_value() <= LevelOf(entry)) {
      largest = std::max(largest, finalist.p_value());
    }
  }
  return largest;
}

// "2.1 % slower than the fastest in the median round", or that it is the fastest.
std::string AgainstFastest(const CacheEntry& entry, const FinalistProto& winner) {
  const auto fastest = std::find_if(entry.finalist().begin(), entry.finalist().end(),
                                    [](const FinalistProto& each) { return each.is_fastest(); });
  if (winner.is_fastest() || fastest == entry.finalist().end()) return "it is the fastest of them";
  std::vector<double> ratios;
  for (int i = 0; i < winner.nanoseconds_size(); ++i) {
    ratios.push_back(winner.nanoseconds(i) / fastest->nanoseconds(i));
  }
  return absl::StrFormat("the fastest of them takes %.2f %% less in the median round, p = %.2g",
                         100 * (1 - 1 / Median(ratios)), winner.p_value());
}

}  // namespace

std::string WinningRuleName(WinningRule rule) {
  switch (rule) {
    case WinningRule::kNotRecorded:
      return "not_recorded";
    case WinningRule::kAlone:
      return "alone";
    case WinningRule::kFastest:
      return "fastest";
    case WinningRule::kIncumbent:
      return "incumbent";
    case WinningRule::kLeastResources:
      return "least_resources";
  }
  return "unknown";
}

WinnerReason WhyItWon(const CacheEntry& entry) {
  const FinalistProto* const winner = Find(entry, entry.configuration());
  if (winner == nullptr) {
    return {WinningRule::kNotRecorded, "the entry does not record its final: tune again to see it"};
  }
  if (entry.finalist_size() == 1) {
    return {WinningRule::kAlone, "nothing else came near enough to meet it in the final"};
  }
  const int others = entry.finalist_size() - 1;
  if (entry.tied_size() <= 1) {
    return {WinningRule::kFastest,
            absl::StrFormat("it is the fastest, and %s slower than it by %s: p = %.2g at most",
                            others == 1 ? "the other finalist is"
                                        : absl::StrCat("all ", others, " other finalists are"),
                            DescribeTest(entry), LargestRejectedP(entry))};
  }
  const std::string tie = absl::StrFormat(
      "%d of %d finalists cannot be told from the fastest by %s; %s", entry.tied_size(),
      entry.finalist_size(), DescribeTest(entry), AgainstFastest(entry, *winner));
  const bool stays =
      entry.has_incumbent() && FromProto(entry.incumbent()) == FromProto(entry.configuration());
  if (stays) {
    const bool is_default =
        FromProto(entry.default_configuration()) == FromProto(entry.configuration());
    return {WinningRule::kIncumbent,
            absl::StrCat(tie, ". Of the tied ", is_default ? "the default" : "the earlier winner",
                         " stays: inside the noise nothing changes")};
  }
  return {WinningRule::kLeastResources,
          absl::StrCat(tie, ". Of the tied",
                       entry.equivalence() == 0
                           ? ""
                           : absl::StrFormat(" that took no more than %.2g %% longer",
                                             100 * entry.equivalence()),
                       " it uses the least resources; what would have stayed, the earlier winner "
                       "or the default, is not among the tied")};
}

}  // namespace attune
