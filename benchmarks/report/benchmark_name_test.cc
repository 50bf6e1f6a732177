#include "benchmarks/report/benchmark_name.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(BenchmarkNameTest, AnAttentionBenchmarkSaysWhatItRan) {
  const BenchmarkName name = ParseBenchmarkName(
      "forward/bf16/192_128/causal+alibi/1_2048/4x32_8/portable_forward/block_m=64/manual_time");
  EXPECT_TRUE(name.is_attention());
  EXPECT_EQ(name.direction, "forward");
  EXPECT_EQ(name.dtype, "bf16");
  EXPECT_EQ(name.head_dim, "192_128");
  EXPECT_EQ(name.mask, "causal+alibi");
  EXPECT_EQ(name.length, "1_2048");
  EXPECT_EQ(name.heads, "4x32_8");
  EXPECT_EQ(name.rival, "portable_forward");
  EXPECT_EQ(name.variant, "block_m=64");
}

TEST(BenchmarkNameTest, HowTimeWasTakenIsNoPartOfIt) {
  EXPECT_EQ(ParseBenchmarkName("plan_uncached/iterations:5/real_time").rival, "plan_uncached");
  EXPECT_EQ(ParseBenchmarkName("forward/bf16/64/full/512/4x16/cpu_forward/real_time").variant, "");
}

TEST(BenchmarkNameTest, OtherNamesAreWholeRivals) {
  EXPECT_FALSE(ParseBenchmarkName("roofline/cuda/matrix/bf16/wgmma/a/b").is_attention());
  EXPECT_EQ(ParseBenchmarkName("roofline/cpu/read/real_time").rival, "roofline/cpu/read");
  EXPECT_EQ(ParseBenchmarkName("").rival, "");
}

}  // namespace
}  // namespace attune
