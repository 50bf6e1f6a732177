#include "device/cuda/context.h"

#include "absl/strings/str_cat.h"

namespace attune {

absl::StatusOr<std::shared_ptr<const CudaContext>> CudaContext::Retain(const Driver& driver,
                                                                       int index) {
  int count = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGetCount, &count);
  if (index < 0 || index >= count) {
    return absl::NotFoundError(absl::StrCat("there is no GPU cuda:", index, ": the driver sees ",
                                            count, count == 1 ? " GPU" : " GPUs",
                                            " (CUDA_VISIBLE_DEVICES can hide some)"));
  }
  CUdevice device = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DeviceGet, &device, index);
  CUcontext context = nullptr;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DevicePrimaryCtxRetain, &context, device);
  return std::shared_ptr<const CudaContext>(new CudaContext(driver, device, context));
}

// Nobody is left to tell of an error, here and in the other destructors: one in a dying context has
// been reported by the call that met it.
CudaContext::~CudaContext() { driver_.DevicePrimaryCtxRelease(device_); }

ScopedContext::ScopedContext(const CudaContext& context) : driver_(context.driver()) {
  CUcontext current = nullptr;
  if (driver_.CtxGetCurrent(&current) == CUDA_SUCCESS && current == context.handle()) return;
  const CUresult result = driver_.CtxPushCurrent(context.handle());
  pushed_ = result == CUDA_SUCCESS;
  if (!pushed_) status_ = DriverStatus(driver_, result, "cuCtxPushCurrent");
}

ScopedContext::~ScopedContext() {
  if (!pushed_) return;
  CUcontext popped = nullptr;
  driver_.CtxPopCurrent(&popped);
}

}  // namespace attune
