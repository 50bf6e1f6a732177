// Ternary products on a GPU, against the fp64 reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "attention/ternary/cuda/packed_weights.h"
#include "attention/ternary/cuda/variant_sample.h"
#include "attention/ternary/matmul_families.h"
#include "attention/ternary/ternary_matmul.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "base/status_macros.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/graph.h"
#include "numerics/random.h"
#include "operators/cuda/kernel_store.h"
#include "operators/family_choice.h"
#include "operators/family_configuration.h"
#include "operators/testing/configuration_draw.h"
#include "testing/gpu/gpu.h"

namespace attune {
namespace {

constexpr int kVariants = 20;  // of each family
constexpr int64_t kSamples = 5000;
constexpr uint8_t kPoison = 0xff;  // NaN in every dtype of outputs
constexpr int64_t kGuardBytes = 1024;

absl::StatusOr<Buffer> Upload(Device& device, const void* data, int64_t bytes) {
  ATTUNE_ASSIGN_OR_RETURN(Buffer buffer, device.Allocate(bytes));
  if (bytes > 0) ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(buffer.data(), data, bytes));
  return buffer;
}

// A product's tensors in device memory, output and workspace poisoned, guards around the output.
struct Mirror {
  Buffer activations, scales, bias, weights, workspace, out;
  int64_t out_bytes = 0;

  TernaryMatmulTensors tensors() const {
    return {.activations = activations.data(),
            .activation_scales = static_cast<const float*>(scales.data()),
            .weights = weights.data(),
            .bias = static_cast<const float*>(bias.data()),
            .out = static_cast<uint8_t*>(out.data()) + kGuardBytes};
  }
};

absl::StatusOr<Mirror> MakeMirror(const MatmulInputs& inputs, const TernaryMatmulKernel& kernel,
                                  absl::Span<const uint8_t> packed, Device& device) {
  const TernaryMatmulProblem& problem = inputs.problem;
  Mirror mirror;
  mirror.out_bytes = problem.batch * problem.weights.rows * DtypeBytes(problem.output);
  ATTUNE_ASSIGN_OR_RETURN(
      mirror.activations,
      Upload(device, inputs.activations.data(), static_cast<int64_t>(inputs.activations.size())));
  ATTUNE_ASSIGN_OR_RETURN(mirror.scales,
                          Upload(device, inputs.activation_scales.data(),
                                 static_cast<int64_t>(inputs.activation_scales.size() * 4)));
  ATTUNE_ASSIGN_OR_RETURN(mirror.bias, Upload(device, inputs.bias.data(),
                                              static_cast<int64_t>(inputs.bias.size() * 4)));
  ATTUNE_ASSIGN_OR_RETURN(mirror.weights,
                          Upload(device, packed.data(), static_cast<int64_t>(packed.size())));
  ATTUNE_ASSIGN_OR_RETURN(mirror.workspace, device.Allocate(kernel.workspace_bytes()));
  ATTUNE_ASSIGN_OR_RETURN(mirror.out, device.Allocate(mirror.out_bytes + 2 * kGuardBytes));
  if (mirror.workspace.bytes() > 0) {
    ATTUNE_RETURN_IF_ERROR(device.Fill(mirror.workspace.data(), kPoison, mirror.workspace.bytes()));
    ATTUNE_RETURN_IF_ERROR(kernel.PrepareWorkspace(mirror.workspace.data(), device));
  }
  ATTUNE_RETURN_IF_ERROR(device.Fill(mirror.out.data(), kPoison, mirror.out.bytes()));
  return mirror;
}

// The output; DataLoss if anything around it was written.
absl::StatusOr<std::vector<uint8_t>> Download(const Mirror& mirror, Device& device) {
  std::vector<uint8_t> all(mirror.out.bytes());
  ATTUNE_RETURN_IF_ERROR(device.CopyToHost(all.data(), mirror.out.data(), mirror.out.bytes()));
  const auto touched = [](uint8_t byte) { return byte != kPoison; };
  if (std::any_of(all.begin(), all.begin() + kGuardBytes, touched) ||
      std::any_of(all.end() - kGuardBytes, all.end(), touched)) {
    return absl::DataLossError("the output's surroundings were written");
  }
  return std::vector<uint8_t>(all.begin() + kGuardBytes, all.end() - kGuardBytes);
}

std::vector<uint8_t> Packed(const MatmulInputs& inputs, const TernaryMatmulKernel& kernel) {
  std::vector<uint8_t> packed(kernel.weight_layout().bytes);
  kernel.PackWeights(inputs.weights, absl::MakeSpan(packed));
  return packed;
}

// The output of `runs` runs in a row, of which the second and later find the workspace as the one
// before has left it.
absl::StatusOr<std::vector<uint8_t>> RunKernel(const MatmulInputs& inputs,
                                               const TernaryMatmulKernel& kernel,
                                               absl::Span<const uint8_t> packed, int runs = 2) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const Mirror mirror, MakeMirror(inputs, kernel, packed, *device));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, device->CreateStream());
  for (int i = 0; i < runs; ++i) {
    ATTUNE_RETURN_IF_ERROR(kernel.Run(mirror.tensors(), mirror.workspace.data(), *stream));
  }
  ATTUNE_RETURN_IF_ERROR(stream->Synchronize());
  return Download(mirror, *device);
}

absl::Status RunAndCheck(const CudaTernaryFamily& family, const TernaryMatmulProblem& problem,
                         const Configuration& configuration, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const auto kernel, family.Prepare(problem, configuration, *device));
  const MatmulInputs inputs = DrawMatmulInputs(problem, seed);
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<uint8_t> out,
                          RunKernel(inputs, *kernel, Packed(inputs, *kernel)));
  return CheckMatmul(problem, ExpectMatmul(inputs, kSamples, seed), out.data());
}

struct Variant {
  const CudaTernaryFamily* family;
  TernaryMatmulProblem problem;
  Configuration configuration;
  uint64_t seed;
};

std::vector<Variant> SampleVariants(const DeviceInfo& device, uint64_t seed) {
  std::vector<Variant> variants;
  for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
    for (uint64_t number = 0; number < kVariants; ++number) {
      const uint64_t own = seed * 1000 + number;
      const TernaryMatmulProblem problem = RandomTernaryProblem(*family, own);
      if (!Computes(*family, problem, device)) continue;
      const auto configuration = DrawConfiguration(*family, problem, device, own);
      if (configuration.has_value()) variants.push_back({family, problem, *configuration, own});
    }
  }
  return variants;
}

// Fills the kernel cache side by side, as the kernels are then loaded one by one.
void CompileAhead(const std::vector<Variant>& variants, const DeviceInfo& device) {
  const auto cache = SharedKernelCache();
  ASSERT_TRUE(cache.ok()) << cache.status();
  std::vector<KernelSource> sources;
  for (const Variant& variant : variants) {
    sources.push_back(
        variant.family->Source(variant.problem, variant.configuration, device.architecture));
  }
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  for (const auto& image : (*cache)->GetAll(sources, threads)) {
    EXPECT_TRUE(image.ok()) << image.status();
  }
}

TEST(TernaryGpuTest, RandomVariantsMatchTheReferenceOnRandomProblems) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const uint64_t seed = TestSeed();
  std::cout << "ATTUNE_TEST_SEED=" << seed << std::endl;
  const std::vector<Variant> variants = SampleVariants((*device)->info(), seed);
  ASSERT_GE(variants.size(), static_cast<size_t>(kVariants));
  CompileAhead(variants, (*device)->info());
  int failures = 0;
  for (const Variant& variant : variants) {
    const absl::Status status =
        RunAndCheck(*variant.family, variant.problem, variant.configuration, variant.seed);
    if (status.ok()) continue;
    ADD_FAILURE() << variant.family->name() << " " << variant.configuration.ToString() << " for "
                  << variant.problem.ToString() << " seed " << variant.seed << ": " << status;
    // A broken kernel fails everywhere; a few examples tell as much as all.
    if (++failures == 5) return;
  }
}

TEST(TernaryGpuTest, CommonShapesMatchTheReference) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  std::vector<Variant> variants;
  for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
    for (const int64_t batch : {1, 7, 8, 1024}) {
      const TernaryMatmulProblem problem{
          .batch = batch,
          .weights = {.rows = 4096, .columns = 14336, .group = batch == 7 ? 128 : 0},
          .activation = activation,
          .output = Dtype::kBfloat16,
          .bias = true};
      for (const CudaTernaryFamily* family : TernaryFamiliesUnderTest()) {
        if (!family->Supports(problem, (*device)->info()).ok()) continue;
        const auto configuration = DefaultConfiguration(*family, problem, (*device)->info());
        ASSERT_TRUE(configuration.has_value()) << problem.ToString();
        variants.push_back({family, problem, *configuration, 1});
      }
    }
  }
  CompileAhead(variants, (*device)->info());
  for (const Variant& v : variants) {
    EXPECT_EQ(RunAndCheck(*v.family, v.problem, v.configuration, v.seed), absl::OkStatus())
        << v.family->name() << " " << v.problem.ToString();
  }
}

// Configurations that random ones seldom are: a group's sums in three or four parts.
TEST(TernaryGpuTest, GroupsInManyPartsMatchTheReference) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  const CudaTernaryFamily& family = *TernaryFamiliesUnderTest()[1];
  std::vector<Variant> variants;
  for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
    for (const int64_t group : {32, 64, 128}) {
      const TernaryMatmulProblem problem{
          .batch = 300,
          .weights = {.rows = 212, .columns = 336 + 5 * group, .group = group},
          .activation = activation,
          .bias = true};
      if (!Computes(family, problem, (*device)->info())) GTEST_SKIP() << family.name();
      for (const auto& [block_batch, prefetch] : {std::pair{192, 1}, {192, 2}, {256, 2}}) {
        const Configuration configuration({{"consumers", 2},
                                           {"row_tiles", 1},
                                           {"block_batch", block_batch},
                                           {"stages", 3},
                                           {"prefetch", prefetch},
                                           {"cluster", 1}});
        if (!CheckAdmitted(family, problem, (*device)->info(), configuration).ok()) continue;
        variants.push_back({&family, problem, configuration, 7});
      }
    }
  }
  ASSERT_GE(variants.size(), 8u);
  CompileAhead(variants, (*device)->info());
  for (const Variant& v : variants) {
    EXPECT_EQ(RunAndCheck(*v.family, v.problem, v.configuration, v.seed), absl::OkStatus())
        << v.configuration.ToString() << " " << v.problem.ToString();
  }
}

// A small problem of which every output is checked, and a kernel for it.
class PlantedBugTest : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const auto device = SharedGpu();
    ASSERT_TRUE(device.ok()) << device.status();
    const CudaTernaryFamily& family = *TernaryFamiliesUnderTest()[GetParam()];
    if (!Computes(family, inputs_.problem, (*device)->info())) {
      GTEST_SKIP() << family.name() << " does not run on " << (*device)->info().model;
    }
    const auto configuration =
        DrawConfiguration(family, inputs_.problem, (*device)->info(), TestSeed());
    ASSERT_TRUE(configuration.has_value());
    auto kernel = family.Prepare(inputs_.problem, *configuration, **device);
    ASSERT_TRUE(kernel.ok()) << kernel.status();
    kernel_ = *std::move(kernel);
    packed_ = Packed(inputs_, *kernel_);
    ASSERT_EQ(Check(), absl::OkStatus());
  }

  absl::Status Check() const {
    ATTUNE_ASSIGN_OR_RETURN(const std::vector<uint8_t> out, RunKernel(inputs_, *kernel_, packed_));
    return CheckMatmul(inputs_.problem, ExpectMatmul(drawn_, 1 << 20, 1), out.data());
  }

  const MatmulInputs drawn_ =
      DrawMatmulInputs({.batch = 24,
                        .weights = {.rows = 96, .columns = 192, .group = 64},
                        .activation = Activation::kBfloat16,
                        .bias = true},
                       TestSeed());
  MatmulInputs inputs_ = drawn_;  // what runs
  std::unique_ptr<TernaryMatmulKernel> kernel_;
  std::vector<uint8_t> packed_;
};

TEST_P(PlantedBugTest, OneWrongWeightIsSeen) {
  packed_[100] ^= 1;
  EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss);
}

TEST_P(PlantedBugTest, SwappedChunksAreSeen) {
  std::swap_ranges(packed_.begin(), packed_.begin() + 512, packed_.begin() + 512);
  EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss);
}

TEST_P(PlantedBugTest, OneWrongScaleIsSeen) {
  float scale = 0;
  uint8_t* const at = packed_.data() + CudaScalesOffset(inputs_.problem.weights) + 40;
  std::memcpy(&scale, at, sizeof(scale));
  scale *= 1.001f;
  std::memcpy(at, &scale, sizeof(scale));
  EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss);
}

TEST_P(PlantedBugTest, SwappedActivationsAreSeen) {
  std::swap_ranges(inputs_.activations.begin(), inputs_.activations.begin() + 2,
                   inputs_.activations.begin() + 2);
  EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss);
}

TEST_P(PlantedBugTest, MissingBiasIsSeen) {
  std::fill(inputs_.bias.begin(), inputs_.bias.end(), 0.0f);
  EXPECT_EQ(Check().code(), absl::StatusCode::kDataLoss);
}

TEST_P(PlantedBugTest, UnwrittenOutputIsSeen) {
  const auto out = RunKernel(inputs_, *kernel_, packed_, /*runs=*/0);
  ASSERT_TRUE(out.ok()) << out.status();
  EXPECT_EQ(CheckMatmul(inputs_.problem, ExpectMatmul(inputs_, 1 << 20, 1), out->data()).code(),
            absl::StatusCode::kDataLoss);
}

INSTANTIATE_TEST_SUITE_P(Families, PlantedBugTest, testing::Values(0, 1));

// Plans of a chain of square layers, each reading what the first product of the one before writes,
// with siblings behind that one which share its activations: what goes wrong if a launch that
// overlaps those before it does not wait where it must, or ends before them.
class OverlappingLaunchesTest : public testing::TestWithParam<int64_t> {
 protected:
  static constexpr int64_t kSize = 512;
  static constexpr int kLayers = 24;
  static constexpr int kSiblings = 3;

  void SetUp() override {
    const auto gpu = SharedGpu();
    ASSERT_TRUE(gpu.ok()) << gpu.status();
    gpu_ = *gpu;
    if (GetParam() != 0 && gpu_->info().Attribute("compute_capability") < 90) {
      GTEST_SKIP() << gpu_->info().model << " has no clusters";
    }
    TernaryMatmulOptions options;
    options.device = gpu_;
    // Split in both ways in which blocks add up.
    options.configuration = Configuration({{"row_chunks", 1},
                                           {"warps", 2},
                                           {"stages", 1},
                                           {"split", 2},
                                           {"cluster", GetParam()},
                                           {"batch_tiles", 1},
                                           {"blocks_per_sm", 1}});
    auto plan = TernaryMatmul::Plan(problem_, options);
    ASSERT_TRUE(plan.ok()) << plan.status();
    plan_.emplace(*std::move(plan));
    const MatmulInputs inputs = DrawMatmulInputs(problem_, 1);
    weights_ = plan_->PackWeights(inputs.weights).value();
    bytes_ = static_cast<int64_t>(inputs.activations.size());
    for (int i = 0; i <= kLayers; ++i) layers_.push_back(gpu_->Allocate(bytes_).value());
    for (int i = 0; i < kSiblings; ++i) siblings_.push_back(gpu_->Allocate(bytes_).value());
    ASSERT_TRUE(gpu_->CopyToDevice(layers_[0].data(), inputs.activations.data(), bytes_).ok());
  }

  // All layers; `wait`: for each launch.
  absl::Status Run(Stream& on, bool wait) const {
    for (int i = 0; i < kLayers; ++i) {
      for (int sibling = -1; sibling < kSiblings; ++sibling) {
        const Buffer& out = sibling < 0 ? layers_[i + 1] : siblings_[sibling];
        ATTUNE_RETURN_IF_ERROR(plan_->Run({.activations = layers_[i].data(),
                                           .weights = weights_.data(),
                                           .out = out.data(),
                                           .shares_activations = sibling >= 0},
                                          on));
        if (wait) ATTUNE_RETURN_IF_ERROR(on.Synchronize());
      }
    }
    return absl::OkStatus();
  }

  // The last layer's outputs. Poisons all.
  std::vector<std::vector<uint8_t>> TakeOutputs() {
    std::vector<std::vector<uint8_t>> outputs;
    const auto take = [&](const Buffer& buffer) {
      outputs.emplace_back(bytes_);
      EXPECT_TRUE(gpu_->CopyToHost(outputs.back().data(), buffer.data(), bytes_).ok());
    };
    take(layers_[kLayers]);
    for (const Buffer& sibling : siblings_) {
      take(sibling);
      EXPECT_TRUE(gpu_->Fill(sibling.data(), kPoison, bytes_).ok());
    }
    for (int i = 1; i <= kLayers; ++i) {
      EXPECT_TRUE(gpu_->Fill(layers_[i].data(), kPoison, bytes_).ok());
    }
    return outputs;
  }

  const TernaryMatmulProblem problem_ = {.batch = 3,
                                         .weights = {.rows = kSize, .columns = kSize},
                                         .activation = Activation::kBfloat16,
                                         .output = Dtype::kBfloat16};
  Device* gpu_ = nullptr;
  std::optional<TernaryMatmulPlan> plan_;
  Buffer weights_;
  int64_t bytes_ = 0;
  std::vector<Buffer> layers_, siblings_;
};

TEST_P(OverlappingLaunchesTest, GiveWhatWaitingGives) {
  const auto cuda = AsCudaDevice(*gpu_);
  ASSERT_TRUE(cuda.ok()) << cuda.status();
  auto stream = CudaStream::Create((*cuda)->context()).value();
  (void)TakeOutputs();
  ASSERT_EQ(Run(*stream, true), absl::OkStatus());
  const auto expected = TakeOutputs();
  for (const auto& output : expected) ASSERT_EQ(output, expected[0]);
  const auto graph = Graph::Capture(*stream, [&](Stream& on) { return Run(on, /*wait=*/false); });
  ASSERT_TRUE(graph.ok()) << graph.status();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(i % 2 == 0 ? Run(*stream, false) : graph->Replay(*stream), absl::OkStatus());
    ASSERT_EQ(stream->Synchronize(), absl::OkStatus());
    ASSERT_EQ(TakeOutputs(), expected) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Clusters, OverlappingLaunchesTest, testing::Values(0, 1));

TEST(TernaryGpuTest, PlansChooseAFamilyOfTheGpuAndRunsRepeatBitForBit) {
  const auto device = SharedGpu();
  ASSERT_TRUE(device.ok()) << device.status();
  for (const int64_t batch : {8, 2048}) {
    const TernaryMatmulProblem problem{.batch = batch,
                                       .weights = {.rows = 2048, .columns = 1024, .group = 128},
                                       .activation = Activation::kBfloat16};
    const auto choice = ChooseFamily(TernaryMatmulFamilies(), problem, (*device)->info(),
                                     {.operator_name = kTernaryMatmul});
    ASSERT_TRUE(choice.ok()) << choice.status();
    const auto plan = TernaryMatmul::Plan(problem, {.device = *device});
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_EQ(plan->family().name(), choice->family->name());
    const auto kernel = plan->family().Prepare(problem, plan->configuration(), **device);
    ASSERT_TRUE(kernel.ok()) << kernel.status();
    const MatmulInputs inputs = DrawMatmulInputs(problem, 3);
    const std::vector<uint8_t> packed = Packed(inputs, **kernel);
    const auto first = RunKernel(inputs, **kernel, packed, 1);
    const auto third = RunKernel(inputs, **kernel, packed, 3);
    ASSERT_TRUE(first.ok() && third.ok()) << first.status() << third.status();
    EXPECT_EQ(*first, *third) << plan->Explain();
  }
}

}  // namespace
}  // namespace attune
