// Compiles CUDA C++ with NVRTC. Needs no GPU.
#ifndef ATTUNE_DEVICE_CUDA_KERNEL_COMPILER_H_
#define ATTUNE_DEVICE_CUDA_KERNEL_COMPILER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_source.h"
#include "device/cuda/nvrtc.h"

namespace attune {

// The options that `source` is compiled with: C++20, its architecture, its include directories and
// the toolkit's.
std::vector<std::string> CompilerOptions(const Nvrtc& nvrtc, const KernelSource& source);

// Compiles the kernel that source.name_expression names, to machine code. Thread-safe.
// InvalidArgument if the source does not compile: the message begins with the first error's file
// and line.
absl::StatusOr<KernelImage> CompileKernel(const Nvrtc& nvrtc, const KernelSource& source);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_KERNEL_COMPILER_H_
