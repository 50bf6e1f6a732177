#include "attention/cpu/cpu_backward_family.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "attention/cpu/cpu_backward_kernel.h"
#include "attention/cpu/cpu_backward_variant.h"
#include "attention/cpu/cpu_support.h"
#include "base/status_macros.h"

namespace attune {
namespace {

CpuBackwardConfiguration ConfigurationOf(const Configuration& configuration) {
  const auto value = [&](absl::string_view name) {
    return static_cast<int>(configuration.Get(name));
  };
  return {.passes = value("passes"),
          .row_tile = value("row_tile"),
          .column_tile = value("column_tile")};
}

CpuBackwardVariant FindVariant(const Configuration& configuration) {
  const std::vector<CpuBackwardVariant> variants = CpuBackwardVariants();
  const CpuBackwardConfiguration wanted = ConfigurationOf(configuration);
  const auto found = std::find_if(
      variants.begin(), variants.end(),
      [&](const CpuBackwardVariant& variant) { return variant.configuration == wanted; });
  assert(found != variants.end());  // The variants are generated from the space.
  return *found;
}

}  // namespace

const ParameterSpace& CpuBackwardFamily::space() const {
  static const ParameterSpace* const space = new ParameterSpace(
      ParameterSpace::Parse(CpuBackwardSpaceText(), "cpu_backward.space.textproto").value());
  return *space;
}

std::string CpuBackwardFamily::fingerprint() const { return std::string(CpuBackwardFingerprint()); }

absl::Status CpuBackwardFamily::Supports(const Problem& problem, const DeviceInfo& device) const {
  ATTUNE_RETURN_IF_ERROR(CheckCpuSupport(name(), device));
  ATTUNE_RETURN_IF_ERROR(CheckNoExpressions(name(), problem));
  if (problem.packed) {
    return absl::UnimplementedError(absl::StrCat(
        name(), " takes sequences of one length; run packed ones each as a batch of one."));
  }
  return absl::OkStatus();
}

Variables CpuBackwardFamily::Model(const Problem& problem, const Configuration& configuration,
                                   const DeviceInfo& device) const {
  const CpuBackwardVariant variant = FindVariant(configuration);
  const int64_t workers = CpuWorkers(device);
  const CpuBackwardLayout layout = LayOutCpuBackward(problem, variant, workers);
  const int64_t columns =
      std::min<int64_t>(variant.configuration.column_tile, std::max(problem.q_len, problem.kv_len));
  // Both orders of a tile's columns.
  const int64_t column_bytes =
      2 * columns * (layout.qk_columns + layout.v_columns) * static_cast<int64_t>(sizeof(float));
  return {
      {"kv_head_tasks", static_cast<double>(problem.batch * problem.kv_heads)},
      {"workers", static_cast<double>(workers)},
      {"tile_bytes", static_cast<double>(layout.scratch_bytes + column_bytes)},
      {"workspace_bytes", static_cast<double>(layout.total_bytes)},
      {"vector_lanes", static_cast<double>(variant.shape.lanes)},
  };
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> CpuBackwardFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  return std::make_unique<CpuBackwardKernel>(problem, FindVariant(configuration),
                                             CpuWorkers(device.info()));
}

}  // namespace attune
