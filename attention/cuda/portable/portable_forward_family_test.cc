#include "attention/cuda/portable/portable_forward_family.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "attention/attention.h"
#include "attention/cuda/testing/fake_device_test.h"
#include "autotune/cache/tuning_cache.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

class PortableForwardFamilyTest : public FakeDeviceTest {
 protected:
  static Problem SmallProblem() {
    return {.dtype = Dtype::kBfloat16,
            .batch = 2,
            .q_heads = 4,
            .kv_heads = 2,
            .q_len = 100,
            .kv_len = 100,
            .qk_dim = 16,
            .v_dim = 16,
            .mask = Mask::Causal()};
  }

  // Small, so that it compiles in little time.
  Configuration Small() const {
    return *Configuration::Parse(
        "block_m=64,block_n=32,warps=4,stages=1,blocks_per_sm=1,query_registers=0,lazy_rescale=1,"
        "longest_first=0,overlap=0");
  }

  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem) {
    return family_.Prepare(problem, Small(), *device_);
  }

  const PortableForwardFamily family_ = {};
};

TEST_F(PortableForwardFamilyTest, RunIsOneLaunchAndNothingElse) {
  const auto kernel = Prepare(SmallProblem());
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_EQ((*kernel)->workspace_bytes(), 0);
  const int64_t allocated = fake_driver_state().allocated_bytes();
  const ForwardTensors tensors{
      .query = memory_, .key = memory_ + 16, .value = memory_ + 32, .out = memory_ + 48};
  ASSERT_TRUE((*kernel)->Run(tensors, nullptr, *stream_).ok());
  ASSERT_EQ(fake_driver_state().launches.size(), 1u);
  const CUlaunchConfig& config = fake_driver_state().launches[0].config;
  EXPECT_EQ(config.gridDimX, 2u * 8u);  // query blocks, times batch and heads
  EXPECT_EQ(config.blockDimX, 128u);
  EXPECT_EQ(config.sharedMemBytes, family_.DynamicSharedBytes(SmallProblem(), Small()));
  EXPECT_EQ(config.hStream, stream_->native_handle());
  EXPECT_EQ(fake_driver_state().launches[0].arguments.size(), 1u);
  EXPECT_EQ(static_cast<int64_t>(fake_driver_state().allocated_bytes()), allocated);
}

TEST_F(PortableForwardFamilyTest, NothingToDoIsNoLaunch) {
  Problem problem = SmallProblem();
  problem.q_len = 0;
  const auto kernel = Prepare(problem);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_TRUE((*kernel)->Run(ForwardTensors{}, nullptr, *stream_).ok());
  EXPECT_TRUE(fake_driver_state().launches.empty());
}

TEST_F(PortableForwardFamilyTest, AddressesThatTheCopiesCannotReadAreRefused) {
  const auto kernel = Prepare(SmallProblem());
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const ForwardTensors tensors{
      .query = memory_, .key = memory_ + 8, .value = memory_ + 32, .out = memory_ + 48};
  const absl::Status status = (*kernel)->Run(tensors, nullptr, *stream_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "reads 16 bytes at a time")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "no more than 8")) << status;
}

TEST_F(PortableForwardFamilyTest, NarrowStridesAllowNarrowAddresses) {
  Problem problem = SmallProblem();
  problem.key_strides = Strides{.batch = 100 * 40, .head = 20, .length = 40};
  const auto kernel = Prepare(problem);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const ForwardTensors tensors{
      .query = memory_, .key = memory_ + 8, .value = memory_ + 32, .out = memory_ + 48};
  EXPECT_TRUE((*kernel)->Run(tensors, nullptr, *stream_).ok());
}

TEST_F(PortableForwardFamilyTest, TensorsOfABackwardPassAreRefused) {
  const auto kernel = Prepare(SmallProblem());
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_EQ((*kernel)->Run(BackwardTensors{}, nullptr, *stream_).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(PortableForwardFamilyTest, ConfigurationsOfOtherFamiliesAreRefused) {
  const auto kernel =
      family_.Prepare(SmallProblem(), *Configuration::Parse("query_tile=56"), *device_);
  EXPECT_EQ(kernel.status().code(), absl::StatusCode::kInvalidArgument) << kernel.status();
}

TEST_F(PortableForwardFamilyTest, ExpressionsAreCompiledIntoTheKernel) {
  Problem problem = SmallProblem();
  problem.score_expression = "score + bias[h] * (kv - q) / kv_len";
  problem.mask_expression = "document[q] == document[kv] || b + kv_h > 2";
  problem.buffers = {{.name = "bias", .extent = 4},
                     {.name = "document", .element = BufferElement::kInt32, .extent = 100}};
  const auto kernel = Prepare(problem);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_EQ((*kernel)->resources().at("spill_bytes"), 0);
  // What is compiled is what is kept by the cache: other text, other kernel.
  const std::string text = family_.Source(problem, Small(), "sm_80").text;
  problem.mask_expression = "document[q] != document[kv]";
  EXPECT_NE(family_.Source(problem, Small(), "sm_80").text, text);
}

TEST_F(PortableForwardFamilyTest, ErrorsOfAPlanPointIntoTheExpression) {
  const TuningCache cache({});
  const auto error_of = [&](const Problem& problem) {
    const absl::Status status =
        Attention::Plan(problem, {.device = device_.get(), .cache = &cache}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  };
  Problem problem = SmallProblem();
  problem.score_expression = "score + bais[h]";
  problem.buffers = {{.name = "bias", .extent = 4}};
  std::string error = error_of(problem);
  EXPECT_TRUE(absl::StrContains(error, "score_modifier(1)")) << error;
  // The compiler shows the line, and marks the column under it.
  EXPECT_TRUE(absl::StrContains(error, "\"bais\" is undefined")) << error;
  EXPECT_TRUE(absl::StrContains(error, "score + bais[h]\n")) << error;
  EXPECT_TRUE(absl::StrContains(error, "        ^")) << error;
  problem.score_expression = "";
  problem.mask_expression = "kv <";
  error = error_of(problem);
  EXPECT_TRUE(absl::StrContains(error, "mask(")) << error;
}

TEST_F(PortableForwardFamilyTest, SourceNamesTraitsAndConfiguration) {
  const KernelSource source = family_.Source(SmallProblem(), Small(), "sm_120");
  EXPECT_EQ(source.architecture, "sm_120a");
  EXPECT_EQ(source.text, "#include \"attention/cuda/portable/forward.cuh\"\n");
  EXPECT_TRUE(absl::StrContains(source.name_expression, ".qk_dim = 16")) << source.name_expression;
  EXPECT_TRUE(absl::StrContains(source.name_expression, ".block_m = 64")) << source.name_expression;
}

}  // namespace
}  // namespace attune
