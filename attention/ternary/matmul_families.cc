#include "attention/ternary/matmul_families.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attention/ternary/cpu/cpu_ternary_matmul_family.h"
#include "attention/ternary/cuda/cuda_ternary_families.h"

namespace attune {
namespace {

// What is missing from this build, as the end of a message; empty if nothing is.
std::string WhatIsAbsent() {
  const std::string& absent = CudaTernaryFamilies().absent;
  return absent.empty() ? "" : absl::StrCat(" (", absent, ")");
}

}  // namespace

absl::Span<const TernaryMatmulFamily* const> TernaryMatmulFamilies() {
  static const auto* const families = [] {
    // Never destroyed: plans that live as long as the process refer to them.
    auto* all = new std::vector<const TernaryMatmulFamily*>{new CpuTernaryMatmulFamily};
    const CudaTernaryFamilyList& cuda = CudaTernaryFamilies();
    all->insert(all->end(), cuda.families.begin(), cuda.families.end());
    return all;
  }();
  return *families;
}

absl::StatusOr<TernaryMatmulFamilyChoice> ChooseTernaryMatmulFamily(
    absl::Span<const TernaryMatmulFamily* const> families, const TernaryMatmulProblem& problem,
    const DeviceInfo& device, absl::string_view wanted) {
  TernaryMatmulFamilyChoice choice;
  std::vector<absl::string_view> names;
  bool known = wanted.empty();
  for (const TernaryMatmulFamily* family : families) {
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
                                            kTernaryMatmul, "; there are ",
                                            absl::StrJoin(names, ", "), WhatIsAbsent()));
  }
  return absl::UnimplementedError(
      absl::StrCat("no kernel family computes ", kTernaryMatmul, " of ", problem.ToString(), " on ",
                   device.id, ": ", absl::StrJoin(choice.passed_over, "; "), WhatIsAbsent()));
}

}  // namespace attune
