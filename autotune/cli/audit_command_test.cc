#include "autotune/cli/audit_command.h"

#include <filesystem>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "autotune/audit/regret.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cli/output/entry_json.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/cache_key.h"
#include "device/discovery.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

[[maybe_unused]] const bool kRegistered =
    RegisterKernelFamily(std::make_unique<TestingKernelFamily>("testing"));

// Block 1 takes ten times as long as the others; block 2 fails.
absl::StatusOr<TimeOnce> OpenTimer(const KernelFamily&, const Workload&, Device&, uint64_t) {
  return TimeOnce([](const Configuration& configuration) -> absl::StatusOr<double> {
    const int64_t block = configuration.Get("block");
    if (block == 2) return absl::InternalError("no block of 2");
    return block == 1 ? 1000.0 : 100.0;
  });
}

class AuditCommandTest : public ::testing::Test {
 protected:
  AuditCommandTest() {
    options_.cache_directory = absl::StrCat(
        ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    options_.rounds = 24;
    options_.open_timer = OpenTimer;
    options_.rivals = 4;
    options_.json = true;
    std::filesystem::remove_all(options_.cache_directory);
  }

  void Store(int64_t block, const DeviceInfo& device) {
    CacheEntry entry;
    *entry.mutable_key() =
        MakeCacheKey(device, "testing", "testing", TestingKernelFamily::MakeWorkload(64));
    *entry.mutable_configuration() = ToProto(Configuration({{"block", block}, {"unroll", 1}}));
    ASSERT_TRUE(CacheDirectory(options_.cache_directory).Write(entry).ok());
  }
  static DeviceInfo Cpu() { return ListDevices().devices.front(); }
  absl::Status Audit() {
    std::ostringstream out;
    const absl::Status status = RunAuditCommand(options_, out);
    printed_ = out.str();
    return status;
  }

  AuditCommandOptions options_;
  std::string printed_;
};

TEST_F(AuditCommandTest, AWinnerThatCostsTooMuchIsAnError) {
  Store(1, Cpu());
  const absl::Status status = Audit();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("1 of 1 winners"));
  const Json audit = Json::parse(printed_).at("audits").at(0);
  EXPECT_TRUE(audit.at("too_high").get<bool>());
  EXPECT_GT(audit.at("regret_interval").at(0).get<double>(), 0.05);
}

TEST_F(AuditCommandTest, BelowTheThresholdAllIsWell) {
  Store(1, Cpu());
  options_.max_regret = 1000;
  EXPECT_EQ(Audit(), absl::OkStatus());
  options_.json = false;
  EXPECT_EQ(Audit(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("verdict"));
}

TEST_F(AuditCommandTest, WithoutATimerCandidatesRunInThisProcess) {
  Store(4, Cpu());
  options_.open_timer = nullptr;
  options_.max_regret = 1e9;
  options_.rivals = 1;
  options_.rounds = kMinRegretRounds;
  EXPECT_EQ(Audit(), absl::OkStatus());
  EXPECT_GT(Json::parse(printed_).at("audits").at(0).at("nanoseconds").get<double>(), 0);
}

TEST_F(AuditCommandTest, AsFewRoundsAsAreAllowedFindOneThatCostsTooMuch) {
  Store(1, Cpu());
  options_.rounds = kMinRegretRounds;
  EXPECT_EQ(Audit().code(), absl::StatusCode::kFailedPrecondition);
  --options_.rounds;
  EXPECT_EQ(Audit().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AuditCommandTest, AWinnerThatDoesNotRunIsAnErrorAndNamed) {
  Store(2, Cpu());
  EXPECT_EQ(Audit().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(printed_, HasSubstr("no block of 2"));
}

TEST_F(AuditCommandTest, EntriesOfOtherDevicesArePassedOver) {
  Store(1, {.model = "Other", .architecture = "other_1"});
  EXPECT_EQ(Audit().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(printed_, HasSubstr("of another device, Other"));
  options_.rivals = 0;
  EXPECT_EQ(Audit().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AuditCommandTest, AnEntryOfAnotherEnvironmentIsPassedOver) {
  DeviceInfo before = Cpu();
  before.environment = "gcc 1.27";
  Store(1, before);
  EXPECT_EQ(Audit().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(printed_, HasSubstr("tuned under gcc 1.27, this is " + Cpu().environment));
}

}  // namespace
}  // namespace attune
