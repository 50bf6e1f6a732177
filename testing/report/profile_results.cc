#include "testing/report/profile_results.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

struct Metric {
  absl::string_view title;
  absl::string_view name;  // ncu's
};

constexpr char kKernelName[] = "Kernel Name";

constexpr Metric kMetrics[] = {
    {"time", "gpu__time_duration.sum"},
    {"compute, of peak", "sm__throughput.avg.pct_of_peak_sustained_elapsed"},
    // Hopper counts mma.sync and wgmma apart.
    {"mma, of peak", "sm__inst_executed_pipe_tensor_op_hmma.avg.pct_of_peak_sustained_active"},
    {"wgmma, of peak", "sm__inst_executed_pipe_tensor_op_gmma.avg.pct_of_peak_sustained_active"},
    {"memory, of peak", "gpu__compute_memory_throughput.avg.pct_of_peak_sustained_elapsed"},
    {"DRAM, of peak", "gpu__dram_throughput.avg.pct_of_peak_sustained_elapsed"},
    {"active warps, of peak", "sm__warps_active.avg.pct_of_peak_sustained_active"},
    {"registers", "launch__registers_per_thread"},
    {"blocks", "launch__grid_size"},
    {"threads", "launch__block_size"},
    {"kernel", kKernelName},
};

using Row = std::vector<std::string>;

// Rows of comma-separated cells in double quotes or without any (RFC 4180).
std::vector<Row> ParseCsv(absl::string_view csv) {
  std::vector<Row> rows;
  Row row;
  std::string cell;
  bool quoted = false;
  const auto end_row = [&] {
    row.push_back(cell);
    cell.clear();
    if (row.size() > 1 || !row[0].empty()) rows.push_back(row);
    row.clear();
  };
  for (size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < csv.size() && csv[i + 1] == '"') {
        cell += csv[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.push_back(cell);
      cell.clear();
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r') {
      cell += c;
    }
  }
  end_row();
  return rows;
}

std::string At(const Row& row, size_t column) { return column < row.size() ? row[column] : ""; }

std::string Cell(const Metric& metric, const Row& header, const Row& units, const Row& launch) {
  const auto found = std::find(header.begin(), header.end(), metric.name);
  const size_t column = found - header.begin();
  if (found == header.end() || At(launch, column).empty()) return "-";
  const std::string unit = At(units, column);
  return absl::StrCat(At(launch, column), unit.empty() ? "" : " ", unit);
}

}  // namespace

std::vector<std::string> ProfileColumns() {
  std::vector<std::string> titles;
  for (const Metric& metric : kMetrics) titles.emplace_back(metric.title);
  return titles;
}

absl::StatusOr<std::vector<std::vector<std::string>>> ParseProfile(absl::string_view csv) {
  const std::vector<Row> rows = ParseCsv(csv);
  const auto header = std::find_if(rows.begin(), rows.end(), [](const Row& row) {
    return std::find(row.begin(), row.end(), kKernelName) != row.end();
  });
  // The row of units follows the header.
  if (rows.end() - header < 3) {
    return absl::InvalidArgumentError("ncu reports no kernel launch");
  }
  std::vector<std::vector<std::string>> launches;
  for (auto launch = header + 2; launch != rows.end(); ++launch) {
    Row cells;
    for (const Metric& metric : kMetrics) {
      cells.push_back(Cell(metric, *header, *(header + 1), *launch));
    }
    launches.push_back(cells);
  }
  return launches;
}

}  // namespace attune
