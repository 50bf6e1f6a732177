// A GPU's primary context: the one that every library in the process shares.
#ifndef ATTUNE_DEVICE_CUDA_CONTEXT_H_
#define ATTUNE_DEVICE_CUDA_CONTEXT_H_

#include <cuda.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "device/cuda/driver.h"

namespace attune {

// Holds the primary context of one GPU as long as it lives. Whatever belongs to the context
// (modules, graphs) shares its ownership.
class CudaContext {
 public:
  // `driver` must outlive the context. NotFound if there is no GPU `index`.
  static absl::StatusOr<std::shared_ptr<const CudaContext>> Retain(const Driver& driver, int index);

  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;
  ~CudaContext();

  const Driver& driver() const { return driver_; }
  CUdevice device() const { return device_; }
  CUcontext handle() const { return context_; }

 private:
  CudaContext(const Driver& driver, CUdevice device, CUcontext context)
      : driver_(driver), device_(device), context_(context) {}

  const Driver& driver_;
  CUdevice device_;
  CUcontext context_;
};

// Makes a context current in this thread, and what was current before afterwards. Costs one call of
// the driver if it is current already.
class ScopedContext {
 public:
  explicit ScopedContext(const CudaContext& context);
  ScopedContext(const ScopedContext&) = delete;
  ScopedContext& operator=(const ScopedContext&) = delete;
  ~ScopedContext();

  // Whether it could be made current.
  const absl::Status& status() const { return status_; }

 private:
  const Driver& driver_;
  bool pushed_ = false;
  absl::Status status_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_CONTEXT_H_
