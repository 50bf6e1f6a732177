#include "benchmarks/ceilings.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/working_directory.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr char kDefaultFolder[] = "benchmarks/results";

absl::string_view RowPrefix(DeviceKind kind) {
  return kind == DeviceKind::kCuda ? "roofline/cuda/" : "roofline/cpu/";
}

// Whether one of the devices in the file's context is such a one (AddDeviceContext writes it).
bool Measured(const ResultFile& file, const DeviceInfo& device) {
  const std::string wanted = absl::StrCat(device.model, " ", device.architecture, " ");
  return std::any_of(file.context.begin(), file.context.end(), [&](const auto& entry) {
    return absl::EndsWith(entry.first, "_fingerprint") && absl::StartsWith(entry.second, wanted);
  });
}

// By name, without what the library puts behind it. Counters are medians, and what a machine can do
// is what its best repetition shows.
std::map<std::string, double> RatesOf(const ResultFile& file, DeviceKind kind) {
  std::map<std::string, double> rates;
  for (const Series& series : file.series) {
    absl::string_view name = series.name;
    if (!absl::ConsumePrefix(&name, RowPrefix(kind))) continue;
    absl::ConsumeSuffix(&name, "/manual_time");
    absl::ConsumeSuffix(&name, "/real_time");
    for (const char* counter : {"TFLOP/s", "GB/s", "Gexp/s"}) {
      const auto found = series.counters.find(counter);
      if (found == series.counters.end()) continue;
      const double fastest = *std::min_element(series.seconds.begin(), series.seconds.end());
      rates[std::string(name)] = found->second * Median(series.seconds) / fastest;
    }
  }
  return rates;
}

// 0 where there is none.
double Largest(const Ceilings& ceilings, absl::string_view prefix) {
  double largest = 0;
  for (const auto& [name, rate] : ceilings.rates) {
    if (absl::StartsWith(name, prefix)) largest = std::max(largest, rate);
  }
  return largest;
}

std::optional<double> IfMeasured(double rate) {
  return rate > 0 ? std::optional(rate) : std::nullopt;
}

absl::StatusOr<Ceilings> ReadCeilings(const std::string& folder, const DeviceInfo& device) {
  ATTUNE_ASSIGN_OR_RETURN(const ResultFolder results, ReadResultFolder(folder));
  return FindCeilings(results, device);
}

}  // namespace

absl::StatusOr<Ceilings> FindCeilings(const ResultFolder& folder, const DeviceInfo& device) {
  // Files come by date.
  for (auto named = folder.files.rbegin(); named != folder.files.rend(); ++named) {
    if (!Measured(named->file, device)) continue;
    std::map<std::string, double> rates = RatesOf(named->file, device.kind);
    if (!rates.empty()) return Ceilings{device.kind, named->path, std::move(rates)};
  }
  return absl::NotFoundError(absl::StrCat("no file has ceilings of ", device.model, " (",
                                          device.architecture,
                                          "): run //benchmarks/roofline:roofline_benchmark there"));
}

std::optional<double> MatrixCeiling(const Ceilings& ceilings, Dtype dtype) {
  const double own = Largest(ceilings, absl::StrCat("matrix/", DtypeName(dtype), "/"));
  const double multiply_adds = Largest(ceilings, "fma/");
  if (ceilings.device == DeviceKind::kCpu) return IfMeasured(std::max(own, multiply_adds));
  if (dtype != Dtype::kFloat32) return IfMeasured(own);
  return IfMeasured(std::max(Largest(ceilings, "matrix/tf32/") / 3, multiply_adds));
}

std::optional<double> MemoryCeiling(const Ceilings& ceilings) {
  return IfMeasured(std::max(Largest(ceilings, "read"), Largest(ceilings, "copy")));
}

std::optional<double> ShareOfCeiling(const Ceilings& ceilings, Dtype dtype, double tflops,
                                     double gigabytes_per_second) {
  const std::optional<double> matrix = MatrixCeiling(ceilings, dtype);
  const std::optional<double> memory = MemoryCeiling(ceilings);
  if (!matrix || !memory) return std::nullopt;
  return std::max(tflops / *matrix, gigabytes_per_second / *memory);
}

const Ceilings* CeilingsForBenchmarks(const std::string& key, const DeviceInfo& device,
                                      const std::string& folder) {
  const std::string from = folder.empty() ? FromWorkingDirectory(kDefaultFolder) : folder;
  absl::StatusOr<Ceilings> found = ReadCeilings(from, device);
  if (found.ok()) {
    benchmark::AddCustomContext(key, found->source);
    return new Ceilings(*std::move(found));
  }
  benchmark::AddCustomContext(key, absl::StrCat("none: ", found.status().message()));
  std::cerr << "No counter of_ceiling: " << from << ": " << found.status().message() << "\n";
  return nullptr;
}

}  // namespace attune
