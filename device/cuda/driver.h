// The CUDA driver API, opened at run time: a table of the functions that Attune calls.
#ifndef ATTUNE_DEVICE_CUDA_DRIVER_H_
#define ATTUNE_DEVICE_CUDA_DRIVER_H_

#include <cuda.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Calls X(name) for each function cu<name> of the table. cuda.h renames some by macro (cuMemAlloc
// is cuMemAlloc_v2): the type and the symbol that is looked up follow it.
#define ATTUNE_CUDA_DRIVER_FUNCTIONS(X) \
  X(CtxGetCurrent)                      \
  X(CtxPopCurrent)                      \
  X(CtxPushCurrent)                     \
  X(DeviceGet)                          \
  X(DeviceGetAttribute)                 \
  X(DeviceGetCount)                     \
  X(DeviceGetName)                      \
  X(DeviceGetPCIBusId)                  \
  X(DevicePrimaryCtxRelease)            \
  X(DevicePrimaryCtxRetain)             \
  X(DeviceTotalMem)                     \
  X(DriverGetVersion)                   \
  X(EventCreate)                        \
  X(EventDestroy)                       \
  X(EventRecord)                        \
  X(EventSynchronize)                   \
  X(FuncGetAttribute)                   \
  X(FuncSetAttribute)                   \
  X(GetErrorName)                       \
  X(GetErrorString)                     \
  X(GraphDestroy)                       \
  X(GraphExecDestroy)                   \
  X(GraphGetNodes)                      \
  X(GraphInstantiateWithFlags)          \
  X(GraphLaunch)                        \
  X(Init)                               \
  X(LaunchKernelEx)                     \
  X(MemAlloc)                           \
  X(MemFree)                            \
  X(MemGetInfo)                         \
  X(MemHostRegister)                    \
  X(MemHostUnregister)                  \
  X(MemcpyDtoHAsync)                    \
  X(MemcpyHtoDAsync)                    \
  X(MemsetD8Async)                      \
  X(ModuleGetFunction)                  \
  X(ModuleLoadData)                     \
  X(ModuleUnload)                       \
  X(StreamBeginCapture)                 \
  X(StreamCreate)                       \
  X(StreamDestroy)                      \
  X(StreamEndCapture)                   \
  X(StreamSynchronize)                  \
  X(TensorMapEncodeTiled)               \
  X(TensorMapReplaceAddress)

struct Driver {
#define ATTUNE_DECLARE_(name) decltype(&::cu##name) name = nullptr;
  ATTUNE_CUDA_DRIVER_FUNCTIONS(ATTUNE_DECLARE_)
#undef ATTUNE_DECLARE_
  // Apart from the list: CUDA 13's cuda.h renames it to a _v2 of the same meaning that drivers
  // before 12.8 lack.
  CUresult (*EventElapsedTime)(float* milliseconds, CUevent start, CUevent stop) = nullptr;

  // The newest CUDA that the driver supports: 13000 is 13.0.
  int cuda_version = 0;
  // The driver's own version, "580.65.06"; empty if neither the library's name nor the kernel
  // module says.
  std::string version;
};

// Opens the driver library at `path` (or of that name, where the system's loader finds it) and
// calls cuInit. NotFound: no library. FailedPrecondition: too old, or no GPU that it can drive.
absl::StatusOr<Driver> OpenDriver(const std::string& path);

// The process's driver: $ATTUNE_LIBCUDA if set, else libcuda.so.1. Opened at the first call, whose
// answer stays.
absl::StatusOr<const Driver*> LoadDriver();

// "580.65.06" out of a library's path ".../libcuda.so.580.65.06", else out of the text of
// /proc/driver/nvidia/version; empty if neither has it.
std::string ParseDriverVersion(absl::string_view library_path, absl::string_view proc_version);

// OK for CUDA_SUCCESS. Otherwise "`what` failed: CUDA_ERROR_...: the driver's description", and
// what to do about it where the error says that the process can no longer use the GPU.
absl::Status DriverStatus(const Driver& driver, CUresult result, absl::string_view what);

// Calls a function of the table and returns from the enclosing function if it fails.
//   ATTUNE_CUDA_RETURN_IF_ERROR(driver, StreamSynchronize, stream);
#define ATTUNE_CUDA_RETURN_IF_ERROR(driver, name, ...)                    \
  do {                                                                    \
    if (const CUresult attune_result = (driver).name(__VA_ARGS__);        \
        attune_result != CUDA_SUCCESS) {                                  \
      return ::attune::DriverStatus((driver), attune_result, "cu" #name); \
    }                                                                     \
  } while (false)

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_DRIVER_H_
