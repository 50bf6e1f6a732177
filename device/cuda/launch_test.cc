#include "device/cuda/launch.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "device/cuda/fake_driver.h"
#include "device/cuda/stream.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

class LaunchTest : public testing::Test {
 protected:
  void SetUp() override {
    fake_driver_state().function_attributes = {{CU_FUNC_ATTRIBUTE_NUM_REGS, 168},
                                               {CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, 1024},
                                               {CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 384}};
    absl::StatusOr<std::shared_ptr<const CudaContext>> context = CudaContext::Retain(driver_, 0);
    ASSERT_TRUE(context.ok()) << context.status();
    context_ = *std::move(context);
    absl::StatusOr<std::unique_ptr<CudaStream>> stream = CudaStream::Create(context_);
    ASSERT_TRUE(stream.ok()) << stream.status();
    stream_ = *std::move(stream);
  }

  absl::StatusOr<KernelModule> Load(int64_t dynamic_shared_bytes = 0) {
    return KernelModule::Load(context_,
                              {.cubin = "cubin",
                               .lowered_name = "kernel",
                               .architecture = "sm_90a",
                               .compiler_version = "13.0",
                               .resources = {.registers = 1, .barriers = 2}},
                              dynamic_shared_bytes);
  }

  const Driver driver_ = MakeFakeDriver();
  std::shared_ptr<const CudaContext> context_;
  std::unique_ptr<CudaStream> stream_;
};

TEST_F(LaunchTest, ModuleTakesResourcesFromTheDriver) {
  const absl::StatusOr<KernelModule> module = Load();
  ASSERT_TRUE(module.ok()) << module.status();
  EXPECT_EQ(module->resources().registers, 168);
  EXPECT_EQ(module->resources().static_shared_bytes, 1024);
  EXPECT_EQ(module->resources().barriers, 2);
  EXPECT_EQ(module->max_threads_per_block(), 384);
}

TEST_F(LaunchTest, ModuleOptsInToSharedMemoryAndLargeClustersAndUnloads) {
  {
    const absl::StatusOr<KernelModule> module = Load(226 << 10);
    ASSERT_TRUE(module.ok()) << module.status();
    auto& attributes = fake_driver_state().function_attributes;
    EXPECT_EQ(attributes[CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES], 226 << 10);
    EXPECT_EQ(attributes[CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED], 1);
    EXPECT_EQ(fake_driver_state().modules, 1);
  }
  EXPECT_EQ(fake_driver_state().modules, 0);
}

TEST_F(LaunchTest, TooMuchSharedMemorySaysNeedAndLimit) {
  const absl::Status status = Load((226 << 10) + 1).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(absl::StrContains(status.message(), "231425 bytes of dynamic")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "232448")) << status;
  EXPECT_EQ(fake_driver_state().modules, 0);
}

TEST_F(LaunchTest, ImageThatTheDriverRefusesSaysWhatItIs) {
  fake_driver_state().module_result = CUDA_ERROR_NO_BINARY_FOR_GPU;
  const absl::Status status = Load().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "for sm_90a by NVRTC 13.0")) << status;
}

TEST_F(LaunchTest, PassesShapeAndArguments) {
  const absl::StatusOr<KernelModule> module = Load();
  ASSERT_TRUE(module.ok()) << module.status();
  const int count = 7;
  void* const data = nullptr;
  ASSERT_TRUE(LaunchWith(*stream_, *module,
                         {.grid = {4, 2}, .block = {128}, .dynamic_shared_bytes = 512}, data, count)
                  .ok());
  ASSERT_EQ(fake_driver_state().launches.size(), 1);
  const FakeLaunch& launch = fake_driver_state().launches[0];
  EXPECT_EQ(launch.config.gridDimX, 4);
  EXPECT_EQ(launch.config.gridDimY, 2);
  EXPECT_EQ(launch.config.gridDimZ, 1);
  EXPECT_EQ(launch.config.blockDimX, 128);
  EXPECT_EQ(launch.config.sharedMemBytes, 512);
  EXPECT_EQ(launch.config.hStream, stream_->handle());
  EXPECT_FALSE(launch.has_cluster);
  ASSERT_EQ(launch.arguments.size(), 2);
  EXPECT_EQ(launch.arguments[0], &data);
  EXPECT_EQ(launch.arguments[1], &count);
}

TEST_F(LaunchTest, ClusterIsAnAttribute) {
  const absl::StatusOr<KernelModule> module = Load();
  ASSERT_TRUE(module.ok()) << module.status();
  ASSERT_TRUE(LaunchWith(*stream_, *module, {.grid = {4}, .block = {128}, .cluster = {2}}).ok());
  const FakeLaunch& launch = fake_driver_state().launches[0];
  EXPECT_TRUE(launch.has_cluster);
  EXPECT_FALSE(launch.overlaps_previous);
  EXPECT_EQ(launch.cluster[0], 2);
  EXPECT_EQ(launch.cluster[1], 1);
  EXPECT_TRUE(launch.arguments.empty());
}

TEST_F(LaunchTest, OverlapIsAnAttributeBesideTheCluster) {
  const absl::StatusOr<KernelModule> module = Load();
  ASSERT_TRUE(module.ok()) << module.status();
  ASSERT_TRUE(LaunchWith(*stream_, *module, {.grid = {4}, .overlaps_previous = true}).ok());
  ASSERT_TRUE(
      LaunchWith(*stream_, *module, {.grid = {4}, .cluster = {2}, .overlaps_previous = true}).ok());
  EXPECT_TRUE(fake_driver_state().launches[0].overlaps_previous);
  EXPECT_FALSE(fake_driver_state().launches[0].has_cluster);
  EXPECT_TRUE(fake_driver_state().launches[1].overlaps_previous);
  EXPECT_TRUE(fake_driver_state().launches[1].has_cluster);
}

TEST_F(LaunchTest, RefusedLaunchSaysWhatWasAskedFor) {
  const absl::StatusOr<KernelModule> module = Load();
  ASSERT_TRUE(module.ok()) << module.status();
  fake_driver_state().launch_result = CUDA_ERROR_INVALID_VALUE;
  const absl::Status status = LaunchWith(*stream_, *module, {.grid = {4}, .block = {2048}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "block 2048x1x1")) << status;
}

}  // namespace
}  // namespace attune
