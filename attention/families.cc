#include "attention/families.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "attention/cuda/cuda_families.h"

namespace attune {
namespace {

// What is missing from this build, as the end of a message; empty if nothing is.
std::string WhatIsAbsent() {
  const std::string& absent = CudaAttentionFamilies().absent;
  return absent.empty() ? "" : absl::StrCat(" (", absent, ")");
}

}  // namespace

absl::Span<const AttentionFamily* const> AttentionFamilies() {
  static const auto* const families = [] {
    // Never destroyed: plans that live as long as the process refer to them.
    auto* all =
        new std::vector<const AttentionFamily*>{new CpuForwardFamily, new CpuBackwardFamily};
    const CudaFamilies& cuda = CudaAttentionFamilies();
    all->insert(all->end(), cuda.families.begin(), cuda.families.end());
    return all;
  }();
  return *families;
}

absl::StatusOr<FamilyChoice> ChooseFamily(absl::Span<const AttentionFamily* const> families,
                                          const Problem& problem, Direction direction,
                                          const DeviceInfo& device, absl::string_view wanted) {
  FamilyChoice choice;
  std::vector<absl::string_view> names;
  bool known = wanted.empty();
  for (const AttentionFamily* family : families) {
    if (family->direction() != direction) continue;
    names.push_back(family->name());
    if (!wanted.empty() && family->name() != wanted) continue;
    known = true;
    const absl::Status supported = family->Supports(problem, device);
    if (supported.ok()) {
      choice.family = family;
      return choice;
    }
    choice.passed_over.push_back(absl::StrCat(family->name(), ": ", supported.message()));
  }
  if (!known) {
    return absl::NotFoundError(absl::StrCat("no family called '", wanted, "' computes ",
                                            OperatorName(direction), "; there are ",
                                            absl::StrJoin(names, ", "), WhatIsAbsent()));
  }
  return absl::UnimplementedError(absl::StrCat(
      "no kernel family computes ", OperatorName(direction), " of ", problem.ToString(), " on ",
      device.id, ": ", absl::StrJoin(choice.passed_over, "; "), WhatIsAbsent()));
}

}  // namespace attune
