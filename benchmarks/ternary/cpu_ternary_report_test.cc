#include "benchmarks/ternary/cpu_ternary_report.h"

#include "benchmarks/ternary/rival_times.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kProduct[] = "ternary_matmul/fp32/m:1/n:4096/k:4096";
constexpr char kBatch[] = "ternary_matmul/fp32/m:8/n:4096/k:4096";
constexpr char kQuantized[] = "ternary_quantize/fp32/group:0/n:8192/k:28672";

TEST(CpuTernaryReportTest, ProductsAtBatchOneHaveALimit) {
  RivalTimes times;
  times.Add(kProduct, kCpuTernaryMatmul, 1);
  times.Add(kProduct, kOpenblas, 5);
  times.Add(kBatch, kCpuTernaryMatmul, 1);
  times.Add(kBatch, kOpenblas, 2);
  const CpuTernaryReport kept = ReportCpuTernary(times, {.min_over_sgemv = 5});
  EXPECT_THAT(kept.missed, IsEmpty());
  EXPECT_THAT(kept.text, HasSubstr("m:8/n:4096/k:4096: 2 times as fast as OpenBLAS"));
  EXPECT_THAT(ReportCpuTernary(times, {.min_over_sgemv = 6}).missed,
              HasSubstr("m:1/n:4096/k:4096 is less than 6 times as fast as sgemv"));
}

TEST(CpuTernaryReportTest, TheQuantizerHasALimit) {
  RivalTimes times;
  times.Add(kQuantized, kQuantizer, 2);
  EXPECT_THAT(ReportCpuTernary(times, {.max_quantizer_seconds = 2}).missed, IsEmpty());
  EXPECT_THAT(ReportCpuTernary(times, {.max_quantizer_seconds = 1}).missed,
              HasSubstr("took 2 s, more than 1"));
}

TEST(CpuTernaryReportTest, ALimitThatNothingIsHeldToIsNotKept) {
  RivalTimes times;
  times.Add(kProduct, kCpuTernaryMatmul, 1);
  times.Add(kBatch, kCpuTernaryMatmul, 1);
  times.Add(kBatch, kOpenblas, 9);
  EXPECT_THAT(ReportCpuTernary(times, {}).missed, IsEmpty());
  EXPECT_THAT(ReportCpuTernary(times, {.min_over_sgemv = 1}).missed,
              HasSubstr("no product at batch 1 ran beside sgemv"));
  EXPECT_THAT(ReportCpuTernary(times, {.max_quantizer_seconds = 1}).missed,
              HasSubstr("did not run"));
}

}  // namespace
}  // namespace attune
