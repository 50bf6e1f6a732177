// Types of activations and outputs, for device code and for the host that instantiates it.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_ELEMENT_TYPES_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_ELEMENT_TYPES_H_

#include "attention/ternary/cuda/packed_layout.h"

namespace attune::ternary_cuda {

enum class Activation { kBfloat16, kInt8 };
enum class Output { kBfloat16, kFloat };

ATTUNE_TERNARY_HOST_DEVICE constexpr int ActivationBytes(Activation activation) {
  return activation == Activation::kInt8 ? 1 : 2;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr CodeOrder OrderOf(Activation activation) {
  return activation == Activation::kInt8 ? CodeOrder::kBytes : CodeOrder::kHalves;
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_ELEMENT_TYPES_H_
