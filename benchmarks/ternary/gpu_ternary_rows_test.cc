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

// Each row takes `seconds`, cuBLAS `dense`.
TernaryReport ReportOf(const std::vector<TernaryRow>& rows, double seconds, double dense,
                       const TernaryLimits& limits) {
  std::map<std::string, double> times;
  for (const TernaryRow& row : rows) {
    times[row.name()] = seconds;
    times[row.dense_name()] = dense;
  }
  return ReportTernaryRows(
      rows, [&](const std::string& name) { return times.at(name); }, 2e12, limits);
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
  EXPECT_TRUE(ReportOf({shared}, 4e-6, 24e-6, {.over_cublas = 5, .of_read = 0.5}).kept);
  EXPECT_FALSE(ReportOf({shared}, 4e-6, 24e-6, {.over_cublas = 7, .of_read = 0.5}).kept);
  const TernaryReport slow = ReportOf({shared}, 4e-6, 24e-6, {.over_cublas = 5, .of_read = 0.6});
  EXPECT_FALSE(slow.kept);
  EXPECT_THAT(slow.table, HasSubstr("MISSED"));
  EXPECT_THAT(slow.table, HasSubstr("read bandwidth: 2000 GB/s"));
  EXPECT_THAT(slow.table, HasSubstr("6.00"));
}

TEST(GpuTernaryRowsTest, ProductsThatWaitAreReportedAlone) {
  const std::vector<TernaryRow> waiting = {SomeRow(1, ProductOrder::kWaiting)};
  const TernaryReport report = ReportOf(waiting, 4e-6, 4e-6, {});
  EXPECT_TRUE(report.kept);
  EXPECT_THAT(report.table, HasSubstr("1.00"));
  EXPECT_THAT(ReportOf(waiting, 4e-6, 4e-6, {.over_cublas = 5}).table, Not(HasSubstr("MISSED")));
}

TEST(GpuTernaryRowsTest, LargeBatchesAreHeldToARate) {
  const TernaryRow large = SomeRow(kLargeTernaryBatch, ProductOrder::kWaiting);
  EXPECT_TRUE(ReportOf({large}, 2e-4, 1.4e-4, {.of_rate = 0.7}).kept);
  EXPECT_FALSE(ReportOf({large}, 2e-4, 1.4e-4, {.of_rate = 0.71}).kept);
}

TEST(GpuTernaryRowsTest, RowsThatDidNotRunAreLeftOut) {
  const TernaryReport report = ReportOf({SomeRow(1, ProductOrder::kShared)}, 0, 4e-6, {});
  EXPECT_TRUE(report.kept);
  EXPECT_THAT(report.table, Not(HasSubstr("m:1")));
}

TEST(GpuTernaryRowsTest, ALimitThatNoRowIsHeldToIsNotKept) {
  const TernaryRow shared = SomeRow(1, ProductOrder::kShared);
  const TernaryRow waiting = SomeRow(1, ProductOrder::kWaiting);
  const TernaryRow large = SomeRow(kLargeTernaryBatch, ProductOrder::kWaiting);
  for (const TernaryLimits& limits :
       {TernaryLimits{.over_cublas = 5}, TernaryLimits{.of_read = 0.5}}) {
    EXPECT_FALSE(ReportOf({shared}, 0, 24e-6, limits).kept);
    EXPECT_FALSE(ReportOf({shared}, 4e-6, 0, limits).kept);
    EXPECT_FALSE(ReportOf({waiting, large}, 4e-6, 24e-6, limits).kept);
    EXPECT_TRUE(ReportOf({shared}, 4e-6, 24e-6, limits).kept);
  }
  const TernaryReport small = ReportOf({shared}, 4e-6, 24e-6, {.of_rate = 0.7});
  EXPECT_FALSE(small.kept);
  EXPECT_THAT(small.table, HasSubstr("FAIL: no large batch ran beside cuBLAS"));
}

}  // namespace
}  // namespace attune
