#include "autotune/search/halving_searcher.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "autotune/search/random_draws.h"

namespace attune {

HalvingSearcher::HalvingSearcher(SearchProblem problem, HalvingOptions options)
    : pool_(std::move(problem.candidates), problem.default_configuration),
      options_(std::move(options)),
      generator_(problem.seed),
      rung_of_(pool_.size(), 0),
      rungs_(options_.rung_samples.size() + 1) {}

std::optional<Configuration> HalvingSearcher::Ask() {
  if (std::optional<Configuration> first = pool_.AskForDefault()) return first;
  if (const std::optional<size_t> promoted = Promote()) return pool_.Ask(*promoted);
  if (pool_.untried().empty()) return std::nullopt;
  return pool_.Ask(pool_.untried()[UniformBelow(pool_.untried().size(), generator_)]);
}

std::optional<size_t> HalvingSearcher::Promote() {
  for (size_t rung = rungs_.size() - 1; rung-- > 0;) {
    // At the end of the search there is always one that has earned all samples.
    const bool is_over = pool_.untried().empty() && pool_.outstanding() == 0;
    size_t places = rungs_[rung].size() / options_.reduction;
    if (is_over && rungs_[rung + 1].empty()) places = std::min<size_t>(1, rungs_[rung].size());
    for (size_t place = 0; place < places; ++place) {
      Timed& timed = rungs_[rung][place];
      if (timed.promoted) continue;
      timed.promoted = true;
      rung_of_[timed.candidate] = rung + 1;
      return timed.candidate;
    }
  }
  return std::nullopt;
}

void HalvingSearcher::Tell(const Configuration& configuration, const Evaluation& evaluation) {
  const std::optional<size_t> i = pool_.Find(configuration);
  if (!i.has_value()) return;
  const bool is_earlier = !pool_.tried(*i);
  if (is_earlier) rung_of_[*i] = RungWith(evaluation.samples);
  pool_.Tell(configuration, evaluation);
  if (std::isinf(pool_.nanoseconds(*i))) return;
  Insert(rung_of_[*i], {*i, pool_.nanoseconds(*i), false});
  // It was of the rungs below, too, and has gone up from there.
  for (size_t below = rung_of_[*i]; is_earlier && below-- > 0;) {
    Insert(below, {*i, pool_.nanoseconds(*i), true});
  }
}

size_t HalvingSearcher::RungWith(int samples) const {
  const std::vector<int>& most = options_.rung_samples;
  if (samples == 0) return most.size();
  const auto rung =
      std::find_if(most.begin(), most.end(), [&](int of_rung) { return samples <= of_rung; });
  return static_cast<size_t>(rung - most.begin());
}

void HalvingSearcher::Insert(size_t rung, const Timed& timed) {
  const auto place = std::upper_bound(
      rungs_[rung].begin(), rungs_[rung].end(), timed,
      [](const Timed& a, const Timed& b) { return a.nanoseconds < b.nanoseconds; });
  rungs_[rung].insert(place, timed);
}

std::optional<int> HalvingSearcher::MaxSamples(const Configuration& configuration) const {
  const std::optional<size_t> i = pool_.Find(configuration);
  if (!i.has_value() || rung_of_[*i] == options_.rung_samples.size()) return std::nullopt;
  return options_.rung_samples[rung_of_[*i]];
}

}  // namespace attune
