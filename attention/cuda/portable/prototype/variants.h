// The compiled variants of a build folder: variants.txt names them, NAME.cubin holds each.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_PROTOTYPE_VARIANTS_H_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_PROTOTYPE_VARIANTS_H_

#include <cuda_runtime.h>

#include <string>
#include <vector>

#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/forward_parameters.h"

namespace attune::portable {

// Modifiers that the harness knows how to check, in variants.py's order.
enum class ModifierKind { kIdentity, kScaled, kSoftCap, kAlibi, kSoftCapAlibi, kUser };

struct Variant {
  std::string name;
  PortableForwardTraits traits;
  PortableForwardConfiguration configuration;
  ModifierKind modifier;
  bool user_mask;
  cudaKernel_t kernel;
};

// Exits with a message where anything is amiss.
std::vector<Variant> LoadVariants(const std::string& folder);
// Fills q_blocks in.
cudaError_t Launch(const Variant& variant, PortableForwardParameters p, cudaStream_t stream);

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_PROTOTYPE_VARIANTS_H_
