#include "attention/cuda/cuda_families.h"

#include "attention/cuda/portable/portable_forward_family.h"

namespace attune {

const CudaFamilies& CudaAttentionFamilies() {
  static const auto* const families = new CudaFamilies{.families = {new PortableForwardFamily}};
  return *families;
}

}  // namespace attune
