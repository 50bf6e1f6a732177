#include "attention/ternary/tuning/matmul_experiment.h"

#include <cstring>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "attention/ternary/cpu/cpu_ternary_matmul_family.h"
#include "attention/ternary/tuning/matmul_kernel_family.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

// The CPU's kernel, with something done after it.
using Spoil = std::function<void(const TernaryMatmulTensors& tensors, char* workspace)>;

class SpoiltKernel : public TernaryMatmulKernel {
 public:
  SpoiltKernel(std::unique_ptr<TernaryMatmulKernel> kernel, Spoil spoil)
      : kernel_(std::move(kernel)), spoil_(std::move(spoil)) {}

  WeightLayout weight_layout() const override { return kernel_->weight_layout(); }
  void PackWeights(const TernaryMatrix& weights, absl::Span<uint8_t> packed) const override {
    kernel_->PackWeights(weights, packed);
  }
  int64_t workspace_bytes() const override { return kernel_->workspace_bytes(); }
  Resources resources() const override { return kernel_->resources(); }
  absl::Status Run(const TernaryMatmulTensors& tensors, void* workspace,
                   Stream& stream) const override {
    const absl::Status status = kernel_->Run(tensors, workspace, stream);
    spoil_(tensors, static_cast<char*>(workspace));
    return status;
  }

 private:
  std::unique_ptr<TernaryMatmulKernel> kernel_;
  Spoil spoil_;
};

class SpoiltFamily : public CpuTernaryMatmulFamily {
 public:
  explicit SpoiltFamily(Spoil spoil) : spoil_(std::move(spoil)) {}

  absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> Prepare(const TernaryMatmulProblem& problem,
                                                               const Configuration& configuration,
                                                               Device& device) const override {
    auto kernel = CpuTernaryMatmulFamily::Prepare(problem, configuration, device);
    if (!kernel.ok()) return kernel.status();
    return std::make_unique<SpoiltKernel>(*std::move(kernel), spoil_);
  }

 private:
  Spoil spoil_;
};

constexpr int64_t kRows = 50;

TernaryMatmulProblem SomeProblem() {
  return {.batch = 2, .weights = {.rows = kRows, .columns = 100}, .bias = true};
}

absl::Status VerdictOn(const Spoil& spoil) {
  CpuDevice device;
  const SpoiltFamily family(spoil);
  auto experiment = MatmulExperiment::Create(family, SomeProblem(), device, 1);
  if (!experiment.ok()) return experiment.status();
  auto candidate = (*experiment)->Prepare(family.space().Default());
  if (!candidate.ok()) return candidate.status();
  return (*candidate)->Verify();
}

TEST(MatmulExperimentTest, RightKernelsPassAndRun) {
  CpuDevice device;
  const CpuTernaryMatmulFamily family;
  auto experiment = MatmulExperiment::Create(family, SomeProblem(), device, 1);
  ASSERT_TRUE(experiment.ok()) << experiment.status();
  auto candidate = (*experiment)->Prepare(family.space().Default());
  ASSERT_TRUE(candidate.ok()) << candidate.status();
  EXPECT_EQ((*candidate)->Verify(), absl::OkStatus());
  const auto stream = device.CreateStream().value();
  for (int run = 0; run < 3; ++run) EXPECT_EQ((*candidate)->Launch(*stream), absl::OkStatus());
  EXPECT_GT((*candidate)->resources().at("workspace_bytes"), 0);
}

TEST(MatmulExperimentTest, WrongKernelsAreFound) {
  const auto message = [](const Spoil& spoil) {
    const absl::Status verdict = VerdictOn(spoil);
    EXPECT_EQ(verdict.code(), absl::StatusCode::kDataLoss);
    return std::string(verdict.message());
  };
  EXPECT_THAT(message([](const TernaryMatmulTensors& tensors, char*) {
                static_cast<float*>(tensors.out)[kRows + 7] *= 1.001f;
              }),
              HasSubstr("out(1, 7)"));
  EXPECT_THAT(message([](const TernaryMatmulTensors& tensors, char*) {
                std::memset(tensors.out, 0, 2 * kRows * 4);
              }),
              HasSubstr("expected"));
  EXPECT_THAT(message([](const TernaryMatmulTensors& tensors, char*) {
                std::memset(static_cast<float*>(tensors.out) + 3, 0xff, 4);
              }),
              HasSubstr("element 3"));
  EXPECT_THAT(message([](const TernaryMatmulTensors& tensors, char*) {
                static_cast<float*>(tensors.out)[2 * kRows] = 1;
              }),
              HasSubstr("out"));
  const CpuTernaryMatmulFamily family;
  CpuDevice device;
  const auto bytes = static_cast<int64_t>(
      family.Model(SomeProblem(), family.space().Default(), device.info()).at("workspace_bytes"));
  EXPECT_THAT(message([=](const TernaryMatmulTensors&, char* workspace) { workspace[bytes] = 0; }),
              HasSubstr("workspace: byte"));
}

TEST(MatmulExperimentTest, SmallProblemsDivideLikeTheLarge) {
  const TernaryMatmulProblem small = SmallMatmulProblem(
      {.batch = 4096, .weights = {.rows = 8192 + 24, .columns = 28672 + 100, .group = 64}});
  EXPECT_EQ(small.batch, 64);
  EXPECT_EQ(small.weights, (TernaryShape{.rows = 256 + 24, .columns = 1024 + 100, .group = 64}));
  const TernaryMatmulProblem tiny = {.batch = 3, .weights = {.rows = 5, .columns = 7}};
  EXPECT_EQ(SmallMatmulProblem(tiny), tiny);
}

TEST(MatmulKernelFamilyTest, WorkloadsReachTheFamily) {
  CpuDevice device;
  const CpuTernaryMatmulFamily ternary;
  const MatmulKernelFamily family(ternary);
  const Workload workload = WorkloadOf(SomeProblem());
  EXPECT_EQ(family.operator_name(), workload.operator_name);
  EXPECT_EQ(family.Supports(workload, device.info()), absl::OkStatus());
  EXPECT_EQ(family.FixedVariables(workload, device.info())->at("rows"), kRows);
  EXPECT_EQ(family.Model(workload, family.space().Default(), device.info())->at("columns"), 100);
  EXPECT_TRUE(family.Open(workload, device, 1).ok());
  Workload other = workload;
  other.operator_name = "attention_forward";
  EXPECT_EQ(family.Supports(other, device.info()).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
