// Spaces, models and refusals of the families of ternary products, without a compiler or a GPU.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "attention/cuda/testing/architectures.h"
#include "attention/ternary/cuda/cuda_ternary_families.h"
#include "attention/ternary/cuda/large_batch_model.h"
#include "attention/ternary/cuda/small_batch_model.h"
#include "attention/ternary/cuda/variant_sample.h"
#include "operators/testing/configuration_draw.h"

namespace attune {
namespace {

DeviceInfo DeviceOf(absl::string_view architecture) {
  for (const DeviceInfo& device : TestedArchitectures()) {
    if (device.architecture == architecture) return device;
  }
  ADD_FAILURE() << architecture;
  return {};
}

TernaryMatmulProblem ProblemOf(int64_t batch, int64_t rows, int64_t columns) {
  return {.batch = batch,
          .weights = {.rows = rows, .columns = columns},
          .activation = Activation::kBfloat16,
          .output = Dtype::kBfloat16};
}

// The name of the first family that supports `problem`.
std::string Chosen(const TernaryMatmulProblem& problem, const DeviceInfo& device) {
  for (const TernaryMatmulFamily* family : CudaTernaryFamilies().families) {
    if (family->Supports(problem, device).ok()) return std::string(family->name());
  }
  return "none";
}

std::string Refusal(const CudaTernaryFamily& family, const TernaryMatmulProblem& problem,
                    const DeviceInfo& device) {
  const absl::Status status = family.Supports(problem, device);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented) << status;
  return std::string(status.message());
}

TEST(TernaryFamiliesTest, SpacesAreDocumentedAndTheFamiliesOwn) {
  for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
    EXPECT_EQ(family->space().kernel(), family->name());
    EXPECT_EQ(family->fingerprint().size(), 32u);
    for (const Parameter& parameter : family->space().parameters()) {
      EXPECT_FALSE(parameter.doc.empty()) << parameter.name;
    }
    for (const Constraint& constraint : family->space().constraints()) {
      EXPECT_FALSE(constraint.doc.empty()) << constraint.name;
    }
  }
}

TEST(TernaryFamiliesTest, AdmittedVariantsFitTheirDevices) {
  const uint64_t seed = TestSeed();
  SCOPED_TRACE(testing::Message() << "ATTUNE_TEST_SEED=" << seed);
  int admitted = 0;
  for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
    for (const DeviceInfo& device : TestedArchitectures()) {
      for (uint64_t number = 0; number < 10; ++number) {
        const TernaryMatmulProblem problem = RandomTernaryProblem(*family, seed * 100 + number);
        if (!Computes(*family, problem, device)) continue;
        const auto variant = DrawConfiguration(*family, problem, device, seed + number);
        ASSERT_TRUE(variant.has_value()) << problem.ToString();
        ++admitted;
        EXPECT_LE(family->DynamicSharedBytes(problem, *variant),
                  device.Attribute("shared_bytes_per_block"));
      }
    }
  }
  EXPECT_EQ(admitted, 10 * 7);  // six architectures, and sm_90 once more
}

TEST(TernaryFamiliesTest, DefaultsAreAdmittedForCommonShapesOnHopper) {
  for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
    for (const int64_t batch : {1, 8, 128, 4096}) {
      for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
        TernaryMatmulProblem problem = ProblemOf(batch, 4096, 14336);
        problem.activation = activation;
        EXPECT_TRUE(DefaultConfiguration(*family, problem, DeviceOf("sm_90")).has_value() ||
                    batch < 128)
            << family->name() << " " << problem.ToString();
      }
    }
  }
}

TEST(TernaryFamiliesTest, WhatRunsUntunedInLargeBatchesIsAdmitted) {
  const CudaTernaryFamily& family = *TernaryFamiliesUnderTest()[1];
  const DeviceInfo hopper = DeviceOf("sm_90");
  for (const int64_t batch : {17, 33, 64, 65, 100, 512, 513, 4096}) {
    for (const int64_t group : {0, 32, 64, 128}) {
      for (const int64_t columns : {4096, 14336}) {
        for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
          TernaryMatmulProblem problem = ProblemOf(batch, 4096, columns);
          problem.activation = activation;
          problem.weights.group = group;
          EXPECT_TRUE(DefaultConfiguration(family, problem, hopper).has_value())
              << problem.ToString();
        }
      }
    }
  }
}

TEST(TernaryFamiliesTest, BatchAndArchitectureDecideTheFamily) {
  EXPECT_EQ(Chosen(ProblemOf(8, 4096, 4096), DeviceOf("sm_90")), "ternary_small_batch");
  EXPECT_EQ(Chosen(ProblemOf(4096, 4096, 4096), DeviceOf("sm_90")), "ternary_large_batch");
  EXPECT_EQ(Chosen(ProblemOf(4096, 4096, 4096), DeviceOf("sm_80")), "ternary_small_batch");
  EXPECT_EQ(Chosen(ProblemOf(4096, 4096, 4096), DeviceOf("sm_100")), "ternary_small_batch");
  // Rows that the copy engine cannot take.
  EXPECT_EQ(Chosen(ProblemOf(4096, 4096, 4095), DeviceOf("sm_90")), "ternary_small_batch");
  // Too few tiles for a GPU of 132 multiprocessors.
  EXPECT_EQ(Chosen(ProblemOf(128, 1024, 4096), DeviceOf("sm_90")), "ternary_small_batch");
}

TEST(TernaryFamiliesTest, RefusalsSayWhatIsWrongAndWhatToDo) {
  const CudaTernaryFamily& small = *TernaryFamiliesUnderTest()[0];
  const CudaTernaryFamily& large = *TernaryFamiliesUnderTest()[1];
  const DeviceInfo hopper = DeviceOf("sm_90");
  TernaryMatmulProblem problem = ProblemOf(4096, 4096, 4096);
  problem.activation = Activation::kFloat32;
  EXPECT_TRUE(absl::StrContains(Refusal(small, problem, hopper), "convert the activations"));
  problem.activation = Activation::kInt8;
  problem.weights.columns = 262144;
  EXPECT_TRUE(absl::StrContains(Refusal(small, problem, hopper), "262143 columns"));
  problem.weights.group = 128;
  EXPECT_TRUE(small.Supports(problem, hopper).ok());
  EXPECT_TRUE(absl::StrContains(Refusal(large, ProblemOf(64, 64, 4100), hopper), "TMA"));
  EXPECT_TRUE(absl::StrContains(Refusal(large, ProblemOf(16, 4096, 4096), hopper), "16 batch"));
  EXPECT_TRUE(absl::StrContains(Refusal(large, ProblemOf(16, 64, 64), DeviceOf("sm_89")), "9.0"));
  EXPECT_TRUE(absl::StrContains(Refusal(small, problem, {.id = "cpu"}), "NVIDIA GPUs"));
}

TEST(TernaryFamiliesTest, SmallBatchWorkspaceHoldsCountersAndSumsOfSplitColumnsOnly) {
  const TernaryMatmulProblem problem = ProblemOf(9, 4096, 4096);
  ternary_cuda::SmallBatchConfiguration configuration;
  configuration.cluster = 0;
  configuration.split = 1;
  EXPECT_EQ(SmallBatchLaunchOf(problem, configuration).workspace_bytes, 0);
  configuration.split = 4;
  const auto launch = SmallBatchLaunchOf(problem, configuration);
  configuration.cluster = 1;
  EXPECT_EQ(SmallBatchLaunchOf(problem, configuration).workspace_bytes, 0);
  EXPECT_EQ(launch.row_blocks, 32);
  EXPECT_EQ(launch.batch_blocks, 2);
  EXPECT_EQ(launch.counter_bytes, 32 * 2 * 4);
  EXPECT_EQ(launch.partials_offset, 256);
  EXPECT_EQ(launch.workspace_bytes, 256 + 32 * 2 * 4 * 8 * (128 + 4) * 4);
}

TEST(TernaryFamiliesTest, LargeBatchTilesCoverTheOutput) {
  const auto p = ternary_cuda::LargeBatchParametersOf(
      ProblemOf(300, 1000, 128), {.consumers = 2, .row_tiles = 2, .block_batch = 96});
  EXPECT_EQ(p.row_blocks, 4);
  EXPECT_EQ(p.batch_blocks, 4);
  EXPECT_EQ(p.row_chunks, 32);
  EXPECT_EQ(p.column_chunks, 2);
}

TEST(TernaryFamiliesTest, LargeBatchTilesFillClusters) {
  const auto p = ternary_cuda::LargeBatchParametersOf(
      ProblemOf(300, 960, 128), {.consumers = 1, .row_tiles = 1, .block_batch = 96, .cluster = 2});
  EXPECT_EQ(p.row_blocks, 16);  // 15 that have rows
  EXPECT_EQ(p.batch_blocks, 4);
}

}  // namespace
}  // namespace attune
