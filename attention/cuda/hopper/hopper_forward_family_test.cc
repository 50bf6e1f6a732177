#include "attention/cuda/hopper/hopper_forward_family.h"

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/testing/architectures.h"
#include "attention/cuda/testing/fake_device_test.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"
#include "operators/changed_configuration.h"

namespace attune {
namespace {

// What the last launch was given, read while it was there.
hopper::ForwardArguments& last_arguments() {
  static auto* const arguments = new hopper::ForwardArguments;
  return *arguments;
}

CUresult RecordArguments(const CUlaunchConfig* config, CUfunction, void** arguments, void**) {
  fake_driver_state().launches.push_back({.config = *config, .arguments = {}});
  std::memcpy(&last_arguments(), arguments[0], sizeof(hopper::ForwardArguments));
  return CUDA_SUCCESS;
}

Driver MakeDriver() {
  Driver driver = MakeFakeDriver();
  driver.LaunchKernelEx = RecordArguments;
  return driver;
}

// Where the fake driver writes a map's address.
const void* AddressOf(const ptx::TensorMap& map) {
  return reinterpret_cast<const void*>(map.opaque[6]);
}

class HopperForwardFamilyTest : public FakeDeviceTest {
 protected:
  HopperForwardFamilyTest() : FakeDeviceTest(MakeDriver()) {}

  static Problem SmallProblem() {
    return {.dtype = Dtype::kBfloat16,
            .batch = 2,
            .q_heads = 4,
            .kv_heads = 2,
            .q_len = 300,
            .kv_len = 200,
            .qk_dim = 16,
            .v_dim = 32,
            .mask = Mask::Causal()};
  }

  // Small, so that it compiles in little time.
  static Configuration Small() {
    return *Configuration::Parse(
        "block_m=64,block_n=64,q_stages=2,k_stages=2,v_stages=2,q_register_columns=0,"
        "probabilities=0,overlap=1,turns=0,rescale=1,row_maximum=0,polynomial_exp2=0,scheduler=1,"
        "order=1,store=0,narrow_first=0,narrow_values=0,narrow_last=0,join_tiles=0,"
        "blocks_per_sm=2,producer_registers=0,cluster=1,position_product=0,pack_heads=0,"
        "section_mib=0");
  }

  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem) {
    return family_.Prepare(problem, Small(), *device_);
  }

  const HopperForwardFamily family_;
};

TEST_F(HopperForwardFamilyTest, RunIsOneLaunchAndNothingElse) {
  const auto kernel = Prepare(SmallProblem());
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_EQ((*kernel)->workspace_bytes(), 8);
  const auto allocated = fake_driver_state().allocated_bytes();
  const ForwardTensors tensors{.query = memory_ + 16,
                               .key = memory_ + 32,
                               .value = memory_ + 48,
                               .out = memory_ + 64,
                               .log_sum_exp = reinterpret_cast<float*>(memory_ + 84)};
  ASSERT_TRUE((*kernel)->Run(tensors, memory_ + 512, *stream_).ok());
  ASSERT_EQ(fake_driver_state().launches.size(), 1u);
  const CUlaunchConfig& config = fake_driver_state().launches[0].config;
  EXPECT_EQ(config.gridDimX, 5u * 8u);  // query blocks, times batch and heads: fewer than fit
  EXPECT_EQ(config.blockDimX, 256u);
  EXPECT_EQ(config.sharedMemBytes, family_.DynamicSharedBytes(SmallProblem(), Small()));
  EXPECT_EQ(config.hStream, stream_->native_handle());
  EXPECT_EQ(AddressOf(last_arguments().query), memory_ + 16);
  EXPECT_EQ(AddressOf(last_arguments().key), memory_ + 32);
  EXPECT_EQ(AddressOf(last_arguments().value), memory_ + 48);
  EXPECT_EQ(AddressOf(last_arguments().out), memory_ + 64);
  EXPECT_EQ(last_arguments().out_base, memory_ + 64);
  EXPECT_EQ(static_cast<const void*>(last_arguments().log_sum_exp), memory_ + 84);
  EXPECT_EQ(static_cast<void*>(last_arguments().counters), memory_ + 512);
  EXPECT_EQ(last_arguments().tiles, 40);
  EXPECT_EQ(fake_driver_state().allocated_bytes(), allocated);
}

TEST_F(HopperForwardFamilyTest, PackedHeadsAreFewerTilesOfAnotherKernel) {
  const Configuration packed = Changed(Small(), {{"pack_heads", 1}});
  EXPECT_NE(family_.Source(SmallProblem(), packed, "sm_90").name_expression,
            family_.Source(SmallProblem(), Small(), "sm_90").name_expression);
  Problem problem = SmallProblem();
  problem.q_len = 20;  // two heads' rows fit a tile of 64
  const auto kernel = family_.Prepare(problem, packed, *device_);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const ForwardTensors tensors{
      .query = memory_, .key = memory_ + 16, .value = memory_ + 32, .out = memory_ + 48};
  ASSERT_TRUE((*kernel)->Run(tensors, memory_ + 512, *stream_).ok());
  ASSERT_EQ(fake_driver_state().launches.size(), 1u);
  EXPECT_EQ(fake_driver_state().launches[0].config.gridDimX, 2u * 2u);
  EXPECT_EQ(last_arguments().tiles, 4);
}

TEST_F(HopperForwardFamilyTest, FeaturesAddressesComeWithTheTensors) {
  Problem problem = SmallProblem();
  problem.packed = Packed{.total_q_len = 400, .total_kv_len = 300};
  problem.alibi = true;
  problem.score_expression = "score + bias[h]";
  problem.mask_expression = "document[q] == document[kv]";
  problem.buffers = {{.name = "bias", .extent = 4},
                     {.name = "document", .element = BufferElement::kInt32, .extent = 300}};
  const Configuration from_registers = Changed(Small(), {{"q_stages", 1}, {"store", 1}});
  const auto kernel = family_.Prepare(problem, from_registers, *device_);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const auto* const slopes = reinterpret_cast<const float*>(memory_ + 128);
  const auto* const queries = reinterpret_cast<const int32_t*>(memory_ + 144);
  const auto* const keys = reinterpret_cast<const int32_t*>(memory_ + 160);
  const ForwardTensors tensors{.query = memory_,
                               .key = memory_ + 16,
                               .value = memory_ + 32,
                               .alibi_slopes = slopes,
                               .cumulative_query_lengths = queries,
                               .cumulative_key_lengths = keys,
                               .buffers = {memory_ + 200, memory_ + 300},
                               .out = memory_ + 48};
  ASSERT_TRUE((*kernel)->Run(tensors, memory_ + 512, *stream_).ok());
  ASSERT_EQ(fake_driver_state().launches.size(), 1u);
  // Whole blocks of 64 among 400 rows, and one more for each of two sequences, for 4 heads.
  EXPECT_EQ(fake_driver_state().launches[0].config.gridDimX, 4u * (6 + 2));
  EXPECT_EQ(last_arguments().alibi_slopes, slopes);
  EXPECT_EQ(last_arguments().cumulative_query_lengths, queries);
  EXPECT_EQ(last_arguments().cumulative_key_lengths, keys);
  EXPECT_EQ(last_arguments().buffers[0], memory_ + 200);
  EXPECT_EQ(last_arguments().buffers[1], memory_ + 300);
}

TEST_F(HopperForwardFamilyTest, AnExpressionThatDoesNotCompileIsPointedAt) {
  Problem problem = SmallProblem();
  problem.score_expression = "score + nothing";
  const absl::Status status = Prepare(problem).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "score_modifier(1)")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "\"nothing\" is undefined")) << status;
}

TEST_F(HopperForwardFamilyTest, WorkspaceIsZeroedOnceAhead) {
  const auto kernel = Prepare(SmallProblem());
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  std::memset(memory_, 0xff, sizeof(memory_));
  ASSERT_TRUE((*kernel)->PrepareWorkspace(memory_, *device_).ok());
  for (int i = 0; i < 8; ++i) EXPECT_EQ(memory_[i], 0) << i;
  EXPECT_NE(memory_[8], 0);
}

TEST_F(HopperForwardFamilyTest, NoQueriesAreNoLaunchAndNoKeysAreOne) {
  Problem problem = SmallProblem();
  problem.q_len = 0;
  auto kernel = Prepare(problem);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  EXPECT_TRUE((*kernel)->Run(ForwardTensors{}, nullptr, *stream_).ok());
  EXPECT_TRUE(fake_driver_state().launches.empty());

  problem = SmallProblem();
  problem.kv_len = 0;
  kernel = Prepare(problem);
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const ForwardTensors tensors{.query = memory_, .out = memory_ + 16};
  EXPECT_TRUE((*kernel)->Run(tensors, memory_ + 512, *stream_).ok());
  EXPECT_EQ(fake_driver_state().launches.size(), 1u);
}

TEST_F(HopperForwardFamilyTest, AddressesThatTheCopyEngineCannotReadAreRefused) {
  const auto kernel = Prepare(SmallProblem());
  ASSERT_TRUE(kernel.ok()) << kernel.status();
  const ForwardTensors tensors{
      .query = memory_, .key = memory_ + 8, .value = memory_ + 32, .out = memory_ + 48};
  const absl::Status status = (*kernel)->Run(tensors, memory_ + 512, *stream_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "that of key is 8 beyond")) << status;
  EXPECT_EQ((*kernel)->Run(BackwardTensors{}, nullptr, *stream_).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(HopperForwardFamilyTest, VariantsThatPtxasSlowsDownAreRefused) {
  Problem problem = SmallProblem();
  problem.qk_dim = problem.v_dim = 128;
  // 136 registers of accumulators out of 160.
  const Configuration slow =
      Changed(Small(), {{"block_m", 192}, {"block_n", 96}, {"turns", 1}, {"blocks_per_sm", 1}});
  const absl::Status status = family_.Prepare(problem, slow, *device_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "wgmma.mma_async instructions are serialized"))
      << status;
}

TEST_F(HopperForwardFamilyTest, SectionsAreTheLaunchsMatterAlone) {
  const KernelSource all = family_.Source(SmallProblem(), Small(), "sm_90");
  const KernelSource some =
      family_.Source(SmallProblem(), Changed(Small(), {{"section_mib", 16}}), "sm_90");
  EXPECT_EQ(all.architecture, "sm_90a");
  EXPECT_EQ(all.text, "#include \"attention/cuda/hopper/forward_kernel.cuh\"\n");
  EXPECT_EQ(all.text, some.text);
  EXPECT_EQ(all.name_expression, some.name_expression);
}

TEST_F(HopperForwardFamilyTest, OtherArchitecturesAreRefusedWithAReason) {
  for (const DeviceInfo& device : TestedArchitectures()) {
    const absl::Status status = family_.Supports(SmallProblem(), device);
    if (device.architecture == "sm_90") {
      EXPECT_TRUE(status.ok()) << status;
      continue;
    }
    EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), device.model)) << status;
  }
}

TEST_F(HopperForwardFamilyTest, ConfigurationsWithoutAVariantAreRefused) {
  const auto other =
      family_.Prepare(SmallProblem(), *Configuration::Parse("query_tile=56"), *device_);
  EXPECT_EQ(other.status().code(), absl::StatusCode::kInvalidArgument) << other.status();
  const Configuration contradiction = Changed(Small(), {{"turns", 1}});
  const auto invalid = family_.Prepare(SmallProblem(), contradiction, *device_);
  EXPECT_EQ(invalid.status().code(), absl::StatusCode::kInvalidArgument) << invalid.status();
  EXPECT_TRUE(absl::StrContains(invalid.status().message(), "contradict")) << invalid.status();
}

}  // namespace
}  // namespace attune
