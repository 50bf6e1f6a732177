// A tensor map (TMA descriptor) as kernels take it, for device code and for the host that fills it
// in.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_TENSOR_MAP_H_
#define ATTUNE_ATTENTION_CUDA_PTX_TENSOR_MAP_H_

namespace attune::ptx {

// Same size and alignment as the driver's CUtensorMap, which run-time compiled code cannot name.
struct alignas(64) TensorMap {
  unsigned long long opaque[16];
};

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_TENSOR_MAP_H_
