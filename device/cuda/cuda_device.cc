#include "device/cuda/cuda_device.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device_info.h"

namespace attune {
namespace {

CUdeviceptr Address(const void* data) { return reinterpret_cast<CUdeviceptr>(data); }

absl::Status CheckBytes(int64_t bytes, absl::string_view what) {
  if (bytes >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " of ", bytes, " bytes: expected 0 or more"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CudaDevice>> CudaDevice::Create(const Driver& driver, int index,
                                                               absl::string_view nvrtc_version) {
  ATTUNE_ASSIGN_OR_RETURN(std::shared_ptr<const CudaContext> context,
                          CudaContext::Retain(driver, index));
  ATTUNE_ASSIGN_OR_RETURN(DeviceInfo info, QueryCudaDeviceInfo(driver, index, nvrtc_version));
  ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<CudaStream> copies, CudaStream::Create(context));
  return std::unique_ptr<CudaDevice>(
      new CudaDevice(std::move(context), std::move(info), std::move(copies)));
}

CudaDevice::~CudaDevice() {
  if (flush_buffer_ == 0) return;
  const ScopedContext scope(*context_);
  driver().MemFree(flush_buffer_);
}

absl::StatusOr<CUdeviceptr> CudaDevice::AllocateRaw(int64_t bytes, absl::string_view purpose) {
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  CUdeviceptr address = 0;
  const CUresult result = driver().MemAlloc(&address, static_cast<size_t>(bytes));
  if (result == CUDA_SUCCESS) return address;
  if (result != CUDA_ERROR_OUT_OF_MEMORY) return DriverStatus(driver(), result, "cuMemAlloc");
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver(), MemGetInfo, &free_bytes, &total_bytes);
  return absl::ResourceExhaustedError(
      absl::StrCat(purpose, bytes, " bytes of device memory were needed, ", free_bytes, " of ",
                   total_bytes, " were free on ", info_.id, " (", info_.model,
                   "); this process's buffers hold ", memory_.usage().current_bytes));
}

absl::StatusOr<Buffer> CudaDevice::Allocate(int64_t bytes) {
  ATTUNE_RETURN_IF_ERROR(CheckBytes(bytes, "a buffer"));
  if (bytes == 0) return Buffer();
  ATTUNE_ASSIGN_OR_RETURN(const CUdeviceptr address, AllocateRaw(bytes, ""));
  memory_.Add(bytes);
  return Buffer(reinterpret_cast<void*>(address), bytes,
                [this](void* data, int64_t size) { Free(data, size); });
}

void CudaDevice::Free(void* data, int64_t bytes) {
  const ScopedContext scope(*context_);
  driver().MemFree(Address(data));
  memory_.Remove(bytes);
}

absl::StatusOr<std::unique_ptr<Stream>> CudaDevice::CreateStream() {
  return CudaStream::Create(context_);
}

absl::StatusOr<std::unique_ptr<Timer>> CudaDevice::CreateTimer() {
  return CudaTimer::Create(context_);
}

absl::Status CudaDevice::CopyToDevice(void* device_destination, const void* host_source,
                                      int64_t bytes) {
  ATTUNE_RETURN_IF_ERROR(CheckBytes(bytes, "a copy"));
  if (bytes == 0) return absl::OkStatus();
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(driver(), MemcpyHtoDAsync, Address(device_destination), host_source,
                              static_cast<size_t>(bytes), copies_->handle());
  return copies_->Synchronize();
}

absl::Status CudaDevice::CopyToHost(void* host_destination, const void* device_source,
                                    int64_t bytes) {
  ATTUNE_RETURN_IF_ERROR(CheckBytes(bytes, "a copy"));
  if (bytes == 0) return absl::OkStatus();
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(driver(), MemcpyDtoHAsync, host_destination, Address(device_source),
                              static_cast<size_t>(bytes), copies_->handle());
  return copies_->Synchronize();
}

absl::Status CudaDevice::Fill(void* device_destination, uint8_t value, int64_t bytes) {
  ATTUNE_RETURN_IF_ERROR(CheckBytes(bytes, "a fill"));
  if (bytes == 0) return absl::OkStatus();
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(driver(), MemsetD8Async, Address(device_destination), value,
                              static_cast<size_t>(bytes), copies_->handle());
  return copies_->Synchronize();
}

std::shared_ptr<void> CudaDevice::PinHost(void* data, int64_t bytes) {
  const ScopedContext scope(*context_);
  if (!scope.status().ok()) return nullptr;
  const CUresult result = driver().MemHostRegister(data, static_cast<size_t>(bytes), 0);
  if (result != CUDA_SUCCESS) return nullptr;
  return std::shared_ptr<void>(data, [context = context_](void* pinned) {
    const ScopedContext unpinning(*context);
    context->driver().MemHostUnregister(pinned);
  });
}

int64_t CudaDevice::FlushBytes() const {
  return std::max<int64_t>(2 * info_.Attribute("l2_bytes"), 1 << 20);
}

absl::StatusOr<CUdeviceptr> CudaDevice::FlushBuffer() {
  const std::lock_guard<std::mutex> lock(flush_mutex_);
  if (flush_buffer_ == 0) {
    ATTUNE_ASSIGN_OR_RETURN(flush_buffer_, AllocateRaw(FlushBytes(), "to flush the caches, "));
  }
  return flush_buffer_;
}

absl::Status CudaDevice::FlushCaches(Stream& stream) {
  ATTUNE_ASSIGN_OR_RETURN(const CUdeviceptr buffer, FlushBuffer());
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_CUDA_RETURN_IF_ERROR(driver(), MemsetD8Async, buffer, 0, static_cast<size_t>(FlushBytes()),
                              StreamHandle(stream));
  return absl::OkStatus();
}

absl::StatusOr<GpuMonitor> CudaDevice::OpenMonitor() const {
  char pci_bus_id[32] = {};
  ATTUNE_CUDA_RETURN_IF_ERROR(driver(), DeviceGetPCIBusId, pci_bus_id, sizeof(pci_bus_id),
                              context_->device());
  return GpuMonitor::Open(pci_bus_id);
}

absl::StatusOr<DeviceState> CudaDevice::ReadState() {
  const std::lock_guard<std::mutex> lock(monitor_mutex_);
  if (!monitor_.has_value()) monitor_ = OpenMonitor();
  if (!monitor_->ok()) return monitor_->status();
  ATTUNE_ASSIGN_OR_RETURN(const GpuState state, (*monitor_)->Read());
  return DeviceState{.core_mhz = static_cast<double>(state.multiprocessor_mhz),
                     .memory_mhz = static_cast<double>(state.memory_mhz),
                     .temperature_celsius = static_cast<double>(state.temperature_celsius),
                     .power_watts = state.power_watts,
                     .throttle_reasons = state.throttle_reasons,
                     .throttled = IsThrottled(state)};
}

absl::StatusOr<CudaDevice*> AsCudaDevice(Device& device) {
  if (auto* const cuda = dynamic_cast<CudaDevice*>(&device)) return cuda;
  return absl::InvalidArgumentError(
      absl::StrCat(device.info().id, " (", device.info().model, ") is no CUDA device"));
}

}  // namespace attune
