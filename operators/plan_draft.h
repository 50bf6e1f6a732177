// What every operator's plan is made of before memory is allocated: a family that supports the
// problem, the configuration it runs with, and the kernel.
#ifndef ATTUNE_OPERATORS_PLAN_DRAFT_H_
#define ATTUNE_OPERATORS_PLAN_DRAFT_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "autotune/cache/tuning_cache.h"
#include "autotune/space/configuration.h"
#include "base/status_macros.h"
#include "device/device.h"
#include "operators/configuration_choice.h"
#include "operators/family_choice.h"
#include "operators/family_configuration.h"

namespace attune {

template <typename Family>
struct PlanDraft {
  FamilyChoice<Family> family;
  ConfigurationChoice configuration;
  std::unique_ptr<typename Family::KernelType> kernel;
};

// Refers to what its caller has.
template <typename Family>
struct PlanQuestion {
  const typename Family::ProblemType& problem;
  // In the order in which they are asked.
  absl::Span<const Family* const> families;
  FamilyWish wish;
  // Run this one, whatever was tuned.
  const std::optional<Configuration>& configuration;
  const TuningCache* cache = nullptr;
  // Whether the problem holds code of the caller's, so that what does not compile is the caller's.
  bool has_users_code = false;
};

// Whether another family may do better where one's Prepare gave `error`: its variant did not
// compile, or to slow code. Not where the error is the user's code, or the device's.
bool IsTheFamilysOwn(const absl::Status& error, bool has_users_code);

// The family and the configuration, several lines for people: why others were passed over, where
// the configuration comes from.
std::string DescribeDraft(absl::string_view family, const std::vector<std::string>& passed_over,
                          const ConfigurationChoice& configuration);

// Without the kernel.
template <typename Family>
absl::StatusOr<PlanDraft<Family>> ChoosePlan(const PlanQuestion<Family>& question,
                                             const DeviceInfo& device) {
  PlanDraft<Family> draft;
  ATTUNE_ASSIGN_OR_RETURN(draft.family,
                          ChooseFamily(question.families, question.problem, device, question.wish));
  const Family& family = *draft.family.family;
  if (question.configuration.has_value()) {
    ATTUNE_RETURN_IF_ERROR(
        CheckAdmitted(family, question.problem, device, *question.configuration));
    draft.configuration = {.configuration = *question.configuration, .origin = "given"};
  } else {
    ATTUNE_ASSIGN_OR_RETURN(draft.configuration,
                            ChooseConfiguration(family, question.problem, device, question.cache));
  }
  return draft;
}

// Of the first family that supports the problem, a valid one, and whose variant can be made: others
// are passed over, unless the caller named the family or the configuration. Errors: those of
// ChooseFamily, CheckAdmitted and ChooseConfiguration; else what the first family's Prepare gave.
template <typename Family>
absl::StatusOr<PlanDraft<Family>> PreparePlan(PlanQuestion<Family> question, Device& device) {
  const bool fixed = !question.wish.wanted.empty() || question.configuration.has_value();
  std::vector<std::string> passed_over;
  absl::Status first_error;
  while (true) {
    absl::StatusOr<PlanDraft<Family>> draft = ChoosePlan(question, device.info());
    // That no family is left says less than why the first one could not.
    if (!draft.ok()) return first_error.ok() ? draft.status() : first_error;
    const Family* const family = draft->family.family;
    std::vector<std::string>& reasons = draft->family.passed_over;
    reasons.insert(reasons.begin(), passed_over.begin(), passed_over.end());
    auto kernel = family->Prepare(question.problem, draft->configuration.configuration, device);
    if (kernel.ok()) {
      draft->kernel = *std::move(kernel);
      return draft;
    }
    if (first_error.ok()) first_error = kernel.status();
    if (fixed || !IsTheFamilysOwn(kernel.status(), question.has_users_code)) {
      return kernel.status();
    }
    passed_over = reasons;
    passed_over.push_back(absl::StrCat(family->name(), ": ", kernel.status().message()));
    const auto at = std::find(question.families.begin(), question.families.end(), family);
    question.families.remove_prefix(at - question.families.begin() + 1);
  }
}

}  // namespace attune

#endif  // ATTUNE_OPERATORS_PLAN_DRAFT_H_
