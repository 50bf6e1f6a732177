// The fixture of families' own tests: a GPU whose driver launches nothing. The compiler is real.
#ifndef ATTUNE_ATTENTION_CUDA_TESTING_FAKE_DEVICE_TEST_H_
#define ATTUNE_ATTENTION_CUDA_TESTING_FAKE_DEVICE_TEST_H_

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/driver.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {

class FakeDeviceTest : public testing::Test {
 protected:
  // What `driver` makes of a launch is the test's matter.
  explicit FakeDeviceTest(Driver driver = MakeFakeDriver()) : driver_(std::move(driver)) {}

  // One compilation serves all tests that need the same kernel.
  static void SetUpTestSuite() {
    const std::string suite = testing::UnitTest::GetInstance()->current_test_suite()->name();
    setenv("ATTUNE_CACHE_DIR", (testing::TempDir() + suite).c_str(), 1);
  }

  void SetUp() override {
    absl::StatusOr<std::unique_ptr<CudaDevice>> device = CudaDevice::Create(driver_, 0, "13.0");
    ASSERT_TRUE(device.ok()) << device.status();
    device_ = *std::move(device);
    absl::StatusOr<std::unique_ptr<Stream>> stream = device_->CreateStream();
    ASSERT_TRUE(stream.ok()) << stream.status();
    stream_ = *std::move(stream);
  }

  const Driver driver_;
  std::unique_ptr<CudaDevice> device_;
  std::unique_ptr<Stream> stream_;
  // For tensors that no kernel reads.
  alignas(256) char memory_[1024];
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_TESTING_FAKE_DEVICE_TEST_H_
