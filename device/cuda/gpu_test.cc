// What only a real GPU can show.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/discovery.h"
#include "device/cuda/graph.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"
#include "device/cuda/nvrtc.h"
#include "device/cuda/tensor_map.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr char kSource[] = R"(
struct Configuration { int threads = 128; float scale = 1; };

template <Configuration kConfiguration>
__global__ void __launch_bounds__(kConfiguration.threads) AddScaled(const float* x, float* sum, int count) {
  const int i = blockIdx.x * kConfiguration.threads + threadIdx.x;
  if (i < count) sum[i] += kConfiguration.scale * x[i];
}

// Each block's first thread writes what it sees of its dynamic shared memory and its cluster.
extern "C" __global__ void Probe(unsigned* out) {
  extern __shared__ unsigned shared[];
  unsigned shared_bytes, cluster_blocks = 1;
  asm("mov.u32 %0, %%dynamic_smem_size;" : "=r"(shared_bytes));
#if __CUDA_ARCH__ >= 900
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(cluster_blocks));
#endif
  shared[shared_bytes / 4 - 1] = shared_bytes;
  __syncthreads();
  if (threadIdx.x == 0) {
    out[2 * blockIdx.x] = shared[shared_bytes / 4 - 1];
    out[2 * blockIdx.x + 1] = cluster_blocks;
  }
}

extern "C" __global__ void Spin(long long cycles) {
  const long long start = clock64();
  while (clock64() - start < cycles) {}
}
)";

class GpuTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Device>> device = OpenCudaDevice(0);
    ASSERT_TRUE(device.ok()) << "this test needs a GPU: " << device.status();
    device_ = *std::move(device);
    absl::StatusOr<CudaDevice*> cuda = AsCudaDevice(*device_);
    ASSERT_TRUE(cuda.ok()) << cuda.status();
    cuda_ = *cuda;
    absl::StatusOr<std::unique_ptr<CudaStream>> stream = CudaStream::Create(cuda_->context());
    ASSERT_TRUE(stream.ok()) << stream.status();
    stream_ = *std::move(stream);
  }

  absl::StatusOr<KernelModule> Compile(const std::string& name_expression,
                                       int64_t dynamic_shared_bytes = 0) {
    const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
    if (!nvrtc.ok()) return nvrtc.status();
    KernelSource source;
    source.name = "gpu_test.cu";
    source.text = kSource;
    source.name_expression = name_expression;
    source.architecture = CompileArchitecture(device_->info().architecture);
    const absl::StatusOr<KernelImage> image = CompileKernel(**nvrtc, source);
    if (!image.ok()) return image.status();
    return KernelModule::Load(cuda_->context(), *image, dynamic_shared_bytes);
  }

  // A buffer of `values`.
  Buffer Upload(const std::vector<float>& values) {
    const int64_t bytes = static_cast<int64_t>(values.size() * sizeof(float));
    absl::StatusOr<Buffer> buffer = device_->Allocate(bytes);
    EXPECT_TRUE(buffer.ok()) << buffer.status();
    if (!buffer.ok()) return Buffer();
    EXPECT_TRUE(device_->CopyToDevice(buffer->data(), values.data(), bytes).ok());
    return *std::move(buffer);
  }

  template <typename Element>
  std::vector<Element> Download(const Buffer& buffer) {
    std::vector<Element> values(buffer.bytes() / sizeof(Element));
    EXPECT_TRUE(device_->CopyToHost(values.data(), buffer.data(), buffer.bytes()).ok());
    return values;
  }

  std::unique_ptr<Device> device_;
  CudaDevice* cuda_ = nullptr;
  std::unique_ptr<CudaStream> stream_;
};

TEST_F(GpuTest, InfoIsPlausible) {
  const DeviceInfo& info = device_->info();
  RecordProperty("device", info.ToString());
  EXPECT_EQ(info.id, "cuda:0");
  EXPECT_FALSE(info.model.empty());
  EXPECT_GE(info.Attribute("compute_capability"), 75);
  EXPECT_GT(info.Attribute("multiprocessors"), 0);
  EXPECT_EQ(info.Attribute("warp_size"), 32);
  EXPECT_EQ(info.Attribute("registers_per_multiprocessor"), 65536);
  EXPECT_GE(info.Attribute("shared_bytes_per_block"), 48 << 10);
  EXPECT_GT(info.Attribute("shared_bytes_per_multiprocessor"),
            info.Attribute("shared_bytes_per_block_default"));
  EXPECT_GE(info.Attribute("l2_bytes"), 1 << 20);
  EXPECT_GE(info.Attribute("memory_bytes"), int64_t{1} << 30);
  EXPECT_GT(info.Attribute("clock_khz"), 0);
  EXPECT_GT(info.Attribute("nvrtc_version"), 0);
  EXPECT_TRUE(absl::StartsWith(info.environment, "cuda ")) << info.environment;
  EXPECT_TRUE(absl::StrContains(info.environment, " driver ")) << info.environment;
}

TEST_F(GpuTest, CopiesAndFillsComeBack) {
  const Buffer buffer = Upload({1, 2, 3, 4});
  ASSERT_TRUE(device_->Fill(buffer.data(), 0, 8).ok());
  EXPECT_EQ(Download<float>(buffer), (std::vector<float>{0, 0, 3, 4}));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 256, 0);
}

TEST_F(GpuTest, CopiesIntoPinnedMemoryComeBack) {
  constexpr int64_t kBytes = 16 << 20;
  const absl::StatusOr<Buffer> buffer = device_->Allocate(kBytes);
  ASSERT_TRUE(buffer.ok()) << buffer.status();
  std::vector<uint8_t> memory(kBytes);
  const std::shared_ptr<void> pinned = cuda_->PinHost(memory.data(), kBytes);
  EXPECT_NE(pinned, nullptr);
  ASSERT_TRUE(device_->Fill(buffer->data(), 7, kBytes).ok());
  ASSERT_TRUE(device_->CopyToHost(memory.data(), buffer->data(), kBytes).ok());
  EXPECT_EQ(memory, std::vector<uint8_t>(kBytes, 7));
}

TEST_F(GpuTest, TracksPeakMemoryAndGivesItBack) {
  device_->ResetPeakMemory();
  {
    const absl::StatusOr<Buffer> one = device_->Allocate(64 << 20);
    const absl::StatusOr<Buffer> two = device_->Allocate(32 << 20);
    ASSERT_TRUE(one.ok() && two.ok()) << one.status() << two.status();
    EXPECT_EQ(device_->memory_usage().current_bytes, 96 << 20);
  }
  EXPECT_EQ(device_->memory_usage().current_bytes, 0);
  EXPECT_EQ(device_->memory_usage().peak_bytes, 96 << 20);
}

TEST_F(GpuTest, OutOfMemoryIsAStatusAndTheDeviceStaysUsable) {
  const absl::Status status =
      device_->Allocate(2 * device_->info().Attribute("memory_bytes")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(absl::StrContains(status.message(), "were free")) << status;
  EXPECT_TRUE(device_->Allocate(1 << 20).ok());
}

TEST_F(GpuTest, LaunchesACompiledVariant) {
  const absl::StatusOr<KernelModule> kernel =
      Compile("AddScaled<Configuration{.threads = 64, .scale = 0.5f}>");
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_GT(kernel->resources().registers, 0);
  EXPECT_EQ(kernel->resources().stack_bytes, 0);
  EXPECT_EQ(kernel->max_threads_per_block(), 64);
  const Buffer x = Upload(std::vector<float>(1000, 3));
  const Buffer sum = Upload(std::vector<float>(1000, 1));
  ASSERT_TRUE(
      LaunchWith(*stream_, *kernel, {.grid = {16}, .block = {64}}, x.data(), sum.data(), 999).ok());
  ASSERT_TRUE(stream_->Synchronize().ok());
  std::vector<float> expected(1000, 2.5f);
  expected.back() = 1;
  EXPECT_EQ(Download<float>(sum), expected);
}

TEST_F(GpuTest, KernelsGetTheSharedMemoryAndClustersOfTheirLaunch) {
  const int64_t shared_bytes = device_->info().Attribute("shared_bytes_per_block");
  const bool clusters = device_->info().Attribute("cluster_launch") != 0;
  const absl::StatusOr<KernelModule> kernel = Compile("Probe", shared_bytes);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const Buffer out = Upload(std::vector<float>(8));
  const absl::Status launched =
      LaunchWith(*stream_, *kernel,
                 {.grid = {4},
                  .block = {32},
                  .cluster = {clusters ? 2u : 1u},
                  .dynamic_shared_bytes = static_cast<uint32_t>(shared_bytes)},
                 out.data());
  ASSERT_TRUE(launched.ok()) << launched;
  ASSERT_TRUE(stream_->Synchronize().ok());
  const std::vector<uint32_t> seen = Download<uint32_t>(out);
  for (int block = 0; block < 4; ++block) {
    EXPECT_EQ(seen[2 * block], shared_bytes);
    EXPECT_EQ(seen[2 * block + 1], clusters ? 2 : 1);
  }
}

TEST_F(GpuTest, BlockTooLargeForTheKernelIsAStatus) {
  const absl::StatusOr<KernelModule> kernel = Compile("AddScaled<Configuration{.threads = 64}>");
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  void* const null = nullptr;
  const absl::Status status =
      LaunchWith(*stream_, *kernel, {.grid = {1}, .block = {2048}}, null, null, 0);
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(absl::StrContains(status.message(), "block 2048x1x1")) << status;
  EXPECT_TRUE(stream_->Synchronize().ok());
}

TEST_F(GpuTest, TimerMeasuresWhatRanBetweenItsPoints) {
  const absl::StatusOr<KernelModule> spin = Compile("Spin");
  ASSERT_TRUE(spin.ok()) << spin.status();
  const absl::StatusOr<std::unique_ptr<Timer>> timer = device_->CreateTimer();
  ASSERT_TRUE(timer.ok()) << timer.status();
  absl::Duration times[2];
  for (int i = 0; i < 2; ++i) {
    const long long cycles = i == 0 ? 1'000'000 : 10'000'000;
    ASSERT_TRUE((*timer)->Start(*stream_).ok());
    ASSERT_TRUE(LaunchWith(*stream_, *spin, {}, cycles).ok());
    ASSERT_TRUE((*timer)->Stop(*stream_).ok());
    const absl::StatusOr<absl::Duration> elapsed = (*timer)->Elapsed();
    ASSERT_TRUE(elapsed.ok()) << elapsed.status();
    times[i] = *elapsed;
  }
  // No GPU's multiprocessors run above 5 GHz.
  EXPECT_GT(times[0], absl::Microseconds(200));
  EXPECT_GT(times[1], 3 * times[0]);
}

TEST_F(GpuTest, GraphReplaysWhatWasCaptured) {
  const absl::StatusOr<KernelModule> kernel = Compile("AddScaled<Configuration{.threads = 64}>");
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const Buffer x = Upload(std::vector<float>(64, 1));
  const Buffer sum = Upload(std::vector<float>(64, 0));
  const absl::StatusOr<Graph> graph = Graph::Capture(*stream_, [&](Stream& stream) {
    for (int i = 0; i < 3; ++i) {
      const absl::Status launched =
          LaunchWith(stream, *kernel, {.grid = {1}, .block = {64}}, x.data(), sum.data(), 64);
      if (!launched.ok()) return launched;
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(graph->nodes(), 3);
  EXPECT_EQ(Download<float>(sum)[0], 0) << "capturing must not run the kernels";
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(graph->Replay(*stream_).ok());
  ASSERT_TRUE(stream_->Synchronize().ok());
  EXPECT_EQ(Download<float>(sum), std::vector<float>(64, 12));
}

TEST_F(GpuTest, StreamIsUsableAfterACaptureThatFailed) {
  const absl::Status status =
      Graph::Capture(*stream_, [](Stream& stream) { return stream.Synchronize(); }).status();
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(stream_->Synchronize().ok());
}

TEST_F(GpuTest, FlushingCountsAsNoMemoryOfTheCaller) {
  device_->ResetPeakMemory();
  ASSERT_TRUE(device_->FlushCaches(*stream_).ok());
  ASSERT_TRUE(stream_->Synchronize().ok());
  EXPECT_EQ(device_->memory_usage().peak_bytes, 0);
}

TEST_F(GpuTest, DriverAcceptsTensorMapsThatValidate) {
  const absl::StatusOr<Buffer> buffer = device_->Allocate(4096 * 64 * 2);
  ASSERT_TRUE(buffer.ok()) << buffer.status();
  TensorMapSpec spec;
  spec.address = buffer->data();
  spec.rank = 3;
  spec.dims = {64, 1024, 4};
  spec.strides = DenseStrides(spec.element, spec.rank, spec.dims);
  spec.box = {64, 128, 1};
  spec.swizzle = TensorMapSwizzle::k128Bytes;
  const absl::StatusOr<CUtensorMap> map = EncodeTensorMap(*cuda_->context(), spec);
  ASSERT_TRUE(map.ok()) << map.status();
  // An address that no allocation has is as good as any for a map that is yet to get its own.
  TensorMapSpec elsewhere = spec;
  elsewhere.address = reinterpret_cast<const void*>(uintptr_t{4096});
  absl::StatusOr<CUtensorMap> moved = EncodeTensorMap(*cuda_->context(), elsewhere);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_NE(std::memcmp(&*moved, &*map, sizeof(CUtensorMap)), 0);
  const absl::Status replaced = ReplaceTensorMapAddress(*cuda_->context(), spec.address, *moved);
  ASSERT_TRUE(replaced.ok()) << replaced;
  EXPECT_EQ(std::memcmp(&*moved, &*map, sizeof(CUtensorMap)), 0);
  // Grouped heads read the same keys: a dimension of stride zero.
  spec.strides[2] = 0;
  const absl::StatusOr<CUtensorMap> repeated = EncodeTensorMap(*cuda_->context(), spec);
  EXPECT_TRUE(repeated.ok()) << repeated.status();
}

TEST_F(GpuTest, FreeMemoryIsWhereItWasAfterManyAllocationsAndModules) {
  const Driver& driver = cuda_->context()->driver();
  const auto free_bytes = [&] {
    const ScopedContext scope(*cuda_->context());
    size_t free = 0;
    size_t total = 0;
    EXPECT_EQ(driver.MemGetInfo(&free, &total), CUDA_SUCCESS);
    return free;
  };
  // The first round pays for what the driver keeps.
  size_t before = 0;
  for (int round = 0; round < 6; ++round) {
    const absl::StatusOr<KernelModule> kernel = Compile("Spin");
    ASSERT_TRUE(kernel.ok()) << kernel.status();
    const absl::StatusOr<Buffer> buffer = device_->Allocate(16 << 20);
    ASSERT_TRUE(buffer.ok()) << buffer.status();
    if (round <= 1) before = free_bytes();
    EXPECT_EQ(free_bytes(), before) << "round " << round;
  }
}

}  // namespace
}  // namespace attune
