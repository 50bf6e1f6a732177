#include "attention/configuration_choice.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attention/workload.h"
#include "autotune/cache_entry.h"
#include "autotune/parameter_space.h"
#include "autotune/untuned.h"
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

// What problem and device say to all families; what `modelled` adds goes before it.
Variables WithCommon(Variables modelled, const Problem& problem, const DeviceInfo& device) {
  modelled.merge(ProblemVariables(problem));
  for (const auto& [name, value] : device.attributes) {
    modelled.emplace(absl::StrCat("device_", name), static_cast<double>(value));
  }
  return modelled;
}

}  // namespace

Variables ConstraintVariables(const AttentionFamily& family, const Problem& problem,
                              const Configuration& configuration, const DeviceInfo& device) {
  return WithCommon(family.Model(problem, configuration, device), problem, device);
}

Variables FixedConstraintVariables(const AttentionFamily& family, const Problem& problem,
                                   const DeviceInfo& device) {
  return WithCommon(family.FixedVariables(problem, device), problem, device);
}

absl::Status CheckAdmitted(const AttentionFamily& family, const Problem& problem,
                           const DeviceInfo& device, const Configuration& configuration) {
  const ParameterSpace& space = family.space();
  ATTUNE_RETURN_IF_ERROR(space.Validate(configuration));
  // Models may be asked only of what the constraints between parameters leave. Those are answered
  // first, and without variables; that the others then cannot be is no matter here.
  absl::StatusOr<std::optional<std::string>> removed_by = space.RemovedBy(configuration, {});
  if (!removed_by.ok() || !removed_by->has_value()) {
    removed_by =
        space.RemovedBy(configuration, ConstraintVariables(family, problem, configuration, device));
  }
  ATTUNE_RETURN_IF_ERROR(removed_by.status());
  if (!removed_by->has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("constraint ", **removed_by, " does not admit ",
                                                 configuration.ToString(), " of ", family.name(),
                                                 " for ", problem.ToString()));
}

absl::StatusOr<ConfigurationChoice> ChooseConfiguration(const AttentionFamily& family,
                                                        const Problem& problem,
                                                        const DeviceInfo& device,
                                                        const TuningCache* cache) {
  ConfigurationChoice choice;
  if (cache != nullptr) {
    const CacheLookup lookup = cache->Lookup(MakeCacheKey(
        device, family.name(), family.fingerprint(), WorkloadOf(problem, family.direction())));
    choice.notes = lookup.problems;
    choice.notes.insert(choice.notes.end(), lookup.reasons.begin(), lookup.reasons.end());
    if (lookup.hit.has_value()) {
      const Configuration tuned = FromProto(lookup.hit->entry.configuration());
      const absl::Status admitted = CheckAdmitted(family, problem, device, tuned);
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
      UntunedConfiguration(family.space(), FixedConstraintVariables(family, problem, device),
                           [&](const Configuration& configuration) {
                             return ConstraintVariables(family, problem, configuration, device);
                           }));
  choice.origin = "default";
  return choice;
}

}  // namespace attune
