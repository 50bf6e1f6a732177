#include "benchmarks/ternary/gpu_ternary_rows.h"

#include <map>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// 4096 x 4096 weights in 4 us: 1.05 TB/s, and 34 GFLOP of a batch of 1024.
TernaryRow SomeRow(int64_t batch, ProductOrder order) {
  return {.problem = {.batch = batch,
                      .weights = {.rows = 4096, .columns = 4096},
                      .activation = Activation::kInt8},
          .dense = DenseType::kFloat16,
          .order = order};
}

TernaryReport ReportOf(const TernaryRow& row, double seconds, double dense,
                       const TernaryLimits& limits) {
  const std::map<std::string, double> times = {{row.name(), seconds}, {row.dense_name(), dense}};
  return ReportTernaryRows(
      {row}, [&](const std::string& name) { return times.at(name); }, 2e12, limits);
}

TEST(GpuTernaryRowsTest, NamesTellRowsApart) {
  std::set<std::string> names;
  for (const TernaryRow& row : TernaryRows()) {
    EXPECT_TRUE(Validate(row.problem).ok()) << row.name();
    EXPECT_TRUE(names.insert(row.name()).second) << row.name();
  }
  EXPECT_EQ(names.count("ternary_matmul/int8/m:1/n:4096/k:14336/attune/shared_activations"), 1u);
  EXPECT_EQ(names.count("ternary_matmul/bf16/m:4096/n:8192/k:28672/group:128/attune/waiting"), 1u);
  EXPECT_EQ(SomeRow(8, ProductOrder::kShared).dense_name(),
            "dense_matmul/fp16/m:8/n:4096/k:4096/cublas");
}

TEST(GpuTernaryRowsTest, SmallBatchesThatShareActivationsHaveTwoLimits) {
  const TernaryRow shared = SomeRow(1, ProductOrder::kShared);
  EXPECT_TRUE(ReportOf(shared, 4e-6, 24e-6, {.over_cublas = 5, .of_read = 0.5}).kept);
  EXPECT_FALSE(ReportOf(shared, 4e-6, 24e-6, {.over_cublas = 7, .of_read = 0.5}).kept);
  const TernaryReport slow = ReportOf(shared, 4e-6, 24e-6, {.over_cublas = 5, .of_read = 0.6});
  EXPECT_FALSE(slow.kept);
  EXPECT_THAT(slow.table, HasSubstr("MISSED"));
  EXPECT_THAT(slow.table, HasSubstr("read bandwidth: 2000 GB/s"));
  EXPECT_THAT(slow.table, HasSubstr("6.00"));
}

TEST(GpuTernaryRowsTest, ProductsThatWaitAreReportedAlone) {
  const TernaryReport report =
      ReportOf(SomeRow(1, ProductOrder::kWaiting), 4e-6, 4e-6, {.over_cublas = 5, .of_read = 1});
  EXPECT_TRUE(report.kept);
  EXPECT_THAT(report.table, HasSubstr("1.00"));
}

TEST(GpuTernaryRowsTest, LargeBatchesAreHeldToARate) {
  const TernaryRow large = SomeRow(kLargeTernaryBatch, ProductOrder::kWaiting);
  EXPECT_TRUE(ReportOf(large, 2e-4, 1.4e-4, {.of_rate = 0.7}).kept);
  EXPECT_FALSE(ReportOf(large, 2e-4, 1.4e-4, {.of_rate = 0.71}).kept);
}

TEST(GpuTernaryRowsTest, RowsThatDidNotRunAreLeftOut) {
  const TernaryReport report =
      ReportOf(SomeRow(1, ProductOrder::kShared), 0, 4e-6, {.over_cublas = 5});
  EXPECT_TRUE(report.kept);
  EXPECT_THAT(report.table, Not(HasSubstr("m:1")));
}

}  // namespace
}  // namespace attune
