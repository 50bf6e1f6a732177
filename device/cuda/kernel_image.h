// A compiled kernel variant: machine code for one architecture, and what it uses.
#ifndef ATTUNE_DEVICE_CUDA_KERNEL_IMAGE_H_
#define ATTUNE_DEVICE_CUDA_KERNEL_IMAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device/cuda/compile_log.h"

namespace attune {

struct KernelImage {
  std::string cubin;
  // The kernel's symbol in `cubin`.
  std::string lowered_name;
  // What it was compiled for and by: "sm_90a", "13.0".
  std::string architecture;
  std::string compiler_version;
  KernelResources resources;
  // What ParsePerformanceWarnings found in the compiler's log.
  std::string performance_warnings;

  bool operator==(const KernelImage&) const = default;
};

// The image as the content of a file, with `key`, which says what it is the image of, and a
// checksum.
std::string SerializeImage(const KernelImage& image, absl::string_view key);

// The image back. DataLoss if the content is damaged, cut short, of another format or of another
// key.
absl::StatusOr<KernelImage> ParseImage(absl::string_view content, absl::string_view key);

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_KERNEL_IMAGE_H_
