#include "autotune/timing/judge.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "autotune/timing/wilcoxon.h"
#include "base/status_macros.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

absl::Status Check(absl::Span<const Finalist> finalists, std::optional<size_t> incumbent,
                   double significance, double equivalence) {
  if (finalists.empty()) return absl::InvalidArgumentError("judging needs at least one finalist");
  if (!(significance > 0 && significance < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("significance ", significance, " is not between 0 and 1"));
  }
  if (!(equivalence >= 0)) {
    return absl::InvalidArgumentError(absl::StrCat("equivalence ", equivalence, " is below 0"));
  }
  if (incumbent.has_value() && *incumbent >= finalists.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("incumbent ", *incumbent, " is none of the ", finalists.size(), " finalists"));
  }
  const size_t rounds = finalists.front().rounds.size();
  if (rounds == 0) return absl::InvalidArgumentError("judging needs at least one round");
  for (size_t i = 0; i < finalists.size(); ++i) {
    if (finalists[i].rounds.size() != rounds) {
      return absl::InvalidArgumentError(absl::StrCat(
          "finalist ", i, " ran ", finalists[i].rounds.size(), " rounds, the first one ", rounds));
    }
    for (double time : finalists[i].rounds) {
      if (!(time > 0) || std::isinf(time)) {
        return absl::InvalidArgumentError(
            absl::StrCat("finalist ", i, " has the time ", time, "; expected one above zero"));
      }
    }
  }
  return absl::OkStatus();
}

// log(slower / faster) of each round, less log(1 + allowed).
std::vector<double> LogRatios(const Finalist& slower, const Finalist& faster, double allowed = 0) {
  std::vector<double> ratios(slower.rounds.size());
  std::transform(slower.rounds.begin(), slower.rounds.end(), faster.rounds.begin(), ratios.begin(),
                 [=](double a, double b) { return std::log(a / b) - std::log1p(allowed); });
  return ratios;
}

// For each finalist the median of its times, each relative to the median of its round: what a round
// did to all its finalists alike does not decide which of them is the fastest.
std::vector<double> RelativeMedians(absl::Span<const Finalist> finalists) {
  std::vector<std::vector<double>> relative(finalists.size());
  std::vector<double> round(finalists.size());
  for (size_t r = 0; r < finalists.front().rounds.size(); ++r) {
    for (size_t i = 0; i < finalists.size(); ++i) round[i] = finalists[i].rounds[r];
    const double middle = Median(round);
    for (size_t i = 0; i < finalists.size(); ++i) relative[i].push_back(round[i] / middle);
  }
  std::vector<double> medians;
  for (const std::vector<double>& times : relative) medians.push_back(Median(times));
  return medians;
}

double ResourceCost(const Finalist& finalist) {
  double cost = 0;
  for (const auto& [name, amount] : finalist.resources) {
    cost += std::log2(1 + std::max(0.0, static_cast<double>(amount)));
  }
  return cost;
}

}  // namespace

absl::StatusOr<Verdict> Judge(absl::Span<const Finalist> finalists, std::optional<size_t> incumbent,
                              double significance, double equivalence) {
  ATTUNE_RETURN_IF_ERROR(Check(finalists, incumbent, significance, equivalence));
  const std::vector<double> medians = RelativeMedians(finalists);
  Verdict verdict;
  verdict.fastest =
      static_cast<size_t>(std::min_element(medians.begin(), medians.end()) - medians.begin());
  const double level = significance / std::max<double>(1, finalists.size() - 1);
  for (size_t i = 0; i < finalists.size(); ++i) {
    const double p = i == verdict.fastest
                         ? 1.0
                         : WilcoxonSignedRankPValue(
                               LogRatios(finalists[i], finalists[verdict.fastest], equivalence));
    verdict.p_values.push_back(p);
    if (p > level) verdict.tied.push_back(i);
  }

  const double as_fast = medians[verdict.fastest] * (1 + equivalence);
  const auto rank = [&](size_t i) {
    return std::tuple(i != incumbent, medians[i] > as_fast, ResourceCost(finalists[i]), medians[i],
                      i);
  };
  const auto before = [&](size_t a, size_t b) { return rank(a) < rank(b); };
  verdict.winner = *std::min_element(verdict.tied.begin(), verdict.tied.end(), before);

  std::optional<size_t> runner_up;
  for (size_t i = 0; i < finalists.size(); ++i) {
    if (i != verdict.winner && (!runner_up || medians[i] < medians[*runner_up])) runner_up = i;
  }
  if (runner_up.has_value()) {
    verdict.margin =
        std::expm1(Median(LogRatios(finalists[*runner_up], finalists[verdict.winner])));
  }
  return verdict;
}

}  // namespace attune
