// The 16-bit element types, for device code and for the host that instantiates it.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_TYPE_H_
#define ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_TYPE_H_

namespace attune {

enum class Element { kBfloat16, kHalf };

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_PTX_ELEMENT_TYPE_H_
