#include "attention/cuda/cuda_families.h"

namespace attune {

const CudaFamilies& CudaAttentionFamilies() {
  static const auto* const families = new CudaFamilies{
      .absent =
          "there are no kernel families of CUDA GPUs: Attune was built without a CUDA "
          "toolkit; set CUDA_HOME to one and build again"};
  return *families;
}

}  // namespace attune
