// Streams of a GPU, and the timer between two points of one.
#ifndef ATTUNE_DEVICE_CUDA_STREAM_H_
#define ATTUNE_DEVICE_CUDA_STREAM_H_

#include <cuda.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "device/cuda/context.h"
#include "device/device.h"

namespace attune {

// A stream of its own: it waits for no other stream, the legacy default stream included.
class CudaStream : public Stream {
 public:
  static absl::StatusOr<std::unique_ptr<CudaStream>> Create(
      std::shared_ptr<const CudaContext> context);
  ~CudaStream() override;

  absl::Status Synchronize() override;
  void* native_handle() const override { return stream_; }

  CUstream handle() const { return stream_; }
  const std::shared_ptr<const CudaContext>& context() const { return context_; }

 private:
  CudaStream(std::shared_ptr<const CudaContext> context, CUstream stream)
      : context_(std::move(context)), stream_(stream) {}

  std::shared_ptr<const CudaContext> context_;
  CUstream stream_;
};

// The handle of `stream`, a stream of a CUDA device, whoever wrote its class.
inline CUstream StreamHandle(const Stream& stream) {
  return static_cast<CUstream>(stream.native_handle());
}

// Measures with two events; resolution about half a microsecond.
class CudaTimer : public Timer {
 public:
  static absl::StatusOr<std::unique_ptr<CudaTimer>> Create(
      std::shared_ptr<const CudaContext> context);
  ~CudaTimer() override;

  absl::Status Start(Stream& stream) override;
  absl::Status Stop(Stream& stream) override;
  // FailedPrecondition unless the timer was started, then stopped.
  absl::StatusOr<absl::Duration> Elapsed() override;

 private:
  enum class State { kIdle, kStarted, kStopped };

  explicit CudaTimer(std::shared_ptr<const CudaContext> context) : context_(std::move(context)) {}
  absl::Status Record(CUevent event, Stream& stream);

  std::shared_ptr<const CudaContext> context_;
  CUevent start_ = nullptr;
  CUevent stop_ = nullptr;
  State state_ = State::kIdle;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_STREAM_H_
