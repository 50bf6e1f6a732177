// Runs a kernel with a bug that compute-sanitizer must see: tools/sanitize_gpu proves its tools on
// it before it trusts their silence.
//   gpu_planted_bug BUG   none, out_of_bounds, race, uninitialised, divergent_barrier, leak
// Exit code: 0 the kernel ran, 1 it did not, 2 there is no GPU.
#include <cstdint>
#include <iostream>
#include <string>

#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"
#include "device/cuda/nvrtc.h"
#include "testing/gpu/gpu.h"

namespace attune {
namespace {

constexpr uint32_t kThreads = 64;
constexpr int64_t kBytes = kThreads * sizeof(float);

// Each kernel gets `in` and `out`, kThreads floats each.
constexpr char kSource[] = R"(
extern "C" __global__ void none(const float* in, float* out) {
  __shared__ float shared[64];
  shared[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = shared[63 - threadIdx.x];
}

// The last thread writes one element behind the array.
extern "C" __global__ void out_of_bounds(const float* in, float* out) {
  out[threadIdx.x + 1] = in[threadIdx.x];
}

// Nothing keeps a warp from reading what the other has not written yet.
extern "C" __global__ void race(const float* in, float* out) {
  __shared__ float shared[64];
  shared[threadIdx.x] = in[threadIdx.x];
  out[threadIdx.x] = shared[63 - threadIdx.x];
}

// The array that it reads was never written.
extern "C" __global__ void uninitialised(const float* in, float* out) {
  out[threadIdx.x] = out[63 - threadIdx.x] + in[threadIdx.x];
}

// Half of a warp waits at a barrier that the other half never meets.
extern "C" __global__ void divergent_barrier(const float* in, float* out) {
  if (threadIdx.x % 32 < 16) __syncthreads();
  out[threadIdx.x] = in[threadIdx.x];
}
)";

// "leak" is a kernel without a bug whose memory is never given back.
std::string KernelOf(const std::string& bug) { return bug == "leak" ? "none" : bug; }

absl::StatusOr<KernelModule> Compile(const CudaDevice& device, const std::string& kernel) {
  ATTUNE_ASSIGN_OR_RETURN(const Nvrtc* const nvrtc, LoadNvrtc());
  KernelSource source;
  source.name = "planted_bug.cu";
  source.text = kSource;
  source.name_expression = kernel;
  source.architecture = CompileArchitecture(device.info().architecture);
  source.options = {"-lineinfo"};
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image, CompileKernel(*nvrtc, source));
  return KernelModule::Load(device.context(), image);
}

absl::Status Run(Device& shared, const std::string& bug) {
  ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const device, AsCudaDevice(shared));
  ATTUNE_ASSIGN_OR_RETURN(const KernelModule kernel, Compile(*device, KernelOf(bug)));
  ATTUNE_ASSIGN_OR_RETURN(Buffer in, device->Allocate(kBytes));
  ATTUNE_ASSIGN_OR_RETURN(Buffer out, device->Allocate(kBytes));
  ATTUNE_RETURN_IF_ERROR(device->Fill(in.data(), 0, kBytes));
  ATTUNE_ASSIGN_OR_RETURN(const auto stream, device->CreateStream());
  void* const in_data = in.data();
  void* const out_data = out.data();
  ATTUNE_RETURN_IF_ERROR(
      LaunchWith(*stream, kernel, {.grid = {1}, .block = {kThreads}}, in_data, out_data));
  ATTUNE_RETURN_IF_ERROR(stream->Synchronize());
  if (bug == "leak") new Buffer(std::move(in));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: gpu_planted_bug none|out_of_bounds|race|uninitialised|divergent_barrier|"
                 "leak\n";
    return 1;
  }
  const auto device = SharedGpu();
  if (!device.ok()) {
    std::cout << "BLOCKED: " << device.status().message() << std::endl;
    return 2;
  }
  const absl::Status status = Run(**device, argv[1]);
  if (status.ok()) return 0;
  std::cerr << "gpu_planted_bug: " << status << "\n";
  return 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
