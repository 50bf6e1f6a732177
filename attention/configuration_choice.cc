#include "attention/configuration_choice.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attention/workload.h"
#include "autotune/cache_entry.h"
#include "autotune/parameter_space.h"
#include "autotune/untuned.h"
#include "base/status_macros.h"

namespace attune {
namespace {

std::string DescribeHit(const CacheHit& hit) {
  std::string text = absl::StrCat("tuned: ", MatchKindName(hit.kind), ", from ", hit.source);
  if (hit.kind != MatchKind::kExact) {
    absl::StrAppend(&text, ", for ", FromProto(hit.entry.key().workload()).ToString());
  }
  return text;
}

// The configuration of `hit`, or why it cannot be used here.
absl::StatusOr<Configuration> UsableConfiguration(const AttentionFamily& family,
                                                  const Problem& problem, const DeviceInfo& device,
                                                  const CacheHit& hit) {
  Configuration configuration = FromProto(hit.entry.configuration());
  ATTUNE_RETURN_IF_ERROR(family.space().Validate(configuration));
  ATTUNE_ASSIGN_OR_RETURN(
      const std::optional<std::string> removed_by,
      family.space().RemovedBy(configuration,
                               ConstraintVariables(family, problem, configuration, device)));
  if (removed_by.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("constraint ", *removed_by,
                                                      " does not admit ",
                                                      configuration.ToString(), " here"));
  }
  return configuration;
}

}  // namespace

Variables ConstraintVariables(const AttentionFamily& family, const Problem& problem,
                              const Configuration& configuration, const DeviceInfo& device) {
  Variables variables = ProblemVariables(problem);
  for (const auto& [name, value] : device.attributes) {
    variables[absl::StrCat("device_", name)] = static_cast<double>(value);
  }
  for (const auto& [name, value] : family.Model(problem, configuration, device)) {
    variables[name] = value;
  }
  return variables;
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
      auto usable = UsableConfiguration(family, problem, device, *lookup.hit);
      if (usable.ok()) {
        choice.configuration = *std::move(usable);
        choice.origin = DescribeHit(*lookup.hit);
        return choice;
      }
      choice.notes.push_back(absl::StrCat("entry from ", lookup.hit->source,
                                          " not used: ", usable.status().message()));
    }
  }
  ATTUNE_ASSIGN_OR_RETURN(
      choice.configuration,
      UntunedConfiguration(family.space(), [&](const Configuration& configuration) {
        return ConstraintVariables(family, problem, configuration, device);
      }));
  choice.origin = "default";
  return choice;
}

}  // namespace attune
