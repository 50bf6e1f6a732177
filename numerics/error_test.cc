#include "numerics/error.h"

#include <cmath>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<double> Normals(uint64_t seed, int64_t count) {
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i) values[i] = RandomNormal(seed, i);
  return values;
}

TEST(CompareArraysTest, EqualArraysHaveNoError) {
  const std::vector<double> values = Normals(1, 1000);
  const ErrorReport report = CompareArrays(values, values);
  EXPECT_EQ(report.count, 1000);
  EXPECT_EQ(report.mean_absolute, 0);
  EXPECT_EQ(report.root_mean_square, 0);
  EXPECT_EQ(report.max_absolute, 0);
  EXPECT_NEAR(report.cosine, 1, 1e-15);
  EXPECT_EQ(report.worst_index, -1);
  EXPECT_EQ(report.mismatches, 0);
}

TEST(CompareArraysTest, EmptyArraysAgree) {
  const ErrorReport report = CompareArrays({}, {});
  EXPECT_EQ(report.count, 0);
  EXPECT_EQ(report.cosine, 1);
  EXPECT_TRUE(CheckTolerance(report, Tolerance(), "empty").ok());
}

TEST(CompareArraysTest, MeasuresKnownErrors) {
  const std::vector<double> expected = {3, 4, 0, 0};
  const std::vector<double> actual = {3, 0, 0, 3};
  const ErrorReport report = CompareArrays(expected, actual);
  EXPECT_DOUBLE_EQ(report.mean_absolute, 7.0 / 4);
  EXPECT_DOUBLE_EQ(report.root_mean_square, 5.0 / 2);
  EXPECT_EQ(report.max_absolute, 4);
  EXPECT_EQ(report.worst_index, 1);
  EXPECT_EQ(report.worst_expected, 4);
  EXPECT_EQ(report.worst_actual, 0);
  EXPECT_DOUBLE_EQ(report.cosine, 9 / (5 * std::sqrt(18)));
}

TEST(CompareArraysTest, FindsAPlantedElementWhereverItIs) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const std::vector<double> expected = Normals(seed, 5000);
    std::vector<double> actual = expected;
    for (double& value : actual) value += 1e-9;
    const int64_t planted = RandomBits(seed, 0) % actual.size();
    actual[planted] += 0.01;
    const ErrorReport report = CompareArrays(expected, actual);
    EXPECT_EQ(report.worst_index, planted) << "seed " << seed;
    EXPECT_EQ(report.worst_expected, expected[planted]);
    EXPECT_EQ(report.worst_actual, actual[planted]);
    // One element of 5000 hides from the means: the maximum is what sees it.
    const absl::Status status = CheckTolerance(report, Tolerance(), "out");
    EXPECT_THAT(std::string(status.message()), HasSubstr("max 0.01 above its limit")) << status;
  }
}

TEST(CompareArraysTest, NonFiniteOnBothSidesAgreesAndCounts) {
  const std::vector<double> expected = {kNan, kInfinity, -kInfinity, 1};
  const std::vector<double> actual = {-kNan, kInfinity, -kInfinity, 2};
  const ErrorReport report = CompareArrays(expected, actual);
  EXPECT_EQ(report.mismatches, 0);
  EXPECT_EQ(report.mean_absolute, 0.25);
  EXPECT_EQ(report.root_mean_square, 0.5);
  EXPECT_EQ(report.cosine, 1);
  EXPECT_EQ(report.worst_index, 3);
}

TEST(CompareArraysTest, NonFiniteOnOneSideIsAMismatchThatTheErrorsLeaveOut) {
  const double cases[][2] = {
      {kNan, 1},         {1, kNan},         {kInfinity, 1},         {1, -kInfinity},
      {kInfinity, kNan}, {kNan, kInfinity}, {kInfinity, -kInfinity}};
  for (const auto& pair : cases) {
    const std::vector<double> expected = {1, pair[0], 1};
    const std::vector<double> actual = {4, pair[1], 1};
    const ErrorReport report = CompareArrays(expected, actual);
    EXPECT_EQ(report.mismatches, 1);
    EXPECT_EQ(report.worst_index, 1);
    EXPECT_EQ(report.mean_absolute, 1.5);
    EXPECT_EQ(report.max_absolute, 3);
    const Tolerance roomy = {100, 100, 100, -1};
    EXPECT_FALSE(CheckTolerance(report, roomy, "out").ok());
  }
}

TEST(CompareArraysTest, WorstIsTheFirstMismatch) {
  const std::vector<double> expected = {0, 1, 2, 3, 4};
  const std::vector<double> actual = {9, 1, kNan, 90, kInfinity};
  const ErrorReport report = CompareArrays(expected, actual);
  EXPECT_EQ(report.worst_index, 2);
  EXPECT_EQ(report.worst_expected, 2);
  EXPECT_TRUE(std::isnan(report.worst_actual));
  EXPECT_EQ(report.mismatches, 2);
  EXPECT_EQ(report.max_absolute, 87);
}

TEST(CompareArraysTest, AllZeroOutputHasNoCosine) {
  const std::vector<double> expected = Normals(2, 100);
  const std::vector<double> zeros(100, 0.0);
  EXPECT_EQ(CompareArrays(expected, zeros).cosine, 0);
  EXPECT_EQ(CompareArrays(zeros, expected).cosine, 1);
  EXPECT_EQ(CompareArrays(zeros, zeros).cosine, 1);
}

TEST(CompareArraysTest, ExtremeMagnitudesNeitherOverflowNorVanish) {
  for (const double scale : {1e-200, 1e200}) {
    const std::vector<double> expected = {3 * scale, 4 * scale};
    const std::vector<double> actual = {3 * scale, 3 * scale};
    const ErrorReport report = CompareArrays(expected, actual);
    EXPECT_DOUBLE_EQ(report.root_mean_square, scale / std::sqrt(2));
    EXPECT_DOUBLE_EQ(report.cosine, 21 / (5 * std::sqrt(18)));
  }
}

TEST(CheckToleranceTest, SmallAllZeroOutputFailsByItsCosineAlone) {
  std::vector<double> expected = Normals(3, 100);
  for (double& value : expected) value *= 1e-6;
  const ErrorReport report = CompareArrays(expected, std::vector<double>(100, 0.0));
  const absl::Status status = CheckTolerance(report, Tolerance(), "out");
  EXPECT_THAT(std::string(status.message()), HasSubstr("out: cosine 0.0")) << status;
}

TEST(CheckToleranceTest, NamesEachLimitThatIsExceeded) {
  const ErrorReport report = {.count = 10,
                              .mean_absolute = 1,
                              .root_mean_square = 2,
                              .cosine = 0.5,
                              .max_absolute = 3,
                              .worst_index = 7,
                              .worst_expected = 1.5,
                              .worst_actual = 4.5};
  EXPECT_TRUE(CheckTolerance(report, {1, 2, 3, 0.5}, "out").ok());
  EXPECT_THAT(std::string(CheckTolerance(report, {0.9, 2, 3, 0.5}, "out").message()),
              HasSubstr("out: MAE 1 above its limit 0.9 ("));
  EXPECT_THAT(std::string(CheckTolerance(report, {1, 1.9, 3, 0.5}, "out").message()),
              HasSubstr("out: RMSE 2 above its limit 1.9 ("));
  EXPECT_THAT(std::string(CheckTolerance(report, {1, 2, 2.9, 0.5}, "out").message()),
              HasSubstr("index 7: expected 1.5, actual 4.5"));
  EXPECT_THAT(std::string(CheckTolerance(report, {1, 2, 3, 0.6}, "out").message()),
              HasSubstr("cosine 0.500000 below its limit 0.6"));
}

TEST(CheckToleranceTest, NanErrorsAndNanLimitsFail) {
  ErrorReport report;
  report.mean_absolute = kNan;
  EXPECT_FALSE(CheckTolerance(report, Tolerance(), "out").ok());
  EXPECT_FALSE(CheckTolerance(ErrorReport(), {1, 1, 1, kNan}, "out").ok());
}

}  // namespace
}  // namespace attune
