#include "autotune/bench/bench_options.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(BenchOptionsTest, EveryFieldComesBack) {
  BenchOptions options = {.seed = 7, .prepare_threads = 32, .benches = 3, .index = 2};
  options.sampling = {.warmup_runs = 1,
                      .min_samples = 2,
                      .max_samples = 3,
                      .target_relative_error = 0.04,
                      .confidence = 0.9,
                      .max_duration = absl::Seconds(6),
                      .flush_caches = false,
                      .min_sample_duration = absl::Microseconds(8),
                      .max_launches_per_sample = 9,
                      .tolerated_clock_loss = 0.125,
                      .max_throttled_repeats = 10,
                      .max_throttled_share = 0.25,
                      .throttled_pause = absl::Milliseconds(11)};
  const BenchOptions back = FromProto(ToProto(options));
  EXPECT_EQ(back.seed, 7u);
  EXPECT_EQ(back.prepare_threads, 32);
  EXPECT_EQ(back.benches, 3);
  EXPECT_EQ(back.index, 2);
  EXPECT_EQ(back.sampling.warmup_runs, 1);
  EXPECT_EQ(back.sampling.min_samples, 2);
  EXPECT_EQ(back.sampling.max_samples, 3);
  EXPECT_EQ(back.sampling.target_relative_error, 0.04);
  EXPECT_EQ(back.sampling.confidence, 0.9);
  EXPECT_EQ(back.sampling.max_duration, absl::Seconds(6));
  EXPECT_FALSE(back.sampling.flush_caches);
  EXPECT_EQ(back.sampling.min_sample_duration, absl::Microseconds(8));
  EXPECT_EQ(back.sampling.max_launches_per_sample, 9);
  EXPECT_EQ(back.sampling.tolerated_clock_loss, 0.125);
  EXPECT_EQ(back.sampling.max_throttled_repeats, 10);
  EXPECT_EQ(back.sampling.max_throttled_share, 0.25);
  EXPECT_EQ(back.sampling.throttled_pause, absl::Milliseconds(11));
}

}  // namespace
}  // namespace attune
