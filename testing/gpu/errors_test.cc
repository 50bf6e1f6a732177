// What goes wrong comes back as a Status that says what and why.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "absl/strings/match.h"
#include "attention/square_problem.h"
#include "device/discovery.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"

namespace attune {
namespace {

Problem GoodProblem() { return SquareProblem(Dtype::kBfloat16, 1, 2, 128, 64); }

// An address that no allocation has, aligned.
void* Nowhere() { return reinterpret_cast<void*>(uintptr_t{0x100}); }

ForwardTensors TensorsAt(void* address) {
  return {.query = address, .key = address, .value = address, .out = address};
}

TEST(GpuErrorsTest, MissingGpuIsNamedBesideHowManyThereAre) {
  const absl::Status status = OpenDevice("cuda:99").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "no GPU cuda:99: the driver sees")) << status;
}

TEST(GpuErrorsTest, InvalidShapesAreRefusedBeforeAnythingIsCompiled) {
  Problem heads = GoodProblem();
  heads.q_heads = 4;
  heads.kv_heads = 3;
  Problem dim = GoodProblem();
  dim.qk_dim = 12;
  Problem batch = GoodProblem();
  batch.batch = 0;
  Problem length = GoodProblem();
  length.kv_len = -1;
  for (const auto& [problem, field] : {std::pair(heads, "kv_heads"), std::pair(dim, "qk_dim"),
                                       std::pair(batch, "batch"), std::pair(length, "kv_len")}) {
    const absl::Status status = PlanOnGpu(problem).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field << ": " << status;
    EXPECT_TRUE(absl::StrContains(status.message(), field)) << status;
  }
}

TEST(GpuErrorsTest, MissingTensorsAreNamed) {
  const auto plan = PlanOnGpu(GoodProblem());
  ASSERT_TRUE(plan.ok()) << plan.status();
  ForwardTensors tensors = TensorsAt(Nowhere());
  tensors.key = nullptr;
  const absl::Status status = plan->Run(tensors);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "key")) << status;
  EXPECT_EQ(plan->Run(BackwardTensors{}).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(GpuErrorsTest, FamiliesOfOtherDevicesSaySo) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const absl::Status cpu =
      Attention::Plan(GoodProblem(), {.device = *device, .family = "cpu_forward"}).status();
  EXPECT_EQ(cpu.code(), absl::StatusCode::kUnimplemented) << cpu;
  const absl::Status unknown =
      Attention::Plan(GoodProblem(), {.device = *device, .family = "fastest"}).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound) << unknown;
  EXPECT_TRUE(absl::StrContains(unknown.message(), "portable_forward")) << unknown;
}

TEST(GpuErrorsTest, ConfigurationsBeyondTheGpuNameTheLimit) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  Problem problem = GoodProblem();
  problem.qk_dim = problem.v_dim = 256;
  const auto configuration = Configuration::Parse(
      "block_m=256,block_n=128,warps=16,stages=4,blocks_per_sm=1,query_registers=0,lazy_rescale=1,"
      "longest_first=0,overlap=0");
  ASSERT_TRUE(configuration.ok()) << configuration.status();
  const absl::Status status = Attention::Plan(problem, {.device = *device,
                                                        .family = "portable_forward",
                                                        .configuration = *configuration})
                                  .status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "constraint fits_")) << status;
}

// An error that leaves the context unusable, so it happens in a process of its own, which prints
// what it was told.
TEST(GpuErrorsDeathTest, KernelThatReadsNowhereEndsInAStatus) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const auto plan = PlanOnGpu(GoodProblem());
        const absl::Status status = plan.ok() ? plan->Run(TensorsAt(Nowhere())) : plan.status();
        std::cerr << status << std::endl;
        // The driver's own teardown after such an error is not what is tested.
        std::_Exit(status.ok() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "ILLEGAL_ADDRESS|illegal memory access");
}

}  // namespace
}  // namespace attune
