#include "operators/configuration_choice.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/space/untuned.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"

namespace attune {
namespace {

std::string DescribeHit(const CacheHit& hit) {
  std::string text = absl::StrCat(hit.is_preset ? "preset: " : "tuned: ", MatchKindName(hit.kind),
                                  ", from ", hit.source);
  if (hit.kind != MatchKind::kExact) {
    absl::StrAppend(&text, ", for ", FromProto(hit.entry.key().workload()).ToString());
  }
  return text;
}

}  // namespace

absl::Status CheckAdmitted(const ConfigurationQuestion& question,
                           const Configuration& configuration) {
  const ParameterSpace& space = question.space;
  ATTUNE_RETURN_IF_ERROR(space.Validate(configuration));
  // Models may be asked only of what the constraints between parameters leave. Those are answered
  // first, and without variables; that the others then cannot be is no matter here.
  absl::StatusOr<std::optional<std::string>> removed_by = space.RemovedBy(configuration, {});
  if (!removed_by.ok() || !removed_by->has_value()) {
    ATTUNE_ASSIGN_OR_RETURN(const Variables variables, question.variables(configuration));
    removed_by = space.RemovedBy(configuration, variables);
  }
  ATTUNE_RETURN_IF_ERROR(removed_by.status());
  if (!removed_by->has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("constraint ", **removed_by, " does not admit ",
                                                 configuration.ToString(), " of ", question.family,
                                                 " for ", question.problem));
}

absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const ConfigurationQuestion& question,
                                                        const CacheKey& key,
                                                        const TuningCache* cache) {
  ConfigurationChoice choice;
  if (cache != nullptr) {
    const CacheLookup lookup = cache->Lookup(key);
    choice.notes = lookup.problems;
    choice.notes.insert(choice.notes.end(), lookup.reasons.begin(), lookup.reasons.end());
    if (lookup.hit.has_value()) {
      const Configuration tuned = FromProto(lookup.hit->entry.configuration());
      const absl::Status admitted = CheckAdmitted(question, tuned);
      if (admitted.ok()) {
        choice.configuration = tuned;
        choice.origin = DescribeHit(*lookup.hit);
        return choice;
      }
      choice.notes.push_back(
          absl::StrCat("entry from ", lookup.hit->source, " not used: ", admitted.message()));
    }
  }
  ATTUNE_ASSIGN_OR_RETURN(
      choice.configuration,
      UntunedConfiguration(question.space, question.fixed_variables, question.variables));
  choice.origin = "default";
  return choice;
}

}  // namespace attune
