// What the machine at hand can do at most, as roofline/roofline_benchmark has measured it.
#ifndef ATTUNE_BENCHMARKS_CEILINGS_H_
#define ATTUNE_BENCHMARKS_CEILINGS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "device/device_info.h"
#include "measurements/result_folder.h"
#include "numerics/dtype.h"

namespace attune {

struct Ceilings {
  DeviceKind device = DeviceKind::kCpu;
  // The file, relative to the folder it was found in.
  std::string source;
  // TFLOP/s, GB/s or Gexp/s of the best repetition by name: "matrix/bf16/wgmma", "fma/fp32",
  // "read".
  std::map<std::string, double> rates;
};

// Of the newest of the files that measured a device of this model and architecture. NotFound
// says what is missing.
absl::StatusOr<Ceilings> FindCeilings(const ResultFolder& folder, const DeviceInfo& device);

// TFLOP/s that matrix products of `dtype` can reach, by the fastest instruction that was measured:
// its own matrix instructions; for fp32 on a GPU a third of the TF32 rate (split TF32 takes three
// products for one), or multiply-adds, if those are more; on a CPU multiply-adds, for bf16 tiles if
// those are more. nullopt where none was measured.
std::optional<double> MatrixCeiling(const Ceilings& ceilings, Dtype dtype);

// GB/s of reading or copying, the larger.
std::optional<double> MemoryCeiling(const Ceilings& ceilings);

// How near a computation comes to the roof over its arithmetic intensity (Williams, Waterman and
// Patterson, "Roofline", CACM 52(4), 2009): the larger of its two rates' shares in their ceilings.
// nullopt where one of the ceilings was not measured.
std::optional<double> ShareOfCeiling(const Ceilings& ceilings, Dtype dtype, double tflops,
                                     double gigabytes_per_second);

// The ceilings of `device` among the results under `folder`, or if that is empty under
// benchmarks/results where the program was called. Null, and a line on the standard error that says
// why, where there are none. Adds `key`, the file or the reason, to the context of what is written.
// Never destroyed.
const Ceilings* CeilingsForBenchmarks(const std::string& key, const DeviceInfo& device,
                                      const std::string& folder);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_CEILINGS_H_
