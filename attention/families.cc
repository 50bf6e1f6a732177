#include "attention/families.h"

#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "attention/cuda/cuda_families.h"

namespace attune {

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

const std::string& AbsentAttentionFamilies() { return CudaAttentionFamilies().absent; }

std::vector<const AttentionFamily*> OfDirection(absl::Span<const AttentionFamily* const> families,
                                                Direction direction) {
  std::vector<const AttentionFamily*> those;
  for (const AttentionFamily* family : families) {
    if (family->direction() == direction) those.push_back(family);
  }
  return those;
}

}  // namespace attune
