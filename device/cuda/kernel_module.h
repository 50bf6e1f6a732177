// A compiled kernel, loaded on a GPU.
#ifndef ATTUNE_DEVICE_CUDA_KERNEL_MODULE_H_
#define ATTUNE_DEVICE_CUDA_KERNEL_MODULE_H_

#include <cuda.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "device/cuda/context.h"
#include "device/cuda/kernel_image.h"

namespace attune {

// Movable. The kernel is unloaded when this is destroyed; no launch of it may be running then.
class KernelModule {
 public:
  // Loads `image` and lets its kernel be launched with up to `dynamic_shared_bytes` of shared
  // memory, in clusters of up to 16 blocks where the GPU has clusters. ResourceExhausted if the
  // kernel's shared memory exceeds what a block can have; FailedPrecondition if the image is for
  // another architecture or too new for the driver.
  static absl::StatusOr<KernelModule> Load(std::shared_ptr<const CudaContext> context,
                                           const KernelImage& image,
                                           int64_t dynamic_shared_bytes = 0);

  KernelModule(KernelModule&& other) noexcept { *this = std::move(other); }
  KernelModule& operator=(KernelModule&& other) noexcept;
  ~KernelModule();

  CUfunction function() const { return function_; }
  const CudaContext& context() const { return *context_; }
  // As the compiler counted them, registers and memory as the driver says: it has the last word.
  const KernelResources& resources() const { return resources_; }
  // The most threads that a block of this kernel can have, by its registers.
  int64_t max_threads_per_block() const { return max_threads_per_block_; }

 private:
  KernelModule(std::shared_ptr<const CudaContext> context, CUmodule module)
      : context_(std::move(context)), module_(module) {}

  absl::Status Configure(const KernelImage& image, int64_t dynamic_shared_bytes);
  absl::Status ReadResources(const KernelImage& image);
  absl::Status AllowSharedMemory(const KernelImage& image, int64_t dynamic_shared_bytes);
  absl::Status AllowLargeClusters();

  std::shared_ptr<const CudaContext> context_;
  CUmodule module_ = nullptr;
  CUfunction function_ = nullptr;
  KernelResources resources_;
  int64_t max_threads_per_block_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_KERNEL_MODULE_H_
