// Moves registers between the warpgroups of a block (setmaxnreg).
//
// Honoured only if the kernel has a cap at entry (__launch_bounds__ with both arguments). All warps
// of a warpgroup execute it; the count is a multiple of 8 from 24 to 256.
#ifndef ATTUNE_ATTENTION_CUDA_PTX_REGISTERS_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_REGISTERS_CUH_

namespace attune::ptx {

template <int kRegisters>
__device__ __forceinline__ void ReleaseRegisters() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

// Waits until enough have been released.
template <int kRegisters>
__device__ __forceinline__ void AcquireRegisters() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_REGISTERS_CUH_
