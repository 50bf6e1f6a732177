#include "benchmarks/ceilings.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

DeviceInfo Gpu() {
  return {.kind = DeviceKind::kCuda, .model = "NVIDIA H200", .architecture = "sm_90"};
}
DeviceInfo Cpu() { return {.kind = DeviceKind::kCpu, .model = "Xeon", .architecture = "AVX3"}; }

Series Rate(const std::string& name, const std::string& counter, double rate) {
  return {.name = name, .seconds = {1}, .counters = {{counter, rate}}};
}

NamedResultFile Roofline(const std::string& path, double factor) {
  ResultFile file;
  file.context = {{"cpu_fingerprint", "Xeon AVX3 threads=2"},
                  {"device_fingerprint", "NVIDIA H200 sm_90 multiprocessors=132"}};
  file.series = {Rate("roofline/cuda/matrix/bf16/mma/manual_time", "TFLOP/s", factor * 600),
                 Rate("roofline/cuda/matrix/bf16/wgmma/manual_time", "TFLOP/s", factor * 800),
                 Rate("roofline/cuda/matrix/tf32/mma/manual_time", "TFLOP/s", factor * 300),
                 Rate("roofline/cuda/fma/fp32/manual_time", "TFLOP/s", factor * 60),
                 Rate("roofline/cuda/read/manual_time", "GB/s", factor * 4000),
                 Rate("roofline/cuda/copy/manual_time", "GB/s", factor * 3900),
                 Rate("roofline/cpu/fma/fp32/real_time", "TFLOP/s", factor * 0.3),
                 Rate("roofline/cpu/matrix/bf16/tiles/real_time", "TFLOP/s", factor * 3),
                 Rate("roofline/cpu/read/real_time", "GB/s", factor * 20)};
  return {path, file};
}

Ceilings CeilingsOf(const DeviceInfo& device) {
  return FindCeilings({.files = {Roofline("roofline.json", 1)}}, device).value();
}

TEST(CeilingsTest, TheNewestFileThatMeasuredTheDeviceCounts) {
  NamedResultFile other = Roofline("other_machine.json", 9);
  other.file.context = {{"device_fingerprint", "NVIDIA H200 NVL sm_90 multiprocessors=132"}};
  NamedResultFile benchmark = Roofline("no_roofline.json", 9);
  benchmark.file.series = {Rate("forward/bf16", "TFLOP/s", 1)};
  const ResultFolder folder = {
      .files = {Roofline("old.json", 2), Roofline("new.json", 1), other, benchmark}};
  const auto ceilings = FindCeilings(folder, Gpu());
  ASSERT_TRUE(ceilings.ok()) << ceilings.status();
  EXPECT_EQ(ceilings->source, "new.json");
  EXPECT_EQ(ceilings->rates.at("matrix/bf16/wgmma"), 800);
  EXPECT_EQ(ceilings->rates.count("fma/fp32"), 1u);
}

TEST(CeilingsTest, TheBestRepetitionIsWhatTheMachineCanDo) {
  NamedResultFile disturbed = Roofline("roofline.json", 1);
  disturbed.file.series.back().seconds = {3, 2, 1};
  EXPECT_DOUBLE_EQ(*MemoryCeiling(FindCeilings({.files = {disturbed}}, Cpu()).value()), 40);
}

TEST(CeilingsTest, WithoutAFileTheErrorNamesTheDeviceAndTheProgramToRun) {
  const auto ceilings = FindCeilings({}, Gpu());
  EXPECT_EQ(ceilings.status().code(), absl::StatusCode::kNotFound);
  for (const char* part : {"NVIDIA H200", "sm_90", "roofline_benchmark"}) {
    EXPECT_NE(ceilings.status().message().find(part), absl::string_view::npos) << part;
  }
}

TEST(CeilingsTest, MatrixProductsGoByTheFastestInstructionOfTheirDtype) {
  EXPECT_EQ(MatrixCeiling(CeilingsOf(Gpu()), Dtype::kBfloat16), 800);
  EXPECT_EQ(MatrixCeiling(CeilingsOf(Gpu()), Dtype::kFloat32), 100);
  EXPECT_EQ(MatrixCeiling(CeilingsOf(Gpu()), Dtype::kFloat16), std::nullopt);
  EXPECT_EQ(MatrixCeiling(CeilingsOf(Cpu()), Dtype::kBfloat16), 3);
  EXPECT_EQ(MatrixCeiling(CeilingsOf(Cpu()), Dtype::kFloat16), 0.3);
}

TEST(CeilingsTest, TheShareIsThatOfTheRateWhichBounds) {
  const Ceilings ceilings = CeilingsOf(Gpu());
  EXPECT_DOUBLE_EQ(*ShareOfCeiling(ceilings, Dtype::kBfloat16, 400, 40), 0.5);
  EXPECT_DOUBLE_EQ(*ShareOfCeiling(ceilings, Dtype::kBfloat16, 8, 3000), 0.75);
  EXPECT_EQ(ShareOfCeiling(ceilings, Dtype::kFloat16, 400, 40), std::nullopt);
}

TEST(CeilingsTest, AFolderWithoutFilesGivesNone) {
  EXPECT_EQ(CeilingsForBenchmarks("ceilings", Gpu(), testing::TempDir()), nullptr);
}

}  // namespace
}  // namespace attune
