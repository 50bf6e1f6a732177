#include "attention/ternary/cuda/cuda_ternary_families.h"

#include "attention/ternary/cuda/ternary_large_batch_family.h"
#include "attention/ternary/cuda/ternary_small_batch_family.h"

namespace attune {

const CudaTernaryFamilyList& CudaTernaryFamilies() {
  static const auto* const families = new CudaTernaryFamilyList{
      .families = {new TernaryLargeBatchFamily, new TernarySmallBatchFamily}};
  return *families;
}

}  // namespace attune
