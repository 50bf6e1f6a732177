#include "benchmarks/ternary/gpu_ternary_rows.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/text_table.h"

namespace attune {
namespace {

constexpr int64_t kSmallBatches[] = {1, 2, 4, 8};
constexpr TernaryShape kShapes[] = {{.rows = 4096, .columns = 4096},
                                    {.rows = 4096, .columns = 14336},
                                    {.rows = 8192, .columns = 28672}};

std::string SizesOf(const TernaryMatmulProblem& problem) {
  return absl::StrCat("/m:", problem.batch, "/n:", problem.weights.rows,
                      "/k:", problem.weights.columns);
}

// What a row reached, beside its rival.
struct Reached {
  double bytes_per_second = 0;
  double of_read = 0;
  double over_dense = 0;
};

enum class Limited { kSmallBatch, kLargeBatch, kNot };

Limited LimitedAs(const TernaryRow& row) {
  if (row.problem.batch == kLargeTernaryBatch) return Limited::kLargeBatch;
  // Of a product that waits, latency is a part that no kernel can hide: reported, not limited.
  return row.order == ProductOrder::kShared ? Limited::kSmallBatch : Limited::kNot;
}

bool KeepsLimits(Limited limited, const Reached& reached, const TernaryLimits& limits) {
  switch (limited) {
    case Limited::kSmallBatch:
      return reached.over_dense >= limits.over_cublas && reached.of_read >= limits.of_read;
    case Limited::kLargeBatch:
      return reached.over_dense >= limits.of_rate;
    case Limited::kNot:
      return true;
  }
  return false;
}

// What is said of limits that no row was held to; nothing where there are none.
std::string Unmet(const std::set<Limited>& held, const TernaryLimits& limits) {
  std::string unmet;
  if ((limits.over_cublas > 0 || limits.of_read > 0) && held.count(Limited::kSmallBatch) == 0) {
    absl::StrAppend(&unmet, "FAIL: no small batch that shares activations ran beside cuBLAS\n");
  }
  if (limits.of_rate > 0 && held.count(Limited::kLargeBatch) == 0) {
    absl::StrAppend(&unmet, "FAIL: no large batch ran beside cuBLAS\n");
  }
  return unmet;
}

}  // namespace

std::string TernaryRow::name() const {
  return absl::StrCat(
      "ternary_matmul/", ActivationName(problem.activation), SizesOf(problem),
      problem.weights.group != 0 ? absl::StrCat("/group:", problem.weights.group) : "",
      order == ProductOrder::kShared ? "/attune/shared_activations" : "/attune/waiting");
}

std::string TernaryRow::dense_name() const {
  return absl::StrCat("dense_matmul/", DenseTypeName(dense), SizesOf(problem), "/cublas");
}

std::vector<TernaryRow> TernaryRows() {
  std::vector<TernaryRow> rows;
  for (const TernaryShape& shape : kShapes) {
    for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
      TernaryMatmulProblem problem{
          .weights = shape, .activation = activation, .output = Dtype::kBfloat16};
      for (const int64_t batch : kSmallBatches) {
        problem.batch = batch;
        rows.push_back({problem, DenseType::kFloat16});
        rows.push_back({problem, DenseType::kFloat16, ProductOrder::kShared});
      }
      problem.weights.group = 128;
      rows.push_back({problem, DenseType::kFloat16, ProductOrder::kShared});
      problem.batch = kLargeTernaryBatch;
      const DenseType same =
          activation == Activation::kInt8 ? DenseType::kInt8 : DenseType::kBfloat16;
      rows.push_back({problem, same});
      problem.weights.group = 0;
      rows.push_back({problem, same});
    }
  }
  return rows;
}

TernaryReport ReportTernaryRows(const std::vector<TernaryRow>& rows,
                                const std::function<double(const std::string&)>& seconds,
                                double read, const TernaryLimits& limits) {
  TernaryReport report;
  std::vector<std::vector<std::string>> table;
  std::set<Limited> held;
  for (const TernaryRow& row : rows) {
    const double ternary = seconds(row.name());
    const double dense = seconds(row.dense_name());
    if (ternary == 0 || dense == 0) continue;
    Reached reached = {
        .bytes_per_second = static_cast<double>(TernaryBytes(row.problem.weights)) / ternary,
        .over_dense = dense / ternary};
    if (read > 0) reached.of_read = reached.bytes_per_second / read;
    held.insert(LimitedAs(row));
    const bool kept = KeepsLimits(LimitedAs(row), reached, limits);
    report.kept = report.kept && kept;
    table.push_back({row.name(), absl::StrFormat("%.2f", ternary * 1e6),
                     absl::StrFormat("%.0f", reached.bytes_per_second * 1e-9),
                     absl::StrFormat("%.2f", reached.of_read),
                     absl::StrFormat("%.0f", Flops(row.problem) / ternary * 1e-12),
                     absl::StrFormat("%.2f", dense * 1e6),
                     absl::StrFormat("%.2f", reached.over_dense), kept ? "" : "MISSED"});
  }
  const std::string unmet = Unmet(held, limits);
  report.kept = report.kept && unmet.empty();
  report.table = absl::StrCat(absl::StrFormat("read bandwidth: %.0f GB/s\n", read * 1e-9),
                              FormatTable({{"product"},
                                           {"us", Align::kRight},
                                           {"GB/s", Align::kRight},
                                           {"of read", Align::kRight},
                                           {"TFLOP/s", Align::kRight},
                                           {"cuBLAS us", Align::kRight},
                                           {"times as fast", Align::kRight},
                                           {""}},
                                          table),
                              unmet);
  return report;
}

}  // namespace attune
