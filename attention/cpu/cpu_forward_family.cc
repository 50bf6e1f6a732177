#include "attention/cpu/cpu_forward_family.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "attention/cpu/cpu_forward_kernel.h"
#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/cpu_support.h"
#include "base/status_macros.h"

namespace attune {
namespace {

CpuForwardConfiguration ConfigurationOf(const Configuration& configuration) {
  const auto value = [&](absl::string_view name) {
    return static_cast<int>(configuration.Get(name));
  };
  return {.query_tile = value("query_tile"),
          .key_tile = value("key_tile"),
          .micro_vectors = value("micro_vectors")};
}

CpuForwardVariant FindVariant(const Configuration& configuration) {
  const std::vector<CpuForwardVariant> variants = CpuForwardVariants();
  const CpuForwardConfiguration wanted = ConfigurationOf(configuration);
  const auto found = std::find_if(
      variants.begin(), variants.end(),
      [&](const CpuForwardVariant& variant) { return variant.configuration == wanted; });
  assert(found != variants.end());  // The variants are generated from the space.
  return *found;
}

int64_t Workers(const DeviceInfo& device) {
  return std::max<int64_t>(1, device.Attribute("threads", 1));
}

}  // namespace

const ParameterSpace& CpuForwardFamily::space() const {
  static const ParameterSpace* const space = new ParameterSpace(
      ParameterSpace::Parse(CpuForwardSpaceText(), "cpu_forward.space.textproto").value());
  return *space;
}

std::string CpuForwardFamily::fingerprint() const { return std::string(CpuForwardFingerprint()); }

absl::Status CpuForwardFamily::Supports(const Problem&, const DeviceInfo& device) const {
  return CheckCpuSupport(name(), device);
}

Variables CpuForwardFamily::Model(const Problem& problem, const Configuration& configuration,
                                  const DeviceInfo& device) const {
  const CpuForwardVariant variant = FindVariant(configuration);
  const CpuForwardLayout layout = LayOutCpuForward(problem, variant.shape, Workers(device));
  const int64_t key_rows = std::min<int64_t>(variant.configuration.key_tile, layout.kv_rows);
  const int64_t key_tile_bytes =
      key_rows * (problem.qk_dim + layout.v_columns) * static_cast<int64_t>(sizeof(float));
  return {
      {"stacked_queries", static_cast<double>(problem.q_heads / problem.kv_heads * problem.q_len)},
      {"tile_bytes", static_cast<double>(layout.scratch_bytes + key_tile_bytes)},
      {"workspace_bytes", static_cast<double>(layout.total_bytes)},
      {"vector_lanes", static_cast<double>(variant.shape.lanes)},
  };
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> CpuForwardFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  return std::make_unique<CpuForwardKernel>(problem, FindVariant(configuration),
                                            Workers(device.info()));
}

}  // namespace attune
