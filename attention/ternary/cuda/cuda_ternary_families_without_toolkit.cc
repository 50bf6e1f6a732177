#include "attention/ternary/cuda/cuda_ternary_families.h"

namespace attune {

const CudaTernaryFamilyList& CudaTernaryFamilies() {
  static const auto* const families = new CudaTernaryFamilyList{
      .absent =
          "there are no families of ternary products on CUDA GPUs: Attune was built without a CUDA "
          "toolkit; set CUDA_HOME to one and build again"};
  return *families;
}

}  // namespace attune
