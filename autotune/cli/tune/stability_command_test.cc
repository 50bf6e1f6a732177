#include "autotune/cli/tune/stability_command.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "autotune/bench/local_bench.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "device/fake/fake_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The device of the moment, and how noisy it is.
FakeDevice* g_device = nullptr;
uint64_t g_launches = 0;
double g_tilt = 0;

// Blocks 16 to 64 are within 0.2 % of each other, all others slower; times have 3 % of noise.
// The tilt makes another one of them the fastest.
absl::Status TakeTime(const Configuration& configuration) {
  const int64_t block = configuration.Get("block");
  const bool on_plateau = block >= 16 && block <= 64;
  const double slower = on_plateau ? 0.001 * static_cast<double>(configuration.Get("unroll")) : 0.2;
  const double tilted = block == 32 ? -g_tilt : 0;
  const double noise = 0.03 * RandomUniform(7, g_launches++);
  g_device->Advance(absl::Microseconds(100 * (1 + slower + tilted) * (1 + noise)));
  return absl::OkStatus();
}

[[maybe_unused]] const bool kRegistered =
    RegisterKernelFamily(std::make_unique<TestingKernelFamily>(
        "testing", TestingKernelSteps{.prepare = {}, .verify = {}, .launch = TakeTime}));

class StabilityCommandTest : public ::testing::Test {
 protected:
  StabilityCommandTest() {
    g_device = &device_;
    g_launches = 0;
    g_tilt = 0;
    TuneCommandOptions& tune = options_.tune;
    tune.device = "cpu";
    tune.strategy = "random";
    tune.workloads = {{"one", TestingKernelFamily::MakeWorkload(512)}};
    tune.cache_directory = absl::StrCat(
        ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(tune.cache_directory);
    tune.open_bench = [this](const std::string&, const KernelFamily& family,
                             const Workload& workload, const BenchOptions& bench) {
      ++opened_;
      if (opened_ == tilt_at_) g_tilt = 0.1;
      return LocalBench::Open(family, workload, device_, bench);
    };
  }

  absl::Status Run() {
    std::ostringstream out;
    const absl::Status status = RunStabilityCommand(options_, out);
    printed_ = out.str();
    return status;
  }

  FakeDevice device_;
  StabilityCommandOptions options_;
  int opened_ = 0;
  int tilt_at_ = 0;
  std::string printed_;
};

TEST_F(StabilityCommandTest, OnANoisyDeviceTheWinnersAreOfOneTieSet) {
  EXPECT_EQ(Run(), absl::OkStatus());
  EXPECT_EQ(opened_, 10);
  EXPECT_THAT(printed_, HasSubstr("  10  "));
  EXPECT_THAT(printed_, Not(HasSubstr("  NO  ")));
}

TEST_F(StabilityCommandTest, TunesThatBeginFromNothingAreOfOneTieSetToo) {
  options_.fresh = true;
  EXPECT_EQ(Run(), absl::OkStatus()) << printed_;
}

TEST_F(StabilityCommandTest, AWinnerThatIsReallyAnotherIsAnError) {
  tilt_at_ = 2;
  options_.times = 2;
  options_.fresh = true;
  options_.tune.json = true;
  g_tilt = -0.1;
  const absl::Status status = Run();
  EXPECT_EQ(status.message(), "1 of 2 tunes have a winner outside the first one's tie set");
  const Json json = Json::parse(printed_);
  EXPECT_EQ(json.at("outside"), 1);
  EXPECT_EQ(json.at("workloads").at(0).at("tunes").at(1).at("in_first_tie_set"), false);
}

TEST_F(StabilityCommandTest, OnlyWhatIsMissingIsNoRepetition) {
  options_.tune.missing_only = true;
  EXPECT_EQ(Run().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(opened_, 0);
}

TEST_F(StabilityCommandTest, OnceIsNoRepetition) {
  options_.times = 1;
  EXPECT_EQ(Run().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace attune
