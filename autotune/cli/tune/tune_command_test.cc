#include "autotune/cli/tune/tune_command.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/bench/local_bench.h"
#include "autotune/bench/trial_bench.h"
#include "autotune/cache/cache_directory.h"
#include "autotune/cache/cache_entry.h"
#include "autotune/family/registry.h"
#include "autotune/family/testing_kernel_family.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"
#include "device/cpu/cpu_device.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// What the registered family does when it verifies; the registry lives as long as the process.
TestingKernelSteps::Step g_verify;

absl::Status Verify(const Configuration& configuration) {
  return g_verify ? g_verify(configuration) : absl::OkStatus();
}

[[maybe_unused]] const bool kRegistered = [] {
  RegisterKernelFamily(std::make_unique<TestingKernelFamily>("huge_testing", TestingKernelSteps{},
                                                             /*min_size=*/5000, /*max_size=*/6000));
  return RegisterKernelFamily(std::make_unique<TestingKernelFamily>(
      "testing", TestingKernelSteps{.prepare = {}, .verify = Verify, .launch = {}}));
}();

NamedWorkload Size(int64_t n) {
  return {absl::StrCat("size_", n), TestingKernelFamily::MakeWorkload(n)};
}

// The CPU under a name that the test chooses: time passes on it.
class NamedCpu : public CpuDevice {
 public:
  explicit NamedCpu(const std::string& id) : info_{.id = id} {}
  const DeviceInfo& info() const override { return info_; }

 private:
  const DeviceInfo info_;
};

// Has made all the trials that it can after some.
class ShortLivedBench : public TrialBench {
 public:
  ShortLivedBench(std::unique_ptr<TrialBench> bench, int trials)
      : bench_(std::move(bench)), trials_(trials) {}
  void Announce(const Configuration& configuration) override { bench_->Announce(configuration); }
  absl::StatusOr<Trial> Try(const Configuration& configuration, int max_samples) override {
    if (trials_-- == 0) return absl::UnavailableError("the device is gone");
    return bench_->Try(configuration, max_samples);
  }
  absl::StatusOr<std::vector<double>> Time(const Configuration& configuration, int count) override {
    return bench_->Time(configuration, count);
  }

 private:
  const std::unique_ptr<TrialBench> bench_;
  int trials_;
};

class TuneCommandTest : public ::testing::Test {
 protected:
  TuneCommandTest() {
    g_verify = nullptr;
    options_.device = "cpu";
    options_.open_bench =
        [this](const std::string& device, const KernelFamily& family, const Workload& workload,
               const BenchOptions& bench) -> absl::StatusOr<std::unique_ptr<TrialBench>> {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!open_status_.ok()) return open_status_;
      absl::SleepFor(opening_takes_);
      opened_.push_back(device);
      devices_.push_back(std::make_unique<NamedCpu>(device));
      ATTUNE_ASSIGN_OR_RETURN(auto opened,
                              LocalBench::Open(family, workload, *devices_.back(), bench));
      return std::make_unique<ShortLivedBench>(std::move(opened), bench_trials_);
    };
    options_.evaluations = 1;
    options_.workloads = {Size(64)};
    options_.cache_directory = absl::StrCat(
        ::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(options_.cache_directory);
  }

  absl::Status Tune() {
    std::ostringstream out;
    const absl::Status status = RunTuneCommand(options_, out);
    printed_ = out.str();
    return status;
  }
  void ExpectError(absl::StatusCode code, const std::string& text) {
    const absl::Status status = Tune();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  }
  std::vector<CacheEntry> Entries() {
    const auto contents = CacheDirectory(options_.cache_directory).ReadAll();
    EXPECT_THAT(contents.problems, ::testing::IsEmpty());
    return contents.entries;
  }
  std::string LogPath(const CacheKey& key, const std::string& number = "") {
    return absl::StrCat(options_.cache_directory, "/trials/", CacheFileName(key), number, ".log");
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<NamedCpu>> devices_;
  std::vector<std::string> opened_;
  absl::Status open_status_;
  absl::Duration opening_takes_;
  int bench_trials_ = -1;  // without end
  TuneCommandOptions options_;
  std::string printed_;
};

TEST_F(TuneCommandTest, KeepsWhatItFoundAndEveryTrial) {
  options_.evaluations = 3;
  ASSERT_EQ(Tune(), absl::OkStatus());
  const std::vector<CacheEntry> entries = Entries();
  ASSERT_THAT(entries, SizeIs(1));
  EXPECT_EQ(FromProto(entries[0].key().workload()), Size(64).workload);
  EXPECT_EQ(entries[0].evaluations(), 3);
  const auto log = ReadTrialLog(LogPath(entries[0].key()));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_THAT(log->trials, SizeIs(3));
  EXPECT_THAT(log->header.space(), HasSubstr("name: 'block'"));
  EXPECT_EQ(log->header.space_size(), 16);
  EXPECT_EQ(log->header.constraint(0).name(), "block_fits");
  EXPECT_THAT(printed_, AllOf(HasSubstr("[1/1] size_64, testing on cpu ..."),
                              HasSubstr("after 3 trials"), HasSubstr("speed-up"),
                              HasSubstr(absl::StrCat("cache: ", options_.cache_directory))));
}

TEST_F(TuneCommandTest, UnknownNamesAreErrorsThatListTheKnownOnes) {
  options_.strategy = "clairvoyant";
  ExpectError(absl::StatusCode::kInvalidArgument, "'clairvoyant'; there are exhaustive, genetic, ");
  options_.strategy = "random";
  options_.family = "tseting";
  ExpectError(absl::StatusCode::kNotFound, "'tseting'; there are huge_testing, testing");
  options_.family = "";
  options_.device = "tpu:0";
  ExpectError(absl::StatusCode::kNotFound, "'tpu:0'");
}

TEST_F(TuneCommandTest, ACacheThatCannotBeWrittenIsFoundBeforeAnythingIsTuned) {
  std::ofstream(options_.cache_directory) << "a file";
  options_.cache_directory += "/below";
  int verified = 0;
  g_verify = [&](const Configuration&) {
    ++verified;
    return absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kFailedPrecondition, "the cache directory cannot be written");
  EXPECT_EQ(verified, 0);
}

TEST_F(TuneCommandTest, WhatNoFamilySupportsIsReportedBesideTheRest) {
  options_.workloads = {Size(2000), Size(64)};
  ExpectError(absl::StatusCode::kUnimplemented, "no family can run 1 of 2 workloads");
  EXPECT_THAT(printed_, HasSubstr("not tuned: size_2000 on cpu: huge_testing: n is below 5000; "
                                  "testing: n is above 1000"));
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(TuneCommandTest, WhatOnlyAnotherFamilySupportsIsReportedAndNoError) {
  options_.workloads = {Size(5000), Size(64)};
  options_.family = "testing";
  EXPECT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("not tuned: size_5000 on cpu: testing: n is above 1000"));
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(TuneCommandTest, ALogOfTrialsInAnotherSpaceIsLeftAsItIs) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  const CacheKey key = Entries().at(0).key();
  std::filesystem::remove(LogPath(key));
  TrialLogHeader header;
  *header.mutable_key() = key;
  header.set_space("of last year");
  ASSERT_TRUE(TrialLogWriter::Open(LogPath(key), header).ok());
  ASSERT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(ReadTrialLog(LogPath(key))->trials, SizeIs(0));
  EXPECT_THAT(ReadTrialLog(LogPath(key, ".2"))->trials, SizeIs(1));
}

TEST_F(TuneCommandTest, NothingToTuneIsAnError) {
  options_.workloads = {Size(2000)};
  ExpectError(absl::StatusCode::kFailedPrecondition, "nothing to tune: size_2000 on cpu");
  options_.workloads = {};
  ExpectError(absl::StatusCode::kFailedPrecondition, "no default suite");
}

TEST_F(TuneCommandTest, AWorkloadThatFailsKeepsNoOtherFromBeingTuned) {
  options_.workloads = {Size(64), Size(128)};
  int verified = 0;
  g_verify = [&](const Configuration&) {
    return ++verified == 1 ? absl::DataLossError("out: MAE 3") : absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kInternal, "1 of 2 workloads and families could not be tuned");
  EXPECT_THAT(printed_, AllOf(HasSubstr("WRONG_RESULT: out: MAE 3"), HasSubstr("size_128")));
  EXPECT_THAT(Entries(), SizeIs(1));
}

TEST_F(TuneCommandTest, CancellingKeepsWhatIsDone) {
  std::atomic<bool> cancelled = false;
  options_.cancelled = &cancelled;
  options_.workloads = {Size(64), Size(128), Size(256)};
  int verified = 0;
  g_verify = [&](const Configuration&) {
    cancelled = ++verified == 2;
    return absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kCancelled, "1 of 3 workloads and families were tuned and kept");
  EXPECT_THAT(Entries(), SizeIs(1));
  EXPECT_THAT(printed_, Not(HasSubstr("[3/3]")));
}

TEST_F(TuneCommandTest, ALogThatAnotherProcessWritesIsLeftToIt) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  const CacheKey key = Entries().at(0).key();
  const TrialLogHeader header = ReadTrialLog(LogPath(key))->header;
  const auto taken = TrialLogWriter::Open(LogPath(key), header);
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_EQ(Tune(), absl::OkStatus());
  for (const char* number : {"", ".2"}) {
    const auto log = ReadTrialLog(LogPath(key, number));
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_THAT(log->trials, SizeIs(1));
  }
}

TEST_F(TuneCommandTest, SeveralDevicesOfAModelShareTheTrials) {
  options_.device = "cuda:all";
  options_.evaluations = INT64_MAX;
  options_.list_devices = [] {
    DeviceListing listing;
    for (const char* const id : {"cuda:0", "cuda:1", "cuda:2"}) {
      listing.devices.push_back({.id = id, .kind = DeviceKind::kCuda, .model = "Fake"});
    }
    return listing;
  };
  ASSERT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(opened_, ::testing::UnorderedElementsAre("cuda:0", "cuda:1", "cuda:2"));
  EXPECT_THAT(printed_, HasSubstr("[1/1] size_64, testing on cuda:0, cuda:1, cuda:2 ..."));
  ASSERT_THAT(Entries(), SizeIs(1));
  std::set<std::string> configurations;
  std::map<std::string, int> trials;
  const auto log = ReadTrialLog(LogPath(Entries().front().key()));
  ASSERT_TRUE(log.ok()) << log.status();
  for (const Trial& trial : log->trials) {
    configurations.insert(FromProto(trial.configuration()).ToString());
    ++trials[trial.device()];
  }
  EXPECT_THAT(configurations, SizeIs(14));
  EXPECT_THAT(trials, SizeIs(3));
}

TEST_F(TuneCommandTest, DevicesOfSeveralModelsAreNotMixed) {
  options_.device = "cuda:all";
  options_.list_devices = [] {
    DeviceListing listing;
    listing.devices.push_back({.id = "cuda:0", .kind = DeviceKind::kCuda, .model = "Fake"});
    listing.devices.push_back({.id = "cuda:1", .kind = DeviceKind::kCuda, .model = "Other"});
    return listing;
  };
  ExpectError(absl::StatusCode::kFailedPrecondition, "Fake (cuda:0; ) and Other (cuda:1; )");
}

TEST_F(TuneCommandTest, ATuneThatWasCancelledGoesOnFromItsLog) {
  options_.evaluations = 8;
  std::atomic<bool> cancelled = false;
  options_.cancelled = &cancelled;
  int verified = 0;
  g_verify = [&](const Configuration&) {
    cancelled = ++verified == 4;
    return absl::OkStatus();
  };
  EXPECT_EQ(Tune().code(), absl::StatusCode::kCancelled);
  cancelled = false;
  g_verify = nullptr;
  ASSERT_EQ(Tune(), absl::OkStatus());
  ASSERT_THAT(Entries(), SizeIs(1));
  EXPECT_EQ(Entries()[0].evaluations(), 8);
  const auto log = ReadTrialLog(LogPath(Entries()[0].key()));
  ASSERT_TRUE(log.ok()) << log.status();
  std::set<std::string> configurations;
  for (const Trial& trial : log->trials) {
    configurations.insert(FromProto(trial.configuration()).ToString());
  }
  EXPECT_THAT(configurations, SizeIs(8));
  EXPECT_THAT(log->trials, SizeIs(8));
  EXPECT_EQ(log->first_unfinished, 8u);
}

TEST_F(TuneCommandTest, WhoseBenchIsLostOrCannotBeOpenedGoesOnFromItsLogNextTime) {
  options_.evaluations = 8;
  bench_trials_ = 3;
  ExpectError(absl::StatusCode::kInternal, "1 of 1 workloads and families could not be tuned");
  EXPECT_THAT(printed_, HasSubstr("the device is gone"));
  EXPECT_THAT(Entries(), SizeIs(0));
  open_status_ = absl::ResourceExhaustedError("no memory on the device");
  ExpectError(absl::StatusCode::kInternal, "1 of 1 workloads and families could not be tuned");
  EXPECT_THAT(printed_, HasSubstr("no memory on the device"));
  open_status_ = absl::OkStatus();
  bench_trials_ = -1;
  ASSERT_EQ(Tune(), absl::OkStatus());
  ASSERT_THAT(Entries(), SizeIs(1));
  EXPECT_EQ(Entries()[0].evaluations(), 8);
  const auto log = ReadTrialLog(LogPath(Entries()[0].key()));
  ASSERT_TRUE(log.ok()) << log.status();
  ASSERT_THAT(log->trials, SizeIs(8));
  for (const Trial& trial : log->trials) EXPECT_EQ(trial.outcome(), Trial::OK);
}

// The largest file that this process may write.
void LimitFiles(rlim_t bytes) {
  rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = std::min(bytes, limit.rlim_max);
  setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_F(TuneCommandTest, ALogThatCannotBeWrittenIsAnErrorAndKeepsItsTrials) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  const std::string path = LogPath(Entries().at(0).key());
  std::filesystem::remove(path);
  signal(SIGXFSZ, SIG_IGN);
  options_.evaluations = 4;
  int verified = 0;
  g_verify = [&](const Configuration&) {
    // Of the default, as a trial and as the reference, and of the second trial, which is not
    // logged.
    ++verified;
    LimitFiles(verified == 3 ? std::filesystem::file_size(path) : RLIM_INFINITY);
    return absl::OkStatus();
  };
  ExpectError(absl::StatusCode::kInternal, "1 of 1 workloads and families could not be tuned");
  EXPECT_THAT(printed_, HasSubstr("cannot append to"));
  const auto log = ReadTrialLog(path);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_THAT(log->trials, SizeIs(1));
  EXPECT_EQ(log->first_unfinished, 0u);
}

TEST_F(TuneCommandTest, WhatANewerProgramTunedIsLeftToItAndNotTunedInVain) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  const CacheKey key = Entries().at(0).key();
  CacheFile newer;
  newer.set_format_version(99);
  std::ofstream(absl::StrCat(options_.cache_directory, "/", CacheFileName(key)))
      << newer.SerializeAsString();
  ExpectError(absl::StatusCode::kInternal, "1 of 1 workloads and families could not be tuned");
  EXPECT_THAT(printed_, HasSubstr("version 99"));
  EXPECT_THAT(ReadTrialLog(LogPath(key))->trials, SizeIs(1));
}

TEST_F(TuneCommandTest, OpeningIsOfTheTimeToo) {
  options_.evaluations = INT64_MAX;
  options_.budget = absl::Milliseconds(300);
  opening_takes_ = options_.budget;
  ASSERT_EQ(Tune(), absl::OkStatus());
  ASSERT_THAT(Entries(), SizeIs(1));
  EXPECT_EQ(Entries()[0].evaluations(), 1);
}

TEST_F(TuneCommandTest, AFinishedTuneIsDoneAgainAndItsWinnerIsTheIncumbent) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  ASSERT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(ReadTrialLog(LogPath(Entries().at(0).key()))->trials, SizeIs(2));
}

TEST_F(TuneCommandTest, OnlyWhatIsMissing) {
  ASSERT_EQ(Tune(), absl::OkStatus());
  options_.missing_only = true;
  options_.workloads = {Size(64), Size(128)};
  ASSERT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(printed_, AllOf(HasSubstr("[1/1] size_128"), HasSubstr("tuned before, and left: 1")));
  ASSERT_EQ(Tune(), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("tuned before, and left: 2"));
  EXPECT_THAT(Entries(), SizeIs(2));
}

TEST_F(TuneCommandTest, ATimeThatIsOverStillTunesTheDefaults) {
  options_.evaluations = INT64_MAX;
  options_.budget = absl::ZeroDuration();
  options_.workloads = {Size(64), Size(128)};
  EXPECT_EQ(Tune(), absl::OkStatus());
  for (const CacheEntry& entry : Entries()) EXPECT_EQ(entry.evaluations(), 1);
  EXPECT_THAT(Entries(), SizeIs(2));
}

}  // namespace
}  // namespace attune
