// Real kernels that never end, write where they must not, and compute something else. This program
// is its own worker: see main.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/bench/isolated_bench.h"
#include "autotune/family/kernel_family.h"
#include "autotune/family/registry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/tuner/tuner.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/discovery.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/kernel_module.h"
#include "device/cuda/launch.h"
#include "device/cuda/nvrtc.h"
#include "device/discovery.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

// What the configurations do. Each kernel doubles `count` floats, or should.
enum Mode { kSlow, kFast, kEndless, kOutOfBounds, kWrong, kTrap };

constexpr char kSpace[] = R"(
  kernel: 'misbehaving'
  parameter { name: 'mode' values: [0, 1, 2, 3, 4, 5] default_value: 0 doc: 'what it does' }
)";

// The endless one ends after two minutes: long after the tuner has lost patience, and before it
// holds a GPU up for those who come later.
constexpr char kSource[] = R"(
template <int kMode>
__global__ void Double(const float* x, float* y, int count) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (kMode == 2) {
    unsigned long long start, now;
    asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(start));
    do {
      asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now));
    } while (now - start < 120ull * 1000 * 1000 * 1000);
  }
  if (kMode == 3) y += 1ull << 45;
  if (kMode == 5) asm volatile("trap;");
  const int repeats = kMode == 0 ? 400 : 1;
  float value = i < count ? x[i] : 0;
  for (int r = 0; r < repeats; ++r) {
    value += __sinf(value) * 0;
    asm volatile("" : "+f"(value));
  }
  if (i < count) y[i] = (kMode == 4 && i == 12345 ? 3 : 2) * value;
}
)";

constexpr int kCount = 1 << 20;
constexpr uint32_t kThreads = 256;

class DoublingCandidate : public Candidate {
 public:
  DoublingCandidate(CudaDevice& device, KernelModule kernel, Buffer x, Buffer y)
      : device_(device), kernel_(std::move(kernel)), x_(std::move(x)), y_(std::move(y)) {}

  absl::Status Verify() override {
    std::vector<float> values(kCount);
    for (int i = 0; i < kCount; ++i) values[i] = static_cast<float>(i % 1000);
    ATTUNE_RETURN_IF_ERROR(device_.CopyToDevice(x_.data(), values.data(), x_.bytes()));
    ATTUNE_RETURN_IF_ERROR(device_.Fill(y_.data(), 0xff, y_.bytes()));
    ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, device_.CreateStream());
    ATTUNE_RETURN_IF_ERROR(Launch(*stream));
    ATTUNE_RETURN_IF_ERROR(stream->Synchronize());
    std::vector<float> doubled(kCount);
    ATTUNE_RETURN_IF_ERROR(device_.CopyToHost(doubled.data(), y_.data(), y_.bytes()));
    for (int i = 0; i < kCount; ++i) {
      if (doubled[i] == 2 * values[i]) continue;
      return absl::DataLossError(absl::StrCat("element ", i, " is ", doubled[i]));
    }
    return absl::OkStatus();
  }

  absl::Status Launch(Stream& stream) override {
    const LaunchShape shape = {.grid = {.x = kCount / kThreads}, .block = {.x = kThreads}};
    return LaunchWith(stream, kernel_, shape, x_.data(), y_.data(), int{kCount});
  }

  Resources resources() const override { return {{"registers", kernel_.resources().registers}}; }

 private:
  CudaDevice& device_;
  const KernelModule kernel_;
  const Buffer x_;
  const Buffer y_;
};

class DoublingExperiment : public Experiment {
 public:
  explicit DoublingExperiment(CudaDevice& device) : device_(device) {}

  absl::StatusOr<std::unique_ptr<Candidate>> Prepare(const Configuration& configuration) override {
    ATTUNE_ASSIGN_OR_RETURN(const Nvrtc* const nvrtc, LoadNvrtc());
    KernelSource source;
    source.name = "doubling.cu";
    source.text = kSource;
    source.name_expression = absl::StrCat("Double<", configuration.Get("mode"), ">");
    source.architecture = CompileArchitecture(device_.info().architecture);
    ATTUNE_ASSIGN_OR_RETURN(const KernelImage image, CompileKernel(*nvrtc, source));
    ATTUNE_ASSIGN_OR_RETURN(KernelModule kernel, KernelModule::Load(device_.context(), image));
    constexpr int64_t kBytes = int64_t{kCount} * sizeof(float);
    ATTUNE_ASSIGN_OR_RETURN(Buffer x, device_.Allocate(kBytes));
    ATTUNE_ASSIGN_OR_RETURN(Buffer y, device_.Allocate(kBytes));
    return std::make_unique<DoublingCandidate>(device_, std::move(kernel), std::move(x),
                                               std::move(y));
  }

 private:
  CudaDevice& device_;
};

class DoublingFamily : public KernelFamily {
 public:
  absl::string_view name() const override { return "misbehaving"; }
  absl::string_view operator_name() const override { return "doubling"; }
  const ParameterSpace& space() const override { return space_; }
  std::string fingerprint() const override { return "testing"; }
  absl::Status Supports(const Workload&, const DeviceInfo&) const override {
    return absl::OkStatus();
  }
  absl::StatusOr<Variables> Model(const Workload&, const Configuration&,
                                  const DeviceInfo&) const override {
    return Variables{};
  }
  absl::StatusOr<std::unique_ptr<Experiment>> Open(const Workload&, Device& device,
                                                   uint64_t) const override {
    ATTUNE_ASSIGN_OR_RETURN(CudaDevice* const cuda, AsCudaDevice(device));
    return std::make_unique<DoublingExperiment>(*cuda);
  }

 private:
  const ParameterSpace space_ = ParameterSpace::Parse(kSpace, "isolated_tune_gpu_test.cc").value();
};

[[maybe_unused]] const bool kRegistered = RegisterKernelFamily(std::make_unique<DoublingFamily>());

const KernelFamily& Family() { return *RegisteredKernelFamilies().front(); }

DeviceInfo FirstGpu() {
  for (const DeviceInfo& device : ListDevices().devices) {
    if (device.kind == DeviceKind::kCuda) return device;
  }
  return {};
}

Configuration ModeOf(Mode mode) { return Configuration({{"mode", mode}}); }

Trial TrialOf(const TuningResult& result, Mode mode) {
  for (const Trial& trial : result.trials) {
    if (FromProto(trial.configuration()) == ModeOf(mode)) return trial;
  }
  return {};
}

class IsolatedTuneGpuTest : public ::testing::Test {
 protected:
  const Workload workload_ = {.operator_name = "doubling", .traits = {}, .sizes = {{"n", kCount}}};
  IsolatedBenches benches_{{.first_run = absl::Seconds(20), .run = absl::Seconds(4)}};
};

// Each of the four that misbehave costs a worker and a new CUDA context.
TEST_F(IsolatedTuneGpuTest, KernelsThatHangFaultOrErrCostTheirOwnTrialsAlone) {
  const DeviceInfo gpu = FirstGpu();
  auto bench = benches_.Open(gpu.id, Family(), workload_, {.prepare_threads = 2});
  ASSERT_TRUE(bench.ok()) << bench.status();
  TunerOptions options;
  options.parallelism = 2;
  const absl::Time start = absl::Now();
  TrialBench* const benches[] = {bench->get()};
  const auto result = Tune(Family(), workload_, gpu, benches, options);
  ASSERT_TRUE(result.ok()) << result.status();
  std::cout << "tuned in " << absl::Now() - start << "\n";
  ASSERT_THAT(result->trials, SizeIs(6));
  for (const Trial& trial : result->trials) std::cout << trial.ShortDebugString() << "\n";
  const Trial endless = TrialOf(*result, kEndless);
  EXPECT_EQ(endless.outcome(), Trial::TIMEOUT);
  EXPECT_THAT(endless.message(), StartsWith("running: no answer in"));
  const Trial out_of_bounds = TrialOf(*result, kOutOfBounds);
  EXPECT_EQ(out_of_bounds.outcome(), Trial::LAUNCH_ERROR);
  EXPECT_THAT(out_of_bounds.message(), HasSubstr("ILLEGAL_ADDRESS"));
  const Trial wrong = TrialOf(*result, kWrong);
  EXPECT_EQ(wrong.outcome(), Trial::WRONG_RESULT);
  EXPECT_THAT(wrong.message(), HasSubstr("element 12345"));
  EXPECT_EQ(TrialOf(*result, kTrap).outcome(), Trial::LAUNCH_ERROR);
  EXPECT_EQ(TrialOf(*result, kSlow).outcome(), Trial::OK);
  EXPECT_EQ(result->finalists[result->verdict.winner].configuration, ModeOf(kFast));
}

TEST_F(IsolatedTuneGpuTest, SamplesKnowTheClocks) {
  const DeviceInfo gpu = FirstGpu();
  auto bench = benches_.Open(gpu.id, Family(), workload_, {});
  ASSERT_TRUE(bench.ok()) << bench.status();
  const Trial trial = (*bench)->Try(ModeOf(kFast), 10).value();
  ASSERT_EQ(trial.outcome(), Trial::OK) << trial.message();
  ASSERT_EQ(trial.core_mhz_size(), trial.nanoseconds_size());
  EXPECT_GT(trial.core_mhz(0), 100);
  EXPECT_EQ(trial.device(), gpu.id);
}

// What a worker costs a trial: two messages each way.
TEST_F(IsolatedTuneGpuTest, ATrialAnswersInMilliseconds) {
  auto bench = benches_.Open(FirstGpu().id, Family(), workload_, {});
  ASSERT_TRUE(bench.ok()) << bench.status();
  ASSERT_TRUE((*bench)->Time(ModeOf(kFast), 1).ok());
  std::vector<double> microseconds;
  for (int i = 0; i < 50; ++i) {
    const absl::Time start = absl::Now();
    ASSERT_TRUE((*bench)->Time(ModeOf(kFast), 1).ok());
    microseconds.push_back(absl::ToDoubleMicroseconds(absl::Now() - start));
  }
  std::cout << "a sample through the worker: median " << Median(microseconds) << " us\n";
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  testing::InitGoogleTest(&argc, argv);
  if (!GTEST_FLAG_GET(list_tests) && attune::FirstGpu().id.empty()) {
    std::cout << "BLOCKED: there is no GPU" << std::endl;
    return 2;
  }
  return RUN_ALL_TESTS();
}
