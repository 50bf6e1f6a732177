#include "benchmarks/report/benchmark_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace attune {
namespace {

using ::testing::ElementsAre;

TEST(BenchmarkNameTest, AnAttentionBenchmarkSaysWhatItRan) {
  const BenchmarkName name = ParseBenchmarkName(
      "forward/bf16/192_128/causal+alibi/1_2048/4x32_8/portable_forward/block_m=64/manual_time");
  EXPECT_EQ(name.operation, "forward");
  EXPECT_EQ(name.dtype, "bf16");
  EXPECT_THAT(name.fields,
              ElementsAre(NameField{"head_dim", "192_128"}, NameField{"mask", "causal+alibi"},
                          NameField{"queries", "1"}, NameField{"length", "2048", true},
                          NameField{"heads", "4x32_8", true}));
  EXPECT_EQ(name.rival, "portable_forward");
  EXPECT_EQ(name.variant, "block_m=64");
}

TEST(BenchmarkNameTest, AsManyQueriesAsKeysAreAll) {
  const BenchmarkName name = ParseBenchmarkName("backward/fp32/64/full/512/1x4/cpu_backward");
  EXPECT_EQ(name.fields[2], (NameField{"queries", "all"}));
  EXPECT_EQ(name.fields[3], (NameField{"length", "512", true}));
}

TEST(BenchmarkNameTest, AnyOtherOperationNamesItsFields) {
  const BenchmarkName name =
      ParseBenchmarkName("product/fp32/rows:16/columns:4096/openblas/threads=2/real_time");
  EXPECT_EQ(name.operation, "product");
  EXPECT_EQ(name.dtype, "fp32");
  EXPECT_THAT(name.fields,
              ElementsAre(NameField{"rows", "16", true}, NameField{"columns", "4096", false}));
  EXPECT_EQ(name.rival, "openblas");
  EXPECT_EQ(name.variant, "threads=2");
}

TEST(BenchmarkNameTest, HowTimeWasTakenIsNoPartOfIt) {
  EXPECT_EQ(ParseBenchmarkName("plan_uncached/iterations:5/real_time").rival, "plan_uncached");
  EXPECT_EQ(ParseBenchmarkName("forward/bf16/64/full/512/4x16/cpu_forward/real_time").variant, "");
}

TEST(BenchmarkNameTest, OtherNamesAreWholeRivals) {
  for (const char* name : {"roofline/cuda/matrix/bf16/wgmma/a/b", "product/fp32/rows:16", "a", "",
                           "forward/bf16/64/full/512/4x16", "a/b/:/c"}) {
    EXPECT_FALSE(ParseBenchmarkName(name).is_problem()) << name;
    EXPECT_EQ(ParseBenchmarkName(name).rival, name);
  }
  EXPECT_EQ(ParseBenchmarkName("roofline/cpu/read/real_time").rival, "roofline/cpu/read");
}

}  // namespace
}  // namespace attune
