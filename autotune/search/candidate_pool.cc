#include "autotune/search/candidate_pool.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

namespace attune {

int64_t MaxOutstanding(const SearchProblem& problem) {
  constexpr int64_t kCandidatesPerOutstanding = 50;
  constexpr int64_t kMinimum = 4;
  const auto candidates = static_cast<int64_t>(problem.candidates.size());
  const int64_t most = std::max(kMinimum, candidates / kCandidatesPerOutstanding);
  return std::clamp<int64_t>(problem.parallelism, 1, most);
}

CandidatePool::CandidatePool(std::vector<Configuration> candidates,
                             const Configuration& default_configuration)
    : candidates_(std::move(candidates)),
      untried_(candidates_.size()),
      place_(candidates_.size()),
      is_outstanding_(candidates_.size()),
      nanoseconds_(candidates_.size(), std::numeric_limits<double>::infinity()),
      is_told_(candidates_.size()) {
  std::iota(untried_.begin(), untried_.end(), 0);
  std::iota(place_.begin(), place_.end(), 0);
  if (candidates_.empty()) return;
  parameters_ = candidates_.front().entries().size();
  for (size_t p = 0; p < parameters_; ++p) {
    std::set<int64_t> values;
    for (const Configuration& each : candidates_) values.insert(each.entries()[p].second);
    values_.emplace_back(values.begin(), values.end());
  }
  for (size_t i = 0; i < size(); ++i) {
    std::vector<uint16_t> ranks;
    for (size_t p = 0; p < parameters_; ++p) {
      const int64_t value = candidates_[i].entries()[p].second;
      const auto rank = std::lower_bound(values_[p].begin(), values_[p].end(), value);
      ranks.push_back(static_cast<uint16_t>(rank - values_[p].begin()));
    }
    ranks_.insert(ranks_.end(), ranks.begin(), ranks.end());
    by_ranks_.emplace(std::move(ranks), i);
  }
  default_index_ = Find(default_configuration);
}

std::optional<size_t> CandidatePool::Find(const Configuration& configuration) const {
  const auto& entries = configuration.entries();
  if (candidates_.empty() || entries.size() != parameters_) return std::nullopt;
  std::vector<uint16_t> ranks;
  for (size_t p = 0; p < parameters_; ++p) {
    if (entries[p].first != candidates_.front().entries()[p].first) return std::nullopt;
    const auto rank = std::lower_bound(values_[p].begin(), values_[p].end(), entries[p].second);
    if (rank == values_[p].end() || *rank != entries[p].second) return std::nullopt;
    ranks.push_back(static_cast<uint16_t>(rank - values_[p].begin()));
  }
  const auto found = by_ranks_.find(ranks);
  return found == by_ranks_.end() ? std::nullopt : std::optional<size_t>(found->second);
}

void CandidatePool::MarkTried(size_t i) {
  if (tried(i)) return;
  const size_t place = std::exchange(place_[i], kTried);
  if (place + 1 != untried_.size()) {
    untried_[place] = untried_.back();
    place_[untried_[place]] = place;
  }
  untried_.pop_back();
}

Configuration CandidatePool::Ask(size_t i) {
  assert(!is_outstanding_[i]);
  MarkTried(i);
  is_outstanding_[i] = true;
  ++outstanding_;
  return candidates_[i];
}

std::optional<Configuration> CandidatePool::AskForDefault() {
  if (!default_index_.has_value() || tried(*default_index_)) return std::nullopt;
  return Ask(*default_index_);
}

std::optional<size_t> CandidatePool::Tell(const Configuration& configuration,
                                          const Evaluation& evaluation) {
  const std::optional<size_t> i = Find(configuration);
  if (!i.has_value()) return std::nullopt;
  MarkTried(*i);
  outstanding_ -= is_outstanding_[*i] ? 1 : 0;
  is_outstanding_[*i] = false;
  nanoseconds_[*i] = evaluation.nanoseconds.value_or(std::numeric_limits<double>::infinity());
  if (!is_told_[*i]) told_.push_back(*i);
  is_told_[*i] = true;
  return i;
}

bool CandidatePool::HasChange(absl::Span<const uint16_t> from, size_t parameter,
                              uint16_t rank) const {
  std::vector<uint16_t> changed(from.begin(), from.end());
  changed[parameter] = rank;
  return by_ranks_.contains(changed);
}

std::vector<size_t> CandidatePool::Neighbours(size_t i) const {
  const absl::Span<const uint16_t> from = ranks(i);
  std::vector<size_t> neighbours;
  for (size_t j = 0; j < size(); ++j) {
    const absl::Span<const uint16_t> to = ranks(j);
    std::vector<size_t> changed;
    for (size_t p = 0; p < parameters_ && changed.size() < 3; ++p) {
      if (from[p] != to[p]) changed.push_back(p);
    }
    const auto alone = [&](size_t p) { return HasChange(from, p, to[p]); };
    if (changed.size() == 1 || (changed.size() == 2 && !alone(changed[0]) && !alone(changed[1]))) {
      neighbours.push_back(j);
    }
  }
  return neighbours;
}

}  // namespace attune
