// Overlap of a kernel with the one before it in its stream (programmatic dependent launch, sm_90
// and later; nothing on earlier GPUs, and nothing for a kernel that was launched in the ordinary
// way).
#ifndef ATTUNE_ATTENTION_CUDA_PTX_DEPENDENT_LAUNCH_CUH_
#define ATTUNE_ATTENTION_CUDA_PTX_DEPENDENT_LAUNCH_CUH_

namespace attune::ptx {

// Once all blocks have called this, or ended, the next kernel's blocks may start beside them.
__device__ __forceinline__ void AllowDependentLaunch() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

// Until the kernels before this one have ended and their writes can be seen. What a thread reads
// before must not be theirs; it must write nothing before.
__device__ __forceinline__ void WaitForPreviousKernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

}  // namespace attune::ptx

#endif  // ATTUNE_ATTENTION_CUDA_PTX_DEPENDENT_LAUNCH_CUH_
