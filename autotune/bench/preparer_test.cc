#include "autotune/bench/preparer.h"

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "autotune/family/testing_kernel_family.h"
#include "device/fake/fake_device.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

const Configuration kFirst({{"block", 1}, {"unroll", 1}});
const Configuration kSecond({{"block", 2}, {"unroll", 1}});

class PreparerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Experiment> Open(TestingKernelSteps::Step prepare) {
    family_ = std::make_unique<TestingKernelFamily>(
        "testing", TestingKernelSteps{.prepare = std::move(prepare)});
    return *family_->Open(TestingKernelFamily::MakeWorkload(1), device_, 1);
  }

  FakeDevice device_;
  std::unique_ptr<TestingKernelFamily> family_;
};

// The first waits for the second: on one thread this would never end.
TEST_F(PreparerTest, PreparesSideBySideAndReturnsInOrder) {
  std::latch second_done(1);
  const auto experiment = Open([&](const Configuration& configuration) {
    if (configuration == kFirst) second_done.wait();
    if (configuration == kSecond) second_done.count_down();
    return absl::OkStatus();
  });
  Preparer preparer(*experiment, 2);
  EXPECT_EQ(preparer.outstanding(), 0);
  preparer.Submit(kFirst);
  preparer.Submit(kSecond);
  EXPECT_EQ(preparer.outstanding(), 2);
  const PreparedCandidate first = preparer.Next();
  EXPECT_EQ(first.configuration, kFirst);
  EXPECT_TRUE(first.candidate.ok());
  EXPECT_GE(first.duration, absl::ZeroDuration());
  EXPECT_EQ(preparer.outstanding(), 1);
  EXPECT_EQ(preparer.Next().configuration, kSecond);
}

TEST_F(PreparerTest, HandsOnWhyAConfigurationDidNotCompile) {
  const auto experiment =
      Open([](const Configuration&) { return absl::InternalError("unknown register"); });
  Preparer preparer(*experiment, 1);
  preparer.Submit(kFirst);
  EXPECT_EQ(preparer.Next().candidate.status(), absl::InternalError("unknown register"));
}

TEST_F(PreparerTest, EndsWhenWhatRunsHasEndedAndStartsNothingElse) {
  std::latch started(2);
  std::latch may_end(1);
  std::atomic<int> ended = 0;
  const auto experiment = Open([&](const Configuration&) {
    started.count_down();
    may_end.wait();
    ++ended;
    return absl::OkStatus();
  });
  std::thread releases;
  {
    Preparer preparer(*experiment, 2);
    for (int i = 0; i < 8; ++i) preparer.Submit(kFirst);
    started.wait();
    // Time for the destructor to close the queue.
    releases = std::thread([&] {
      absl::SleepFor(absl::Milliseconds(300));
      may_end.count_down();
    });
  }
  EXPECT_EQ(ended, 2);
  releases.join();
}

}  // namespace
}  // namespace attune
