#include "attention/cuda/cuda_families.h"

#include "attention/cuda/hopper/hopper_forward_family.h"
#include "attention/cuda/portable/portable_forward_family.h"

namespace attune {

const CudaFamilies& CudaAttentionFamilies() {
  static const auto* const families =
      new CudaFamilies{.families = {new HopperForwardFamily, new PortableForwardFamily}};
  return *families;
}

}  // namespace attune
