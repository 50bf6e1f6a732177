// Compiles kernels in processes of their own: several at once, and none that can take the program
// down or hold it up.
#ifndef ATTUNE_DEVICE_CUDA_COMPILE_POOL_H_
#define ATTUNE_DEVICE_CUDA_COMPILE_POOL_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/worker/worker_pool.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_source.h"

namespace attune {

// NVRTC parses one source at a time in a process. Measured with 13.0 on 16 cores, 2026-11: 1.7
// variants a second of a kernel with many headers, however many threads asked. Thread-safe. Linking
// this registers the worker; the program's main has to call MaybeRunWorker
// (base/worker/worker_program.h).
class CompilePool {
 public:
  // `timeout` is of one compilation.
  CompilePool(int processes, absl::Duration timeout);

  // As CompileKernel, on the first process that is free. Also: DeadlineExceeded for a compilation
  // that did not end in time, Aborted for one that took its process down.
  absl::StatusOr<KernelImage> Compile(const KernelSource& source);

 private:
  WorkerPool workers_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_COMPILE_POOL_H_
