#include "attention/cuda/hopper/hopper_forward_model.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attention/cuda/functors/max_buffers.h"
#include "attention/cuda/hopper/hopper_forward_functors.h"
#include "attention/cuda/hopper/soft_cap_series.h"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/mask.h"

namespace attune::hopper {
namespace {

constexpr double kLog2E = 1.4426950408889634;
static_assert(functors::kMaxBuffers == kMaxNamedBuffers);
constexpr char kNamespace[] = "attune::hopper::";
// Beyond every position, and far enough from the ends of int for the kernel's sums.
constexpr int64_t kUnbounded = int64_t{1} << 28;
// As the space's constraints depth_for_short_blocks and wide_blocks_where_they_compile have it.
constexpr int kWidestBlockOfThreeStages = 80;
constexpr int kWidestBlockInPlace = 160;
constexpr int kWidestBlockInRegisters = 176;
// Of a block on sm_90, less what the system keeps.
constexpr int kSharedBytesPerBlock = 227 << 10;

MaskShape ShapeOf(const Mask& mask) {
  if (mask.left.has_value()) return MaskShape::kBand;
  return mask.right.has_value() ? MaskShape::kRight : MaskShape::kFull;
}

int64_t CeilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Groups of tile_heads heads, in all and that are walked one behind another: of packed sequences
// those of one.
int64_t AllHeads(const Problem& problem, const HopperForwardConfiguration& variant) {
  return problem.batch * (problem.q_heads / variant.tile_heads);
}
int64_t WalkedHeads(const Problem& problem, const HopperForwardConfiguration& variant) {
  return AllHeads(problem, variant) / (problem.packed.has_value() ? problem.batch : 1);
}

// Of each such group. Whole clusters: the last may have a block without rows.
int64_t QueryBlocks(const Problem& problem, const HopperForwardConfiguration& variant) {
  return CeilDiv(problem.q_len * variant.tile_heads, variant.block_m * variant.cluster) *
         variant.cluster;
}

// A mask's bound as a distance from the kernel's diagonal, which goes through the first of both.
int BoundOf(const std::optional<int64_t>& bound, int64_t shift) {
  return static_cast<int>(std::min(bound.value_or(kUnbounded), kUnbounded) + shift);
}

int64_t HeadsPerSection(const Problem& problem, const HopperForwardConfiguration& variant,
                        const LaunchChoice& choice) {
  const int64_t heads = WalkedHeads(problem, variant);
  if (choice.section_mib == 0 || problem.kv_len == 0) return heads;
  const int64_t group = problem.q_heads / problem.kv_heads / variant.tile_heads;
  const int64_t head_bytes = KeyValueBytes(problem) / (heads / group);
  const int64_t fitting = std::max<int64_t>(1, (choice.section_mib << 20) / head_bytes);
  return std::min(fitting * group, heads);
}

// Of blocks of keys, whatever the registers.
int LargestWidth(const HopperForwardConfiguration& variant) {
  if (variant.k_stages > 2) return kWidestBlockOfThreeStages;
  if (variant.overlap == Overlap::kInPlace) return kWidestBlockInPlace;
  if (variant.probabilities == Probabilities::kRegisters) return kWidestBlockInRegisters;
  return std::end(kBlockWidths)[-1];
}

bool FitsBlock(const HopperForwardConfiguration& variant, int functor_registers) {
  return AccumulatorRegisters(variant) + WorkingRegisters(variant, functor_registers) <=
             ConsumerRegisters(variant) &&
         variant.blocks_per_sm * (SharedBytes(variant) + 1024) <= kSharedBytesPerBlock + 1024;
}

// ".name = Enum{value}", of an enumeration of the kernel's.
template <typename Enum>
std::string EnumField(absl::string_view name, absl::string_view type, Enum value) {
  return absl::StrCat(", .", name, " = ", kNamespace, type, "{", static_cast<int>(value), "}");
}

std::string BoolField(absl::string_view name, bool value) {
  return absl::StrCat(", .", name, " = ", value ? "true" : "false");
}

}  // namespace

HopperForwardConfiguration TraitsOf(const Problem& problem) {
  HopperForwardConfiguration traits;
  traits.element = problem.dtype == Dtype::kFloat16 ? Element::kHalf : Element::kBfloat16;
  traits.qk_dim = static_cast<int>(problem.qk_dim);
  traits.v_dim = static_cast<int>(problem.v_dim);
  traits.mask = ShapeOf(problem.mask);
  traits.packed = problem.packed.has_value();
  return traits;
}

HopperForwardConfiguration VariantOf(const Problem& problem, const Configuration& configuration) {
  const auto get = [&](absl::string_view name) {
    return static_cast<int>(configuration.Get(name));
  };
  HopperForwardConfiguration variant = TraitsOf(problem);
  variant.block_m = get("block_m");
  variant.block_n = get("block_n");
  variant.q_stages = get("q_stages");
  variant.k_stages = get("k_stages");
  variant.v_stages = get("v_stages");
  variant.q_register_columns = get("q_register_columns");
  variant.probabilities = Probabilities{get("probabilities")};
  variant.overlap = Overlap{get("overlap")};
  variant.turns = Turns{get("turns")};
  variant.rescale = Rescale{get("rescale")};
  variant.row_maximum = RowMaximum{get("row_maximum")};
  variant.polynomial_exp2 = get("polynomial_exp2");
  variant.scheduler = Scheduler{get("scheduler")};
  variant.order = TileOrder{get("order")};
  variant.store = Store{get("store")};
  variant.narrow_first = get("narrow_first") != 0;
  variant.narrow_values = get("narrow_values") != 0;
  variant.narrow_last = get("narrow_last") != 0;
  variant.join_tiles = get("join_tiles") != 0;
  variant.blocks_per_sm = get("blocks_per_sm");
  variant.producer_registers = get("producer_registers");
  variant.cluster = get("cluster");
  variant.position_product = get("position_product") != 0;
  variant.tile_heads = get("pack_heads") != 0 ? PackableHeads(problem) : 1;
  return variant;
}

LaunchChoice LaunchChoiceOf(const Configuration& configuration) {
  return {.section_mib = configuration.Get("section_mib")};
}

int PackableHeads(const Problem& problem) {
  const ScoreCode code = ScoreCodeOf(problem);
  const bool any_head =
      (code == ScoreCode::kPlain || code == ScoreCode::kSoftCap) && problem.mask_expression.empty();
  const int64_t most = any_head ? kRowGrain : 8;
  return static_cast<int>(std::gcd(problem.q_heads / problem.kv_heads, most));
}

int64_t TileBound(const Problem& problem, const HopperForwardConfiguration& variant) {
  const int64_t blocks = QueryBlocks(problem, variant);
  if (!problem.packed.has_value()) return blocks * AllHeads(problem, variant);
  // Each sequence may end with a block that is not full, and is no longer than the longest.
  const int64_t all =
      problem.packed->total_q_len * variant.tile_heads / variant.block_m + problem.batch;
  return std::min(all, blocks * problem.batch) * WalkedHeads(problem, variant);
}

ForwardLaunch LaunchOf(const Problem& problem, const HopperForwardConfiguration& variant,
                       int64_t multiprocessors) {
  const int64_t at_once = multiprocessors * variant.blocks_per_sm;
  const bool draws = variant.scheduler == Scheduler::kDynamic;
  return {
      .blocks = std::min(TileBound(problem, variant), at_once / variant.cluster * variant.cluster),
      .cluster = variant.cluster,
      .threads = Threads(variant),
      .shared_bytes = SharedBytes(variant),
      .workspace_bytes = draws ? static_cast<int64_t>(sizeof(TileCounters)) : 0};
}

ForwardArguments ArgumentsOf(const Problem& problem, const HopperForwardConfiguration& variant,
                             const LaunchChoice& choice) {
  const bool packed = problem.packed.has_value();
  const int64_t diagonal = DiagonalOffset(problem.mask, problem.q_len, problem.kv_len);
  // Each packed sequence has a diagonal of its own.
  const int64_t shift = packed ? 0 : diagonal;
  const Strides out = OutStrides(problem);
  ForwardArguments a = {};
  a.out_row_stride = out.length;
  a.out_head_stride = out.head;
  a.out_batch_stride = out.batch;
  a.q_len = static_cast<int>(problem.q_len);
  a.kv_len = static_cast<int>(problem.kv_len);
  a.q_heads = static_cast<int>(problem.q_heads);
  a.group = static_cast<int>(problem.q_heads / problem.kv_heads);
  a.left = BoundOf(problem.mask.left, -shift);
  a.right = BoundOf(problem.mask.right, shift);
  a.scale_log2 = static_cast<float>(SoftmaxScale(problem) * kLog2E);
  a.q_blocks = static_cast<int>(QueryBlocks(problem, variant));
  a.tiles = packed ? 0 : static_cast<int>(TileBound(problem, variant));
  a.heads_per_section = static_cast<int>(HeadsPerSection(problem, variant, choice));
  a.log_sum_exp_head_stride = QueryRows(problem);
  a.batch = static_cast<int>(problem.batch);
  a.bottom_right = problem.mask.alignment == Alignment::kBottomRight ? 1 : 0;
  a.offset = static_cast<int>(diagonal);
  a.scale = static_cast<float>(SoftmaxScale(problem));
  a.soft_cap = static_cast<float>(problem.soft_cap);
  if (problem.soft_cap != 0) {
    a.soft_cap_series = SoftCapSeriesOf(SoftmaxScale(problem), problem.soft_cap);
  }
  return a;
}

int64_t KeyValueBytes(const Problem& problem) {
  const int64_t batch = problem.packed.has_value() ? 1 : problem.batch;
  return batch * problem.kv_heads * problem.kv_len * (problem.qk_dim + problem.v_dim) *
         kElementBytes;
}

int AccumulatorRegisters(const HopperForwardConfiguration& variant) {
  const bool beside_scores =
      variant.probabilities == Probabilities::kRegisters && variant.overlap != Overlap::kInPlace;
  return variant.block_n / 2 + (beside_scores ? variant.block_n / 4 : 0) +
         ValueColumns(variant) / 2 + QueryRegisterColumns(variant) / 4;
}

int WorkingRegisters(const HopperForwardConfiguration& variant, int functor_registers) {
  // NVRTC 13.0, 320 variants, 2026-11-22: with 32 left none spilled; with 24 all did, and had their
  // products serialised. Joined tiles fitted with 48 left and spilled with 44.
  return (variant.join_tiles ? 48 : 32) + functor_registers;
}

int WidestBlock(HopperForwardConfiguration variant, int functor_registers) {
  int widest = 0;
  for (const int width : kBlockWidths) {
    if (width > LargestWidth(variant)) break;
    variant.block_n = width;
    if (FitsBlock(variant, functor_registers)) widest = width;
  }
  return widest;
}

Variables ForwardVariables(const Problem& problem, const HopperForwardConfiguration& variant) {
  const int functor_registers = FunctorRegisters(problem);
  HopperForwardConfiguration two_stages = variant;
  two_stages.q_stages = 2;
  Variables variables = {
      {"shared_bytes", SharedBytes(variant)},
      {"accumulator_registers", AccumulatorRegisters(variant)},
      {"working_registers", WorkingRegisters(variant, functor_registers)},
      {"register_limit", ConsumerRegisters(variant)},
      {"widest_block_n", WidestBlock(variant, functor_registers)},
      {"two_query_stages_fit", FitsBlock(two_stages, functor_registers)},
  };
  variables.merge(FixedVariables(problem));
  return variables;
}

Variables FixedVariables(const Problem& problem) {
  return {
      {"score_code", static_cast<int>(ScoreCodeOf(problem))},
      {"modest_cap", HasModestCap(problem)},
      {"user_mask", !problem.mask_expression.empty()},
      {"mask_shape", static_cast<int>(ShapeOf(problem.mask))},
      {"key_value_bytes", static_cast<double>(KeyValueBytes(problem))},
      {"packable_heads", PackableHeads(problem)},
  };
}

std::string KernelExpression(const HopperForwardConfiguration& v, const std::string& modifier_type,
                             const std::string& predicate_type) {
  return absl::StrCat(
      kNamespace, "HopperForwardKernel<", kNamespace,
      "HopperForwardConfiguration{.element = attune::Element{", static_cast<int>(v.element),
      "}, .qk_dim = ", v.qk_dim, ", .v_dim = ", v.v_dim, EnumField("mask", "MaskShape", v.mask),
      BoolField("packed", v.packed), ", .block_m = ", v.block_m, ", .block_n = ", v.block_n,
      ", .q_stages = ", v.q_stages, ", .k_stages = ", v.k_stages, ", .v_stages = ", v.v_stages,
      ", .q_register_columns = ", v.q_register_columns,
      EnumField("probabilities", "Probabilities", v.probabilities),
      EnumField("overlap", "Overlap", v.overlap), EnumField("turns", "Turns", v.turns),
      EnumField("rescale", "Rescale", v.rescale),
      EnumField("row_maximum", "RowMaximum", v.row_maximum),
      ", .polynomial_exp2 = ", v.polynomial_exp2, EnumField("scheduler", "Scheduler", v.scheduler),
      EnumField("order", "TileOrder", v.order), EnumField("store", "Store", v.store),
      BoolField("narrow_first", v.narrow_first), BoolField("narrow_values", v.narrow_values),
      BoolField("narrow_last", v.narrow_last), BoolField("join_tiles", v.join_tiles),
      ", .blocks_per_sm = ", v.blocks_per_sm, ", .producer_registers = ", v.producer_registers,
      ", .cluster = ", v.cluster, BoolField("position_product", v.position_product),
      ", .tile_heads = ", v.tile_heads, "}, ", modifier_type, ", ", predicate_type, ">");
}

}  // namespace attune::hopper
