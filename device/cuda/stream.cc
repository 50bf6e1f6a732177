#include "device/cuda/stream.h"

#include "base/status_macros.h"

namespace attune {

absl::StatusOr<std::unique_ptr<CudaStream>> CudaStream::Create(
    std::shared_ptr<const CudaContext> context) {
  const ScopedContext scope(*context);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  CUstream stream = nullptr;
  ATTUNE_CUDA_RETURN_IF_ERROR(context->driver(), StreamCreate, &stream, CU_STREAM_NON_BLOCKING);
  return std::unique_ptr<CudaStream>(new CudaStream(std::move(context), stream));
}

CudaStream::~CudaStream() {
  const ScopedContext scope(*context_);
  context_->driver().StreamDestroy(stream_);
}

absl::Status CudaStream::Synchronize() {
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), StreamSynchronize, stream_);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<CudaTimer>> CudaTimer::Create(
    std::shared_ptr<const CudaContext> context) {
  const ScopedContext scope(*context);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  const Driver& driver = context->driver();
  std::unique_ptr<CudaTimer> timer(new CudaTimer(std::move(context)));
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, EventCreate, &timer->start_, CU_EVENT_DEFAULT);
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, EventCreate, &timer->stop_, CU_EVENT_DEFAULT);
  return timer;
}

CudaTimer::~CudaTimer() {
  const ScopedContext scope(*context_);
  if (start_ != nullptr) context_->driver().EventDestroy(start_);
  if (stop_ != nullptr) context_->driver().EventDestroy(stop_);
}

absl::Status CudaTimer::Record(CUevent event, Stream& stream) {
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), EventRecord, event, StreamHandle(stream));
  return absl::OkStatus();
}

absl::Status CudaTimer::Start(Stream& stream) {
  state_ = State::kIdle;
  ATTUNE_RETURN_IF_ERROR(Record(start_, stream));
  state_ = State::kStarted;
  return absl::OkStatus();
}

absl::Status CudaTimer::Stop(Stream& stream) {
  if (state_ == State::kIdle) {
    return absl::FailedPreconditionError("the timer was stopped before it was started");
  }
  ATTUNE_RETURN_IF_ERROR(Record(stop_, stream));
  state_ = State::kStopped;
  return absl::OkStatus();
}

absl::StatusOr<absl::Duration> CudaTimer::Elapsed() {
  if (state_ != State::kStopped) {
    return absl::FailedPreconditionError(
        "the timer has no interval: call Start, then Stop, before Elapsed");
  }
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), EventSynchronize, stop_);
  float milliseconds = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), EventElapsedTime, &milliseconds, start_, stop_);
  return absl::Milliseconds(milliseconds);
}

}  // namespace attune
