// One kernel variant to compile, as plain data.
#ifndef ATTUNE_DEVICE_CUDA_KERNEL_SOURCE_H_
#define ATTUNE_DEVICE_CUDA_KERNEL_SOURCE_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Headers by the name under which sources include them ("attention/cuda/ptx/mma.cuh"), and their
// text.
using HeaderSet = std::map<std::string, std::string, std::less<>>;

struct KernelSource {
  // The name that compiler messages give to `text`: "hopper_forward.cu".
  std::string name;
  std::string text;
  // The kernel, an instance of a template as a rule: "HopperForward<Config{.block_m = 128}>". An
  // extern "C" kernel is named by its name.
  std::string name_expression;
  // "sm_80", "sm_90a": see CompileArchitecture.
  std::string architecture;
  // Shared, because the variants of one family have them in common. Null: none.
  std::shared_ptr<const HeaderSet> headers;
  // Searched for what `headers` lacks, before the toolkit's own.
  std::vector<std::string> include_directories;
  // Further options of NVRTC, each one argument: "-lineinfo".
  std::vector<std::string> options;
};

// What kernels are compiled for on a device of `architecture`: with the features that this
// architecture alone has (wgmma, TMA multicast, tcgen05) where there are any. "sm_90" gives
// "sm_90a", "sm_89" stays.
std::string CompileArchitecture(absl::string_view architecture);

// The texts of the headers that `source` reaches through #include, by name: those of its header
// set, and, by path, those found in its include directories or beside the including file.
// Conditions around an #include are not evaluated, so this is what a compilation reads, or more.
// The toolkit's headers are not among them.
absl::StatusOr<HeaderSet> ReachedHeaders(const KernelSource& source);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_KERNEL_SOURCE_H_
