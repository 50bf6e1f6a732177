#include "attention/ternary/cpu/cpu_ternary_matmul_family.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "attention/cpu/cpu_support.h"
#include "attention/ternary/cpu/cpu_ternary_matmul_kernel.h"
#include "attention/ternary/cpu/cpu_ternary_matmul_variant.h"
#include "base/status_macros.h"

namespace attune {
namespace {

CpuTernaryMatmulConfiguration ConfigurationOf(const Configuration& configuration) {
  return {.row_tiles = static_cast<int>(configuration.Get("row_tiles")),
          .batch_rows = static_cast<int>(configuration.Get("batch_rows"))};
}

CpuTernaryMatmulVariant FindVariant(const Configuration& configuration) {
  const std::vector<CpuTernaryMatmulVariant> variants = CpuTernaryMatmulVariants();
  const CpuTernaryMatmulConfiguration wanted = ConfigurationOf(configuration);
  const auto found = std::find_if(
      variants.begin(), variants.end(),
      [&](const CpuTernaryMatmulVariant& variant) { return variant.configuration == wanted; });
  assert(found != variants.end());  // The variants are generated from the space.
  return *found;
}

// Small batches in one block; larger ones in blocks of four.
CpuTernaryMatmulConfiguration Untuned(int64_t batch) {
  if (batch == 1) return {.row_tiles = 4, .batch_rows = 1};
  if (batch == 2) return {.row_tiles = 4, .batch_rows = 2};
  return {.row_tiles = 2, .batch_rows = 4};
}

}  // namespace

const ParameterSpace& CpuTernaryMatmulFamily::space() const {
  static const ParameterSpace* const space = new ParameterSpace(
      ParameterSpace::Parse(CpuTernaryMatmulSpaceText(), "cpu_ternary_matmul.space.textproto")
          .value());
  return *space;
}

std::string CpuTernaryMatmulFamily::fingerprint() const {
  return std::string(CpuTernaryMatmulFingerprint());
}

absl::Status CpuTernaryMatmulFamily::Supports(const TernaryMatmulProblem&,
                                              const DeviceInfo& device) const {
  return CheckCpuSupport(name(), device);
}

Variables CpuTernaryMatmulFamily::Model(const TernaryMatmulProblem& problem,
                                        const Configuration& configuration,
                                        const DeviceInfo&) const {
  const CpuTernaryMatmulLayout layout =
      LayOutCpuTernaryMatmul(problem, ConfigurationOf(configuration));
  const CpuTernaryMatmulConfiguration untuned = Untuned(problem.batch);
  return {{"workspace_bytes", static_cast<double>(layout.total_bytes)},
          {"untuned_row_tiles", untuned.row_tiles},
          {"untuned_batch_rows", untuned.batch_rows}};
}

absl::StatusOr<std::unique_ptr<TernaryMatmulKernel>> CpuTernaryMatmulFamily::Prepare(
    const TernaryMatmulProblem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  return std::make_unique<CpuTernaryMatmulKernel>(problem, FindVariant(configuration),
                                                  CpuWorkers(device.info()));
}

}  // namespace attune
