#include "autotune/tuner/tuning_entry.h"

#include <vector>

#include "autotune/space/stored_configuration.h"

namespace attune {
namespace {

FinalistProto FinalistOf(const FinalistResult& finalist, const Verdict& verdict, size_t index) {
  FinalistProto proto;
  *proto.mutable_configuration() = ToProto(finalist.configuration);
  proto.mutable_nanoseconds()->Assign(finalist.rounds.begin(), finalist.rounds.end());
  for (const auto& [name, amount] : finalist.resources) (*proto.mutable_resources())[name] = amount;
  proto.set_p_value(verdict.p_values[index]);
  proto.set_is_fastest(index == verdict.fastest);
  return proto;
}

}  // namespace

CacheEntry MakeCacheEntry(const CacheKey& key, const TuningResult& result,
                          absl::string_view strategy, absl::Time measured) {
  const FinalistResult& winner = result.finalists[result.verdict.winner];
  CacheEntry entry;
  *entry.mutable_key() = key;
  *entry.mutable_configuration() = ToProto(winner.configuration);
  entry.mutable_best_nanoseconds()->Assign(winner.rounds.begin(), winner.rounds.end());
  for (const FinalistResult& finalist : result.finalists) {
    if (finalist.configuration != result.default_configuration) continue;
    entry.mutable_default_nanoseconds()->Assign(finalist.rounds.begin(), finalist.rounds.end());
  }
  for (const size_t tied : result.verdict.tied) {
    *entry.add_tied() = ToProto(result.finalists[tied].configuration);
  }
  if (result.verdict.margin.has_value()) entry.set_runner_up_margin(*result.verdict.margin);
  entry.set_strategy(std::string(strategy));
  entry.set_evaluations(static_cast<int64_t>(result.trials.size()));
  entry.set_seconds(absl::ToDoubleSeconds(result.search_duration + result.final_duration));
  entry.set_measured_unix_seconds(absl::ToUnixSeconds(measured));
  for (const auto& [name, amount] : winner.resources) (*entry.mutable_resources())[name] = amount;
  for (size_t i = 0; i < result.finalists.size(); ++i) {
    *entry.add_finalist() = FinalistOf(result.finalists[i], result.verdict, i);
  }
  if (result.incumbent.has_value()) {
    *entry.mutable_incumbent() = ToProto(result.finalists[*result.incumbent].configuration);
  }
  entry.set_significance(result.significance);
  entry.set_equivalence(result.equivalence);
  *entry.mutable_default_configuration() = ToProto(result.default_configuration);
  return entry;
}

}  // namespace attune
