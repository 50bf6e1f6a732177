#include "attention/cuda/hopper/hopper_forward_model.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/match.h"
#include "attention/cuda/hopper/soft_cap_series.h"
#include "gtest/gtest.h"
#include "operators/changed_configuration.h"

namespace attune::hopper {
namespace {

Problem SmallProblem() {
  Problem problem;
  problem.batch = 2;
  problem.q_heads = 8;
  problem.kv_heads = 2;
  problem.q_len = 1000;
  problem.kv_len = 3000;
  problem.qk_dim = 128;
  problem.v_dim = 64;
  return problem;
}

Configuration SomeConfiguration() {
  return *Configuration::Parse(
      "block_m=192,block_n=80,q_stages=2,k_stages=3,v_stages=2,q_register_columns=64,"
      "probabilities=1,overlap=1,turns=0,rescale=0,row_maximum=0,polynomial_exp2=2,scheduler=1,"
      "order=1,store=1,narrow_first=1,narrow_values=0,narrow_last=0,join_tiles=0,"
      "blocks_per_sm=1,"
      "producer_registers=24,cluster=1,position_product=0,pack_heads=0,section_mib=2");
}

TEST(HopperForwardModelTest, TraitsAreOfTheProblem) {
  Problem problem = SmallProblem();
  problem.dtype = Dtype::kFloat16;
  const HopperForwardConfiguration traits = TraitsOf(problem);
  EXPECT_EQ(traits.element, Element::kHalf);
  EXPECT_EQ(traits.qk_dim, 128);
  EXPECT_EQ(traits.v_dim, 64);
  EXPECT_EQ(traits.mask, MaskShape::kFull);
  problem.mask = Mask::Causal();
  EXPECT_EQ(TraitsOf(problem).mask, MaskShape::kRight);
  problem.mask = Mask{.left = 7};
  EXPECT_EQ(TraitsOf(problem).mask, MaskShape::kBand);
}

TEST(HopperForwardModelTest, VariantHasTheParametersByName) {
  const HopperForwardConfiguration variant = VariantOf(SmallProblem(), SomeConfiguration());
  EXPECT_EQ(variant.block_m, 192);
  EXPECT_EQ(variant.block_n, 80);
  EXPECT_EQ(variant.k_stages, 3);
  EXPECT_EQ(variant.q_register_columns, 64);
  EXPECT_EQ(variant.probabilities, Probabilities::kShared);
  EXPECT_EQ(variant.turns, Turns::kNone);
  EXPECT_EQ(variant.rescale, Rescale::kAlways);
  EXPECT_EQ(variant.polynomial_exp2, 2);
  EXPECT_EQ(variant.scheduler, Scheduler::kDynamic);
  EXPECT_EQ(variant.producer_registers, 24);
  EXPECT_EQ(variant.order, TileOrder::kLongestFirst);
  EXPECT_EQ(variant.store, Store::kRegisters);
  EXPECT_TRUE(variant.narrow_first);
  EXPECT_FALSE(variant.join_tiles);
  EXPECT_EQ(LaunchChoiceOf(SomeConfiguration()).section_mib, 2);
}

TEST(HopperForwardModelTest, KernelIsNamedInCxx) {
  const std::string name =
      KernelExpression(VariantOf(SmallProblem(), SomeConfiguration()), "M", "P");
  EXPECT_TRUE(absl::StrContains(name, "HopperForwardKernel<attune::hopper::HopperForward")) << name;
  EXPECT_TRUE(absl::StrContains(name, ".block_n = 80")) << name;
  EXPECT_TRUE(absl::StrContains(name, ".order = attune::hopper::TileOrder{1}")) << name;
  EXPECT_TRUE(absl::StrContains(name, ".narrow_first = true")) << name;
  EXPECT_TRUE(absl::StrContains(name, ".packed = false")) << name;
  EXPECT_TRUE(absl::StrContains(name, ".position_product = false, .tile_heads = 1}, M, P>"))
      << name;
}

TEST(HopperForwardModelTest, GridIsWhatTheMultiprocessorsHoldOrFewer) {
  const HopperForwardConfiguration variant = VariantOf(SmallProblem(), SomeConfiguration());
  const ForwardLaunch launch = LaunchOf(SmallProblem(), variant, 132);
  EXPECT_EQ(launch.blocks, 6 * 16);  // blocks of 192 rows, times batch and heads
  EXPECT_EQ(launch.threads, 512);
  EXPECT_EQ(launch.shared_bytes, SharedBytes(variant));
  EXPECT_EQ(launch.workspace_bytes, 8);
  HopperForwardConfiguration small = variant;
  small.block_m = 64;
  small.blocks_per_sm = 2;
  small.scheduler = Scheduler::kStatic;
  EXPECT_EQ(LaunchOf(SmallProblem(), small, 90).blocks, 180);
  EXPECT_EQ(LaunchOf(SmallProblem(), small, 200).blocks, 16 * 16);
  EXPECT_EQ(LaunchOf(SmallProblem(), small, 200).workspace_bytes, 0);
}

TEST(HopperForwardModelTest, ArgumentsFoldTheAlignmentIntoTheBounds) {
  Problem problem = SmallProblem();
  const HopperForwardConfiguration variant = VariantOf(problem, SomeConfiguration());
  problem.mask = Mask::Window(100, 10);
  ForwardArguments arguments = ArgumentsOf(problem, variant, {});
  EXPECT_EQ(arguments.left, 100 - 2000);
  EXPECT_EQ(arguments.right, 10 + 2000);
  problem.mask = Mask::Causal(Alignment::kTopLeft);
  arguments = ArgumentsOf(problem, variant, {});
  EXPECT_EQ(arguments.right, 0);
  EXPECT_GT(arguments.left, 1 << 27);
  problem.mask = Mask::Window(int64_t{1} << 62, int64_t{1} << 62);
  arguments = ArgumentsOf(problem, variant, {});
  EXPECT_GT(arguments.left, 1 << 27);
  EXPECT_GT(arguments.right, 1 << 27);
}

TEST(HopperForwardModelTest, PackedSequencesFoldTheirOwnAlignment) {
  Problem problem = SmallProblem();
  problem.mask = Mask::Window(100, 10);
  problem.packed = Packed{.total_q_len = 1500, .total_kv_len = 4000};
  const HopperForwardConfiguration variant = VariantOf(problem, SomeConfiguration());
  EXPECT_TRUE(variant.packed);
  ForwardArguments arguments = ArgumentsOf(problem, variant, {.section_mib = 64});
  EXPECT_EQ(arguments.left, 100);
  EXPECT_EQ(arguments.right, 10);
  EXPECT_EQ(arguments.bottom_right, 1);
  EXPECT_EQ(arguments.batch, 2);
  EXPECT_EQ(arguments.log_sum_exp_head_stride, 1500);
  EXPECT_EQ(arguments.heads_per_section, 8);  // of one sequence
  problem.mask.alignment = Alignment::kTopLeft;
  EXPECT_EQ(ArgumentsOf(problem, variant, {}).bottom_right, 0);
}

TEST(HopperForwardModelTest, PackedGridIsBoundedByRowsAndByTheLongestSequence) {
  Problem problem = SmallProblem();
  problem.packed = Packed{.total_q_len = 1100, .total_kv_len = 4000};
  const HopperForwardConfiguration variant = TraitsOf(problem);  // tiles of 128 rows
  EXPECT_EQ(TileBound(problem, variant), 8 * (8 + 2));  // each sequence may end inside a block
  problem.packed->total_q_len = 1 << 20;
  EXPECT_EQ(TileBound(problem, variant), 8 * (8 * 2));
  problem.q_len = 0;
  EXPECT_EQ(TileBound(problem, variant), 0);
}

TEST(HopperForwardModelTest, FunctorsAreGivenScaleCapAndDiagonal) {
  Problem problem = SmallProblem();
  problem.soft_cap = 30;
  problem.softmax_scale = 0.5;
  const HopperForwardConfiguration variant = VariantOf(problem, SomeConfiguration());
  const ForwardArguments arguments = ArgumentsOf(problem, variant, {});
  EXPECT_EQ(arguments.soft_cap, 30.0f);
  EXPECT_EQ(arguments.soft_cap_series.cubic[0], SoftCapSeriesOf(0.5, 30).cubic[0]);
  EXPECT_EQ(arguments.scale, 0.5f);
  EXPECT_EQ(arguments.offset, 2000);
}

TEST(HopperForwardModelTest, FunctorsOfAUsersOwnTakeRegisters) {
  Problem problem = SmallProblem();
  const HopperForwardConfiguration variant = VariantOf(problem, SomeConfiguration());
  const double plain = ForwardVariables(problem, variant)["working_registers"];
  problem.alibi = true;
  EXPECT_EQ(ForwardVariables(problem, variant)["working_registers"], plain);
  problem.score_expression = "score + 1";
  EXPECT_GT(ForwardVariables(problem, variant)["working_registers"], plain);
}

TEST(HopperForwardModelTest, ArgumentsAreSizesAndStrides) {
  const Problem problem = SmallProblem();
  const HopperForwardConfiguration variant = VariantOf(problem, SomeConfiguration());
  const ForwardArguments arguments = ArgumentsOf(problem, variant, {});
  EXPECT_EQ(arguments.q_len, 1000);
  EXPECT_EQ(arguments.kv_len, 3000);
  EXPECT_EQ(arguments.group, 4);
  EXPECT_EQ(arguments.q_blocks, 6);
  EXPECT_EQ(arguments.tiles, 6 * 16);
  EXPECT_EQ(arguments.out_row_stride, 8 * 64);
  EXPECT_EQ(arguments.out_head_stride, 64);
  EXPECT_EQ(arguments.out_batch_stride, 1000 * 8 * 64);
  EXPECT_FLOAT_EQ(arguments.scale_log2,
                  static_cast<float>(std::log2(std::exp(1)) / std::sqrt(128)));
}

TEST(HopperForwardModelTest, ClustersAreWhole) {
  const Problem problem = SmallProblem();  // 16 heads of 1000 queries
  HopperForwardConfiguration variant = TraitsOf(problem);
  variant.block_m = 192;
  variant.cluster = 2;
  EXPECT_EQ(ArgumentsOf(problem, variant, {}).q_blocks, 6);
  variant.block_m = 64 * 3 * 2;  // three blocks; the fourth has no rows
  EXPECT_EQ(ArgumentsOf(problem, variant, {}).q_blocks, 4);
  EXPECT_EQ(ArgumentsOf(problem, variant, {}).tiles, 4 * 16);
  EXPECT_EQ(LaunchOf(problem, variant, 132).cluster, 2);
  EXPECT_EQ(LaunchOf(problem, variant, 132).blocks, 4 * 16);
  EXPECT_EQ(LaunchOf(problem, variant, 31).blocks, 30);
}

TEST(HopperForwardModelTest, SectionsHoldWholeGroupsOfHeads) {
  const Problem problem = SmallProblem();  // 1.1 MiB for each key-value head, 4 of those
  const HopperForwardConfiguration variant = VariantOf(problem, SomeConfiguration());
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 0}).heads_per_section, 16);
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 1}).heads_per_section, 4);
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 3}).heads_per_section, 8);
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 64}).heads_per_section, 16);
  Problem empty = problem;
  empty.kv_len = 0;
  EXPECT_EQ(ArgumentsOf(empty, variant, {.section_mib = 1}).heads_per_section, 16);
}

TEST(HopperForwardModelTest, PackableHeadsAreAGroupsPowerOfTwo) {
  Problem problem = SmallProblem();
  const auto packable = [&](int64_t q_heads, int64_t kv_heads) {
    problem.q_heads = q_heads;
    problem.kv_heads = kv_heads;
    return PackableHeads(problem);
  };
  EXPECT_EQ(packable(8, 8), 1);
  EXPECT_EQ(packable(28, 4), 1);
  EXPECT_EQ(packable(24, 2), 4);
  EXPECT_EQ(packable(64, 8), 8);
  EXPECT_EQ(packable(128, 1), 64);
  problem.soft_cap = 30;
  EXPECT_EQ(packable(128, 1), 64);
  // A thread's functors are of one head.
  problem.alibi = true;
  EXPECT_EQ(packable(128, 1), 8);
  problem.alibi = false;
  problem.mask_expression = "q == kv";
  EXPECT_EQ(packable(128, 1), 8);
  EXPECT_EQ(packable(4, 1), 4);
}

TEST(HopperForwardModelTest, PackedHeadsShareTiles) {
  Problem problem = SmallProblem();  // 2 x 8 heads, of which four share keys, of 1000 queries
  const HopperForwardConfiguration variant =
      VariantOf(problem, Changed(SomeConfiguration(), {{"pack_heads", 1}}));
  EXPECT_EQ(variant.tile_heads, 4);
  EXPECT_EQ(VariantOf(problem, SomeConfiguration()).tile_heads, 1);
  ForwardArguments arguments = ArgumentsOf(problem, variant, {});
  EXPECT_EQ(arguments.q_blocks, 21);  // of 4000 rows by 192
  EXPECT_EQ(arguments.tiles, 21 * 4);
  EXPECT_EQ(arguments.q_len, 1000);
  EXPECT_EQ(arguments.group, 4);
  // 1.1 MiB for each key-value head: sections count groups.
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 0}).heads_per_section, 4);
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 1}).heads_per_section, 1);
  EXPECT_EQ(ArgumentsOf(problem, variant, {.section_mib = 3}).heads_per_section, 2);
  EXPECT_EQ(LaunchOf(problem, variant, 132).blocks, 84);
  problem.q_len = 16;
  EXPECT_EQ(LaunchOf(problem, variant, 132).blocks, 4);  // of 64 rows each
  problem.packed = Packed{.total_q_len = 1100, .total_kv_len = 4000};
  problem.q_len = 1000;
  const HopperForwardConfiguration packed =
      VariantOf(problem, Changed(SomeConfiguration(), {{"pack_heads", 1}}));
  EXPECT_EQ(TileBound(problem, packed), (4400 / 192 + 2) * 2);
  EXPECT_EQ(ArgumentsOf(problem, packed, {.section_mib = 64}).heads_per_section, 2);
}

TEST(HopperForwardModelTest, SharedMemoryIsTilesAndBarriers) {
  HopperForwardConfiguration variant;  // 128 rows, 128 keys, head dims 128
  // Queries 32 KiB, two blocks of keys and values of 32 KiB each, and less than a KiB of barriers.
  EXPECT_EQ(SharedBytes(variant), (32 + 4 * 32 + 1) << 10);
  variant.q_stages = 2;
  EXPECT_EQ(SharedBytes(variant), (64 + 4 * 32 + 1) << 10);
  variant.position_product = true;  // 32 bytes for each key
  EXPECT_EQ(SharedBytes(variant), (64 + 4 * 32 + 5) << 10);
}

TEST(HopperForwardModelTest, ProbabilitiesInSharedMemoryAreWholePartsForEachWarpgroup) {
  HopperForwardConfiguration variant;
  variant.probabilities = Probabilities::kShared;  // 128 rows of 128
  EXPECT_EQ(SharedBytes(variant), (32 + 4 * 32 + 1 + 32) << 10);
  variant.block_n = 80;  // two parts of 64 keys all the same
  EXPECT_EQ(SharedBytes(variant), (32 + 4 * 20 + 1 + 32) << 10);
}

TEST(HopperForwardModelTest, RegistersAreOfWhatIsLiveAtOnce) {
  HopperForwardConfiguration variant;
  EXPECT_EQ(AccumulatorRegisters(variant), 64 + 32 + 64);
  variant.q_register_columns = 128;
  EXPECT_EQ(AccumulatorRegisters(variant), 64 + 32 + 64 + 32);
  variant.q_register_columns = 64;
  EXPECT_EQ(AccumulatorRegisters(variant), 64 + 32 + 64 + 16);
  variant.overlap = Overlap::kInPlace;
  EXPECT_EQ(AccumulatorRegisters(variant), 64 + 64 + 16);
  variant.overlap = Overlap::kValueProduct;
  variant.probabilities = Probabilities::kShared;
  EXPECT_EQ(AccumulatorRegisters(variant), 64 + 64 + 16);
}

TEST(HopperForwardModelTest, QueriesInRegistersAreNoMoreThanTheHeadHas) {
  HopperForwardConfiguration variant;
  variant.qk_dim = 72;
  EXPECT_EQ(QueryRegisterColumns(variant), 0);
  EXPECT_FALSE(QueriesStayInRegisters(variant));
  variant.q_register_columns = 64;
  EXPECT_FALSE(QueriesStayInRegisters(variant));
  variant.q_register_columns = 128;
  EXPECT_EQ(QueryRegisterColumns(variant), 80);  // whole steps of 16
  EXPECT_TRUE(QueriesStayInRegisters(variant));
}

TEST(HopperForwardModelTest, ConsumersGetWhatTheProducerLeaves) {
  HopperForwardConfiguration variant;  // 168 at entry for each of three warpgroups
  EXPECT_EQ(ConsumerRegisters(variant), 240);
  variant.producer_registers = 40;
  EXPECT_EQ(ConsumerRegisters(variant), 232);
  variant.block_m = 64;
  variant.turns = Turns::kNone;
  variant.blocks_per_sm = 3;  // 80 at entry for each of two
  EXPECT_EQ(ConsumerRegisters(variant), 120);
  variant.producer_registers = 24;
  EXPECT_EQ(ConsumerRegisters(variant), 136);
  EXPECT_TRUE(IsValid(variant));
  variant.producer_registers = 16;
  EXPECT_FALSE(IsValid(variant));
  variant.producer_registers = 88;
  EXPECT_FALSE(IsValid(variant));
}

TEST(HopperForwardModelTest, WidestBlockIsBoundByRegistersOrSharedMemory) {
  HopperForwardConfiguration variant;
  variant.block_m = 192;
  EXPECT_EQ(WidestBlock(variant), 80);  // registers: 96 keys spilled
  variant = {};
  variant.qk_dim = variant.v_dim = 256;
  EXPECT_EQ(WidestBlock(variant), 80);  // shared memory
  variant.q_stages = 2;
  EXPECT_EQ(WidestBlock(variant), 0);
}

}  // namespace
}  // namespace attune::hopper
