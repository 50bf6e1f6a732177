#include "device/cuda/cuda_device.h"

#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

class CudaDeviceTest : public testing::Test {
 protected:
  std::unique_ptr<CudaDevice> Open() {
    absl::StatusOr<std::unique_ptr<CudaDevice>> device = CudaDevice::Create(driver_, 0, "13.0");
    EXPECT_TRUE(device.ok()) << device.status();
    return device.ok() ? *std::move(device) : nullptr;
  }

  const Driver driver_ = MakeFakeDriver();
};

TEST_F(CudaDeviceTest, InfoIsWhatTheDriverSays) {
  const std::unique_ptr<CudaDevice> device = Open();
  const DeviceInfo& info = device->info();
  EXPECT_EQ(info.id, "cuda:0");
  EXPECT_EQ(info.kind, DeviceKind::kCuda);
  EXPECT_EQ(info.model, "NVIDIA Fake");
  EXPECT_EQ(info.architecture, "sm_90");
  EXPECT_EQ(info.environment, "cuda 13.0 driver 580");
  EXPECT_EQ(info.Attribute("compute_capability"), 90);
  EXPECT_EQ(info.Attribute("multiprocessors"), 132);
  EXPECT_EQ(info.Attribute("shared_bytes_per_block"), 227 << 10);
  EXPECT_EQ(info.Attribute("l2_bytes"), 50 << 20);
  EXPECT_EQ(info.Attribute("memory_bytes"), 1 << 30);
  EXPECT_EQ(info.Attribute("driver_cuda_version"), 13000);
  EXPECT_EQ(info.Attribute("nvrtc_version"), 13000);
}

TEST_F(CudaDeviceTest, EnvironmentSaysWhatIsNotKnown) {
  Driver driver = driver_;
  driver.version.clear();
  const absl::StatusOr<std::unique_ptr<CudaDevice>> device = CudaDevice::Create(driver, 0, "");
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ((*device)->info().environment, "cuda without nvrtc driver for cuda 13.0");
}

TEST_F(CudaDeviceTest, IndexBeyondTheGpusIsNotFound) {
  const absl::Status status = CudaDevice::Create(driver_, 1, "13.0").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "cuda:1")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "sees 1 GPU")) << status;
}

TEST_F(CudaDeviceTest, TracksCurrentAndPeakMemory) {
  const std::unique_ptr<CudaDevice> device = Open();
  {
    const absl::StatusOr<Buffer> one = device->Allocate(1000);
    ASSERT_TRUE(one.ok()) << one.status();
    const absl::StatusOr<Buffer> two = device->Allocate(500);
    ASSERT_TRUE(two.ok()) << two.status();
    EXPECT_EQ(device->memory_usage().current_bytes, 1500);
  }
  EXPECT_EQ(device->memory_usage().current_bytes, 0);
  EXPECT_EQ(device->memory_usage().peak_bytes, 1500);
  device->ResetPeakMemory();
  EXPECT_EQ(device->memory_usage().peak_bytes, 0);
  EXPECT_TRUE(fake_driver_state().allocations.empty());
}

TEST_F(CudaDeviceTest, OutOfMemorySaysWhatWasNeededAndWhatWasFree) {
  const std::unique_ptr<CudaDevice> device = Open();
  const absl::StatusOr<Buffer> held = device->Allocate(1 << 20);
  const absl::Status status = device->Allocate(int64_t{1} << 30).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(absl::StrContains(status.message(), "1073741824 bytes of device memory were needed"))
      << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "1072693248 of 1073741824 were free")) << status;
  EXPECT_EQ(device->memory_usage().current_bytes, 1 << 20);
}

TEST_F(CudaDeviceTest, NegativeSizesAreRefusedAndZeroIsEmpty) {
  const std::unique_ptr<CudaDevice> device = Open();
  EXPECT_EQ(device->Allocate(-1).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(device->Fill(nullptr, 0, -1).code(), absl::StatusCode::kInvalidArgument);
  const absl::StatusOr<Buffer> empty = device->Allocate(0);
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->data(), nullptr);
  EXPECT_TRUE(device->CopyToHost(nullptr, nullptr, 0).ok());
}

TEST_F(CudaDeviceTest, CopiesAndFills) {
  const std::unique_ptr<CudaDevice> device = Open();
  const absl::StatusOr<Buffer> buffer = device->Allocate(4);
  ASSERT_TRUE(buffer.ok()) << buffer.status();
  ASSERT_TRUE(device->CopyToDevice(buffer->data(), "abcd", 4).ok());
  ASSERT_TRUE(device->Fill(buffer->data(), 'z', 2).ok());
  std::string back(4, ' ');
  ASSERT_TRUE(device->CopyToHost(back.data(), buffer->data(), 4).ok());
  EXPECT_EQ(back, "zzcd");
}

TEST_F(CudaDeviceTest, PinsMemoryUntilItIsNoLongerWanted) {
  const std::unique_ptr<CudaDevice> device = Open();
  std::string memory(64, ' ');
  const std::shared_ptr<void> pinned = device->PinHost(memory.data(), 64);
  ASSERT_NE(pinned, nullptr);
  EXPECT_EQ(fake_driver_state().pinned.count(memory.data()), 1u);
  // What the driver refuses is of no use.
  EXPECT_EQ(device->PinHost(memory.data(), 64), nullptr);
  EXPECT_EQ(fake_driver_state().pinned.size(), 1u);
}

TEST_F(CudaDeviceTest, FlushWritesTwiceTheL2OnceAllocatedAndNotCounted) {
  const std::unique_ptr<CudaDevice> device = Open();
  const absl::StatusOr<std::unique_ptr<Stream>> stream = device->CreateStream();
  ASSERT_TRUE(stream.ok()) << stream.status();
  EXPECT_TRUE(fake_driver_state().allocations.empty());
  ASSERT_TRUE(device->FlushCaches(**stream).ok());
  ASSERT_TRUE(device->FlushCaches(**stream).ok());
  EXPECT_EQ(fake_driver_state().last_memset_bytes, 2 * (50 << 20));
  EXPECT_EQ(fake_driver_state().allocations.size(), 1);
  EXPECT_EQ(device->memory_usage().peak_bytes, 0);
}

TEST_F(CudaDeviceTest, TimerNeedsAStartAndAStop) {
  const std::unique_ptr<CudaDevice> device = Open();
  const absl::StatusOr<std::unique_ptr<Stream>> stream = device->CreateStream();
  ASSERT_TRUE(stream.ok()) << stream.status();
  const absl::StatusOr<std::unique_ptr<Timer>> timer = device->CreateTimer();
  ASSERT_TRUE(timer.ok()) << timer.status();
  EXPECT_EQ((*timer)->Stop(**stream).code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE((*timer)->Start(**stream).ok());
  EXPECT_EQ((*timer)->Elapsed().status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_TRUE((*timer)->Stop(**stream).ok());
  EXPECT_EQ(*(*timer)->Elapsed(), absl::Microseconds(250));
}

TEST_F(CudaDeviceTest, LeavesNothingBehind) {
  {
    const std::unique_ptr<CudaDevice> device = Open();
    const absl::StatusOr<std::unique_ptr<Stream>> stream = device->CreateStream();
    const absl::StatusOr<std::unique_ptr<Timer>> timer = device->CreateTimer();
    std::string memory(64, ' ');
    const std::shared_ptr<void> pinned = device->PinHost(memory.data(), 64);
    ASSERT_TRUE(stream.ok() && timer.ok() && pinned != nullptr);
    ASSERT_TRUE(device->FlushCaches(**stream).ok());
  }
  const FakeDriverState& state = fake_driver_state();
  EXPECT_TRUE(state.allocations.empty());
  EXPECT_TRUE(state.pinned.empty());
  EXPECT_TRUE(state.current.empty());
  EXPECT_EQ(state.streams, 0);
  EXPECT_EQ(state.events, 0);
  EXPECT_EQ(state.contexts_retained, 0);
}

TEST_F(CudaDeviceTest, ContextThatIsCurrentIsNotPushedAgain) {
  const std::unique_ptr<CudaDevice> device = Open();
  const ScopedContext scope(*device->context());
  const int pushes = fake_driver_state().pushes;
  const absl::StatusOr<Buffer> buffer = device->Allocate(16);
  ASSERT_TRUE(buffer.ok()) << buffer.status();
  EXPECT_EQ(fake_driver_state().pushes, pushes);
}

}  // namespace
}  // namespace attune
