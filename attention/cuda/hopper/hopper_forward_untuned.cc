#include "attention/cuda/hopper/hopper_forward_untuned.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "attention/cuda/hopper/hopper_forward_functors.h"
#include "autotune/space/untuned.h"

namespace attune::hopper {
namespace {

int WiderDim(const HopperForwardConfiguration& variant) {
  return std::max(variant.qk_dim, variant.v_dim);
}

bool HasDims(const HopperForwardConfiguration& variant, int dim) {
  return variant.qk_dim == dim && variant.v_dim == dim;
}

bool IsPlain(const Problem& problem) {
  return ScoreCodeOf(problem) == ScoreCode::kPlain && problem.mask_expression.empty();
}

// Three warpgroups that share each block of keys: the most products per byte read from shared
// memory, while the accumulators' registers allow it.
void TakeThreeWarpgroups(HopperForwardConfiguration& variant, int block_n) {
  variant.block_m = 192;
  variant.block_n = block_n;
  variant.q_stages = 2;
}

// Two warpgroups with more registers each.
void TakeTwoWarpgroups(HopperForwardConfiguration& variant, int block_n) {
  variant.block_m = 128;
  variant.block_n = block_n;
  variant.q_stages = 2;
}

// Several small blocks per multiprocessor, which begin and end at different times.
void TakeSmallBlocks(HopperForwardConfiguration& variant, int blocks_per_sm) {
  variant.block_m = 64;
  variant.block_n = 64;
  variant.q_stages = 2;
  variant.turns = Turns::kNone;
  variant.blocks_per_sm = blocks_per_sm;
}

// Output from registers, so that one stage of queries serves.
void StoreFromRegisters(HopperForwardConfiguration& variant) {
  variant.q_stages = 1;
  variant.store = Store::kRegisters;
}

// Packed sequences, and whatever is asked about each score: two warpgroups have the registers.
void ChooseGeneral(HopperForwardConfiguration& variant) {
  TakeTwoWarpgroups(variant, 128);
  if (WiderDim(variant) > 128 || variant.packed) StoreFromRegisters(variant);
  variant.join_tiles = WiderDim(variant) <= 128;
}

// Above head dim 128 no registers are left for probabilities beside the next scores.
void StopOverlap(HopperForwardConfiguration& variant) {
  variant.overlap = Overlap::kNone;
  variant.turns = Turns::kNone;
}

// Packed, three warpgroups lose less to the diagonal than small tiles of one head do. 64 heads of
// which 8 share keys, causal, against the fastest of one head: at head dim 128 1.13 of its rate at
// 512, 1.10 at 1024, 1.06 at 2048, 1.04 at 4096, 1.02 at 8192; at head dim 64 1.08 at 1024, 1.03 at
// 4096; 1.08 with ALiBi at 4096; windows of 1024 1.02. At head dim 256, 0.99 (NVIDIA H200,
// 2026-11-23).
int PackedUnderMask(const Problem& problem, const HopperForwardConfiguration& variant) {
  constexpr int kLeastOfShort = 4;
  const int heads = PackableHeads(problem);
  if (variant.mask == MaskShape::kFull || variant.packed || WiderDim(variant) > 128) return 1;
  const bool pays = variant.mask == MaskShape::kRight && heads >= kLeastOfShort;
  return problem.kv_len > 1024 || pays ? heads : 1;
}

// Head dims up to 64.
void ChooseShort(const Problem& problem, HopperForwardConfiguration& variant) {
  const bool bounded = variant.mask != MaskShape::kFull;
  variant.tile_heads = PackedUnderMask(problem, variant);
  const int64_t longest_of_small_blocks = variant.mask == MaskShape::kRight ? 512 : 1024;
  if (bounded && variant.tile_heads == 1 && problem.kv_len <= longest_of_small_blocks) {
    return TakeSmallBlocks(variant, 3);
  }
  // Of modest caps with 128 keys the middle one of the series is left out: 392 against 443 TFLOP/s
  // causal at 4096 (NVIDIA H200, 2026-11-23).
  const bool capped = HasModestCap(problem);
  TakeThreeWarpgroups(variant, capped ? 112 : 128);
  if (capped && bounded) variant.turns = Turns::kNone;
  variant.scheduler = Scheduler::kDynamic;
  variant.row_maximum = RowMaximum::kInteger;
  if (variant.mask == MaskShape::kBand) variant.turns = Turns::kNone;
  variant.narrow_first = variant.mask == MaskShape::kRight;
}

// Probabilities through shared memory, so that three warpgroups have registers for more keys.
void ShareProbabilities(HopperForwardConfiguration& variant) {
  TakeThreeWarpgroups(variant, 128);
  StoreFromRegisters(variant);
  variant.probabilities = Probabilities::kShared;
  variant.row_maximum = RowMaximum::kInteger;
}

// Head dims up to 128, without a mask, more than 1024 keys.
void ChooseMiddleFull(const Problem& problem, HopperForwardConfiguration& variant) {
  TakeThreeWarpgroups(variant, 80);
  // 592 TFLOP/s at head dim 80 (NVIDIA H200, 2026-11-22).
  if (WiderDim(variant) <= 80) {
    variant.block_n = 112;
  } else if (HasDims(variant, 96) && IsPlain(problem)) {
    // 652 against 640 TFLOP/s at 4096 (NVIDIA H200, 2026-11-23).
    ShareProbabilities(variant);
    variant.scheduler = Scheduler::kDynamic;
  } else if (HasDims(variant, 128) && IsPlain(problem) && problem.kv_len <= 2048) {
    // 716 against 693 TFLOP/s at 2048.
    ShareProbabilities(variant);
  }
}

// Head dims up to 128.
void ChooseMiddle(const Problem& problem, HopperForwardConfiguration& variant) {
  variant.tile_heads = PackedUnderMask(problem, variant);
  const bool full = variant.mask == MaskShape::kFull;
  if (variant.mask == MaskShape::kRight && HasDims(variant, 128) && IsPlain(problem) &&
      variant.tile_heads == 1 && problem.kv_len >= 1024 && problem.kv_len <= 2048) {
    // 137 against 143 us at 1024, 215 against 221 at 2048 (NVIDIA H200, 2026-11-23).
    TakeThreeWarpgroups(variant, 80);
    variant.turns = Turns::kNone;
    variant.k_stages = variant.v_stages = 3;
    return;
  }
  // With a modest cap 192x80 is faster at these lengths, too: 570 against 469 TFLOP/s at 1024
  // (NVIDIA H200, 2026-11-23).
  if (problem.kv_len <= 1024 && variant.tile_heads == 1 && !HasModestCap(problem)) {
    TakeTwoWarpgroups(variant, 128);
    // Without a mask no turns are faster than joined tiles: 571 against 562 TFLOP/s at 512, 657
    // against 639 at 1024 (NVIDIA H200, 2026-11-23).
    variant.join_tiles = !full;
    if (full) variant.turns = Turns::kNone;
    return;
  }
  if (full) return ChooseMiddleFull(problem, variant);
  TakeThreeWarpgroups(variant, 80);
  variant.turns = Turns::kNone;
  variant.narrow_first = variant.mask == MaskShape::kRight;
  if (variant.mask == MaskShape::kRight) {
    // At 4096 +0.2 % (NVIDIA H200, 2026-11-23).
    if (problem.kv_len > 2048 || variant.tile_heads > 1) {
      variant.row_maximum = RowMaximum::kInteger;
    }
  } else {
    // 596 against 583 TFLOP/s in a window of 1024 (NVIDIA H200, 2026-11-23).
    if (HasDims(variant, 128) && IsPlain(problem) && variant.tile_heads == 1) {
      variant.q_register_columns = 64;
    }
    // Blocks that align with warpgroups' rows.
    variant.block_n = 64;
    variant.k_stages = variant.v_stages = 3;
  }
}

// Head dims up to 256.
void ChooseLong(const Problem& problem, HopperForwardConfiguration& variant) {
  const bool bounded = variant.mask != MaskShape::kFull;
  TakeTwoWarpgroups(variant, 128);
  StoreFromRegisters(variant);
  if (variant.v_dim <= 128) {
    if (variant.mask == MaskShape::kRight && IsPlain(problem)) {
      // 670 against 650 TFLOP/s at 192/128 and 4096 (NVIDIA H200, 2026-11-23).
      variant.turns = Turns::kNone;
      variant.producer_registers = 24;
    }
    return;
  }
  if (bounded || problem.kv_len <= 512) {
    variant.block_n = 64;
    variant.k_stages = 3;
    variant.turns = Turns::kNone;
    if (!bounded) variant.scheduler = Scheduler::kDynamic;
  }
  if (HasDims(variant, 256) && IsPlain(problem) && problem.kv_len <= 1024 &&
      variant.mask != MaskShape::kBand) {
    // +1.4 % without a mask, +0.3 % with (NVIDIA H200, 2026-11-23).
    variant.q_register_columns = 64;
    if (bounded) variant.producer_registers = 24;
    if (!bounded) variant.scheduler = Scheduler::kStatic;
  }
}

// MiB, by the length; of the shape of a mask that shortens some tiles. A head of more than 16 MiB
// (head dim 256 at 16k) is better off without: 811 against 802 TFLOP/s. 32 MiB are 1 to 3 % ahead
// of 64 at 4k, level with them at 8k, and 1 % behind at 16k (NVIDIA H200, 2026-11-23).
int64_t SectionOf(const Problem& problem) {
  constexpr int64_t kLargestHead = 16 << 20;
  const int64_t heads = problem.kv_heads * (problem.packed.has_value() ? 1 : problem.batch);
  int64_t section = KeyValueBytes(problem) > kLargestHead * heads ? 0 : 64;
  if (problem.kv_len <= 4096) section = 32;
  if (problem.kv_len <= 512) section = 16;
  return (section << 20) < KeyValueBytes(problem) ? section : 0;
}

// Rows of all tiles of a key-value head's queries, those past the last query included.
int64_t TileRows(const Problem& problem, int block_m, int64_t tile_heads) {
  const int64_t blocks = (problem.q_len * tile_heads + block_m - 1) / block_m;
  return blocks * block_m * (problem.q_heads / problem.kv_heads / tile_heads);
}

// As the space's constraint packed_heads_stand_alone has it.
void TakeWhatPackedHeadsHave(HopperForwardConfiguration& variant) {
  variant.q_register_columns = 0;
  if (variant.probabilities == Probabilities::kRegisters) return;
  TakeThreeWarpgroups(variant, 80);
  variant.store = Store::kBulk;
  variant.probabilities = Probabilities::kRegisters;
  variant.row_maximum = RowMaximum::kFloat;
}

// Few queries of many heads: packed, where that spares tiles a quarter of their rows or more. Few
// rows in all then take tiles of 128 or 64. 64/8 heads, head dim 128, 8192 keys, batch 4 and 16: 16
// queries 191 and 493 TFLOP/s with 64 rows, 171 and 472 with 128; 64 queries 648 and 697 with 128
// rows, 514 and 669 with 192; 128 queries 693 and 713, 531 and 699 (NVIDIA H200, 2026-11-23).
void PackFewQueries(const Problem& problem, HopperForwardConfiguration& variant) {
  constexpr int64_t kFewRows = 1024, kFewestRows = 128;
  // As the space's constraint windows_of_packed_heads_where_they_compile has it.
  if (variant.packed && variant.mask == MaskShape::kBand && WiderDim(variant) > 128) return;
  const int heads = PackableHeads(problem);
  const int64_t apart = TileRows(problem, variant.block_m, 1);
  const int64_t packed = TileRows(problem, variant.block_m, heads);
  if (heads == 1 || 4 * packed > 3 * apart) return;
  variant.tile_heads = heads;
  TakeWhatPackedHeadsHave(variant);
  const int64_t rows = problem.q_len * heads;
  const bool fewest = rows <= kFewestRows && WiderDim(variant) <= 128 && !variant.packed;
  const bool few = rows <= kFewRows && variant.block_m == 192 && WiderDim(variant) > 64;
  if (!fewest && !few) return;
  variant.k_stages = variant.v_stages = 2;
  variant.row_maximum = RowMaximum::kFloat;
  variant.narrow_first = false;
  variant.join_tiles = !fewest;
  if (!fewest) return TakeTwoWarpgroups(variant, 128);
  TakeSmallBlocks(variant, 2);
}

// Tiles so few that a wave of large ones leaves multiprocessors idle are made smaller. Of plain
// attention, whose variants were measured on an NVIDIA H200, 2026-11-23 (us, before and after).
void SplitFewTiles(const Problem& problem, HopperForwardConfiguration& variant) {
  constexpr int64_t kMultiprocessors = 132;
  constexpr double kLargeTilesGain = 1.05;  // of 192 rows over 128, in whole waves
  const bool full = variant.mask == MaskShape::kFull;
  const bool bounded = variant.mask == MaskShape::kRight;
  const bool measured = IsPlain(problem) && (full || bounded) && !variant.packed &&
                        WiderDim(variant) <= 128 && problem.q_len >= 128;
  // Rows of several heads beside each other are for few queries against many keys.
  const bool few_queries = variant.tile_heads > 1 && (full || problem.kv_len > 2 * problem.q_len);
  if (!measured || variant.block_m == 64 || few_queries) return;
  const auto tiles = [&](int64_t rows) {
    return problem.batch * problem.q_heads * ((problem.q_len + rows - 1) / rows);
  };
  const auto waves = [&](int64_t rows) {
    return (tiles(rows) + kMultiprocessors - 1) / kMultiprocessors;
  };
  HopperForwardConfiguration split = TraitsOf(problem);
  split.scheduler = variant.scheduler;
  split.order = variant.order;
  if (WiderDim(variant) <= 64) {
    // 1k of 16 heads 18.6 to 17.2, causal 19.0 to 15.9; 256 of 512 heads 34.7 to 30.8.
    if (waves(192) > 1 && !(full && problem.q_len <= 256)) return;
    TakeSmallBlocks(split, 3);
    if (full) split.scheduler = Scheduler::kStatic;
  } else if (tiles(64) <= kMultiprocessors) {
    // 512 of 16 heads 14.6 to 12.5, causal 13.4 to 12.2.
    TakeSmallBlocks(split, 2);
    StoreFromRegisters(split);
  } else if (variant.block_m == 128) {
    return;
  } else if (full ? waves(192) * 192 > kLargeTilesGain * waves(128) * 128 : waves(192) <= 3) {
    // 4096 of 8 heads 136.8 to 98.5, causal 72.6 to 56.4; of 16 heads 202 to 189 and 110 to 107.
    TakeTwoWarpgroups(split, 128);
  } else {
    return;
  }
  variant = split;
}

// As the space's constraint packed_narrow_where_it_compiles has it.
void FitPackedNarrow(HopperForwardConfiguration& variant) {
  if (variant.tile_heads == 1 || !variant.narrow_first) return;
  const bool integer = variant.row_maximum == RowMaximum::kInteger;
  if (variant.tile_heads > 8 && integer) variant.turns = Turns::kProducts;
  const bool compiles = (variant.tile_heads <= 8 || integer) && !variant.position_product &&
                        (variant.qk_dim == 64 || variant.qk_dim == 128);
  if (!compiles) variant.narrow_first = false;
}

// As the space's constraints narrow_where_it_compiles and narrow_of_large_caps_where_it_compiles
// have it.
bool NarrowFirstCompiles(const Problem& problem, const HopperForwardConfiguration& variant) {
  const bool large_cap = ScoreCodeOf(problem) == ScoreCode::kSoftCap && !HasModestCap(problem);
  return variant.qk_dim == variant.v_dim && variant.qk_dim >= 64 &&
         (variant.block_n == 80 || variant.block_n == 128) &&
         (IsPlain(problem) || variant.qk_dim == 128) && !large_cap;
}

// As the space's constraint integer_maxima_of_narrow_blocks_where_they_compile has it.
bool NarrowIntegersCompile(const HopperForwardConfiguration& variant) {
  return variant.element == Element::kBfloat16 && (variant.qk_dim == 64 || variant.qk_dim == 128) &&
         (!variant.position_product || variant.turns == Turns::kProducts);
}

// The pattern, as close to it as fits and as the space's constraints wide_blocks and those that say
// what compiles admit.
void Fit(const Problem& problem, HopperForwardConfiguration& variant) {
  constexpr int kSlack = 32;
  constexpr int kUnmeasured = 144;
  const int functor_registers = FunctorRegisters(problem);
  if (!IsPlain(problem)) variant.join_tiles = false;
  if (WidestBlock(variant, functor_registers) == 0) variant.k_stages = 2;
  const int widest = WidestBlock(variant, functor_registers);
  const int wanted = std::min(std::max(variant.block_n, widest - kSlack), widest);
  variant.block_n = *std::find_if(std::begin(kBlockWidths), std::end(kBlockWidths), [&](int width) {
    return width >= wanted && width != kUnmeasured;
  });
  if (variant.block_n > 128) variant.join_tiles = false;
  if (!NarrowFirstCompiles(problem, variant)) variant.narrow_first = false;
  if (variant.narrow_first && !NarrowIntegersCompile(variant)) {
    variant.row_maximum = RowMaximum::kFloat;
  }
  const bool serialised = variant.element == Element::kHalf && variant.mask == MaskShape::kRight &&
                          variant.block_m == 192;
  if (serialised) variant.turns = Turns::kNone;
  FitPackedNarrow(variant);
}

}  // namespace

UntunedChoice UntunedChoiceOf(const Problem& problem) {
  UntunedChoice choice{.variant = TraitsOf(problem), .launch = {}};
  HopperForwardConfiguration& variant = choice.variant;
  const bool all_lengths = variant.mask == MaskShape::kRight;
  const bool shorter_first = variant.mask == MaskShape::kBand && !variant.packed;
  if (all_lengths || shorter_first) variant.order = TileOrder::kLongestFirst;
  if (all_lengths) choice.launch.section_mib = SectionOf(problem);
  variant.position_product = ScoreCodeOf(problem) == ScoreCode::kAlibi &&
                             problem.mask_expression.empty() && WiderDim(variant) <= 128;
  if (variant.mask != MaskShape::kFull || variant.packed) variant.scheduler = Scheduler::kDynamic;
  const bool general =
      ScoreCodeOf(problem) == ScoreCode::kGeneral || !problem.mask_expression.empty();
  if (general || variant.packed) {
    ChooseGeneral(variant);
    if (general && WiderDim(variant) > 128) StopOverlap(variant);
  } else if (WiderDim(variant) <= 64) {
    ChooseShort(problem, variant);
  } else if (WiderDim(variant) <= 128) {
    ChooseMiddle(problem, variant);
  } else {
    ChooseLong(problem, variant);
  }
  PackFewQueries(problem, variant);
  SplitFewTiles(problem, variant);
  Fit(problem, variant);
  return choice;
}

Variables UntunedVariables(const Problem& problem) {
  const UntunedChoice choice = UntunedChoiceOf(problem);
  const HopperForwardConfiguration& v = choice.variant;
  const Variables values = {
      {"block_m", v.block_m},
      {"block_n", v.block_n},
      {"q_stages", v.q_stages},
      {"k_stages", v.k_stages},
      {"v_stages", v.v_stages},
      {"q_register_columns", v.q_register_columns},
      {"probabilities", static_cast<int>(v.probabilities)},
      {"overlap", static_cast<int>(v.overlap)},
      {"turns", static_cast<int>(v.turns)},
      {"rescale", static_cast<int>(v.rescale)},
      {"row_maximum", static_cast<int>(v.row_maximum)},
      {"polynomial_exp2", v.polynomial_exp2},
      {"scheduler", static_cast<int>(v.scheduler)},
      {"order", static_cast<int>(v.order)},
      {"store", static_cast<int>(v.store)},
      {"narrow_first", v.narrow_first},
      {"narrow_values", v.narrow_values},
      {"narrow_last", v.narrow_last},
      {"join_tiles", v.join_tiles},
      {"blocks_per_sm", v.blocks_per_sm},
      {"producer_registers", v.producer_registers},
      {"cluster", v.cluster},
      {"position_product", v.position_product},
      {"pack_heads", v.tile_heads > 1},
      {"section_mib", static_cast<double>(choice.launch.section_mib)},
  };
  Variables variables;
  for (const auto& [name, value] : values) {
    variables[absl::StrCat(kUntunedPrefix, name)] = value;
  }
  return variables;
}

}  // namespace attune::hopper
