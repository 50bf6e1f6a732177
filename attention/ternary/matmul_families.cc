#include "attention/ternary/matmul_families.h"

#include <vector>

#include "attention/ternary/cpu/cpu_ternary_matmul_family.h"
#include "attention/ternary/cuda/cuda_ternary_families.h"

namespace attune {

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

const std::string& AbsentTernaryMatmulFamilies() { return CudaTernaryFamilies().absent; }

}  // namespace attune
