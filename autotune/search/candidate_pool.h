// A search's candidates: which were asked for, what became of them, which lie side by side.
#ifndef ATTUNE_AUTOTUNE_SEARCH_CANDIDATE_POOL_H_
#define ATTUNE_AUTOTUNE_SEARCH_CANDIDATE_POOL_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "autotune/search/searcher.h"
#include "autotune/space/configuration.h"

namespace attune {

// How many proposals a strategy that learns from each should have outstanding: the problem's
// parallelism, but no more than one in fifty candidates, or four. Proposals made without knowing
// one another's outcome are worse ones: with 32 outstanding of 496, `model` took 59 evaluations to
// 99 % of the optimum, with 8 it took 25 (H200, hopper_forward, 2026-11-22).
int64_t MaxOutstanding(const SearchProblem& problem);

// Candidates go by their index in the problem. All have the same parameters, in the same order.
class CandidatePool {
 public:
  CandidatePool(std::vector<Configuration> candidates, const Configuration& default_configuration);

  size_t size() const { return candidates_.size(); }
  const Configuration& configuration(size_t i) const { return candidates_[i]; }
  std::optional<size_t> Find(const Configuration& configuration) const;
  // The values of a candidate's parameters as ranks among those that occur, ascending from 0.
  absl::Span<const uint16_t> ranks(size_t i) const {
    return absl::MakeConstSpan(ranks_).subspan(i * parameters_, parameters_);
  }

  // Neither asked for nor told, in an order of no meaning.
  const std::vector<size_t>& untried() const { return untried_; }
  bool tried(size_t i) const { return place_[i] == kTried; }
  // Asked for and not told.
  int64_t outstanding() const { return outstanding_; }

  // Takes an untried candidate out of untried().
  Configuration Ask(size_t i);
  // The default, the first time, if it is an untried candidate.
  std::optional<Configuration> AskForDefault();
  // Keeps what became of a candidate, in place of what was told of it before, and gives its index;
  // nullopt for a configuration that is no candidate: an earlier search may have had others.
  std::optional<size_t> Tell(const Configuration& configuration, const Evaluation& evaluation);
  // The time that was told; infinite for a trial that failed, and where nothing was.
  double nanoseconds(size_t i) const { return nanoseconds_[i]; }
  // In the order of the first time they were told.
  const std::vector<size_t>& told() const { return told_; }

  // The candidates that differ from candidate `i` in one parameter; or in two, where the
  // constraints leave neither change without the other. In the problem's order.
  std::vector<size_t> Neighbours(size_t i) const;

 private:
  static constexpr size_t kTried = SIZE_MAX;

  bool HasChange(absl::Span<const uint16_t> from, size_t parameter, uint16_t rank) const;
  void MarkTried(size_t i);

  std::vector<Configuration> candidates_;
  std::optional<size_t> default_index_;
  size_t parameters_ = 0;
  std::vector<uint16_t> ranks_;  // [candidate][parameter]
  std::map<std::vector<uint16_t>, size_t> by_ranks_;
  std::vector<size_t> untried_;
  std::vector<size_t> place_;  // of a candidate in untried_, or kTried
  std::vector<bool> is_outstanding_;
  int64_t outstanding_ = 0;
  std::vector<double> nanoseconds_;
  std::vector<size_t> told_;
  std::vector<bool> is_told_;
  std::vector<std::vector<int64_t>> values_;  // of each parameter, ascending
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SEARCH_CANDIDATE_POOL_H_
