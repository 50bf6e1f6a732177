#include "attention/cpu/cpu_forward_family.h"

#include <algorithm>
#include <cassert>

#include "absl/strings/str_cat.h"
#include "attention/cpu/cpu_forward_kernel.h"
#include "attention/cpu/cpu_forward_variant.h"
#include "attention/cpu/cpu_support.h"
#include "attention/cpu/tile_kernel.h"
#include "base/status_macros.h"

namespace attune {
namespace {

CpuForwardConfiguration ConfigurationOf(const Configuration& configuration) {
  const auto value = [&](absl::string_view name) {
    return static_cast<int>(configuration.Get(name));
  };
  return {.query_tile = value("query_tile"),
          .key_tile = value("key_tile"),
          .micro_vectors = value("micro_vectors"),
          .bf16_products = value("bf16_products")};
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

bool HasCode(const CpuForwardVariant& variant) {
  if (variant.attend == nullptr) return false;
  switch (variant.configuration.bf16_products) {
    case kTileProducts:
      return HasTileProducts();
    case kVectorProducts:
      return HasVectorProducts();
    default:
      return true;
  }
}

// OK, or why `variant` cannot run `problem` on this machine.
absl::Status EnableProducts(const Problem& problem, const CpuForwardVariant& variant) {
  const int products = variant.configuration.bf16_products;
  if (products == kFloatProducts) return absl::OkStatus();
  if (problem.dtype != Dtype::kBfloat16) {
    return absl::InvalidArgumentError(
        absl::StrCat("cpu_forward with bf16_products=", products, " multiplies bf16 tensors, not ",
                     DtypeName(problem.dtype), "; use bf16_products=0."));
  }
  if (!HasCode(variant)) {
    return absl::UnimplementedError(
        absl::StrCat("cpu_forward with bf16_products=", products, " needs a processor with ",
                     products == kTileProducts ? "AVX-512 and AMX tiles of bf16" : "AVX-512 BF16",
                     "; use bf16_products=0."));
  }
  return products == kTileProducts ? EnableTileProducts() : absl::OkStatus();
}

}  // namespace

const ParameterSpace& CpuForwardFamily::space() const {
  static const ParameterSpace* const space = new ParameterSpace(
      ParameterSpace::Parse(CpuForwardSpaceText(), "cpu_forward.space.textproto").value());
  return *space;
}

std::string CpuForwardFamily::fingerprint() const { return std::string(CpuForwardFingerprint()); }

absl::Status CpuForwardFamily::Supports(const Problem& problem, const DeviceInfo& device) const {
  ATTUNE_RETURN_IF_ERROR(CheckCpuSupport(name(), device));
  return CheckNoExpressions(name(), problem);
}

Variables CpuForwardFamily::Model(const Problem& problem, const Configuration& configuration,
                                  const DeviceInfo& device) const {
  const CpuForwardVariant variant = FindVariant(configuration);
  const CpuForwardLayout layout = LayOutCpuForward(problem, variant.shape, CpuWorkers(device));
  // Part of the scratch memory already where tasks pack tiles.
  const int64_t key_rows =
      layout.packs_tiles ? 0 : std::min<int64_t>(variant.shape.key_tile, layout.kv_rows);
  const int64_t key_tile_bytes =
      key_rows * static_cast<int64_t>(sizeof(float)) *
      (layout.key_words + layout.v_columns / variant.shape.elements_per_word);
  return {
      {"stacked_queries", static_cast<double>(problem.q_heads / problem.kv_heads * problem.q_len)},
      {"tile_bytes", static_cast<double>(layout.scratch_bytes + key_tile_bytes)},
      {"workspace_bytes", static_cast<double>(layout.total_bytes)},
      {"vector_lanes", static_cast<double>(variant.shape.lanes)},
      {"products_available", HasCode(variant) ? 1.0 : 0.0},
  };
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> CpuForwardFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  const CpuForwardVariant variant = FindVariant(configuration);
  ATTUNE_RETURN_IF_ERROR(EnableProducts(problem, variant));
  return std::make_unique<CpuForwardKernel>(problem, variant, CpuWorkers(device.info()));
}

}  // namespace attune
