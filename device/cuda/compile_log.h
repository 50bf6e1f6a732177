// What NVRTC's log says: the resources that each kernel uses, and where the first error is.
#ifndef ATTUNE_DEVICE_CUDA_COMPILE_LOG_H_
#define ATTUNE_DEVICE_CUDA_COMPILE_LOG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// What one kernel uses, as ptxas counted it.
struct KernelResources {
  int64_t registers = 0;            // 32-bit registers per thread
  int64_t stack_bytes = 0;          // local memory per thread: arrays that were indexed, and spills
  int64_t spill_store_bytes = 0;    // written by spills, per thread, each instruction counted once
  int64_t spill_load_bytes = 0;     // read back by them
  int64_t static_shared_bytes = 0;  // shared memory per block, beside what a launch adds
  int64_t barriers = 0;             // named barriers per block

  bool operator==(const KernelResources&) const = default;
  std::string ToString() const;
};

// The resources of the kernel `lowered_name` out of the log of a compilation with
// --ptxas-options=-v. NotFound if the log says nothing of it.
absl::StatusOr<KernelResources> ParseResources(absl::string_view log,
                                               absl::string_view lowered_name);

// ptxas's complaints that what it generated is slower than what was asked for ("Potential
// Performance Loss"): products of a warpgroup that it made wait for each other, register splits
// that it ignored. One a line, without the function's name; empty if there are none.
std::string ParsePerformanceWarnings(absl::string_view log);

// The first error of a failed compilation: "kernel.cu(12): error: ...", the source line with its
// mark and the instantiations that led there, then how many more errors there are. The whole log if
// no line of it is an error.
std::string FirstError(absl::string_view log);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_COMPILE_LOG_H_
