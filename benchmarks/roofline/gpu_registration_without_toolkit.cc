#include "benchmarks/roofline/gpu_registration.h"

namespace attune {

absl::Status RegisterGpuRoofline() {
  return absl::UnimplementedError(
      "this build has no CUDA: install a toolkit, or name one in $CUDA_HOME, and build again");
}

}  // namespace attune
