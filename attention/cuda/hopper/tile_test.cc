// Tiles and their key blocks, the device's code compiled for the host, against what the rows see.
#define __device__
#define __forceinline__ inline

#include <algorithm>

namespace attune::hopper {
using std::max;
using std::min;
}  // namespace attune::hopper

#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/hopper_forward_model.h"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/problem.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune::hopper {
namespace {

Problem RandomLengths(uint64_t seed, MaskShape shape, int tile_heads) {
  uint64_t draws = 0;
  const auto below = [&](uint64_t n) {
    return static_cast<int64_t>(RandomBits(seed, draws++) % n);
  };
  Problem problem{.batch = 1 + below(3),
                  .q_heads = 2 * tile_heads,
                  .kv_heads = 2,
                  .q_len = 1 + below(300),
                  .kv_len = below(400),
                  .qk_dim = 64,
                  .v_dim = 64};
  if (shape != MaskShape::kFull) problem.mask.right = below(2) == 0 ? 0 : below(300);
  if (shape == MaskShape::kBand) problem.mask.left = below(300);
  if (below(3) == 0) problem.mask.alignment = Alignment::kTopLeft;
  return problem;
}

// First and last key + 1 that the row at `position` sees; none if the second is no larger.
std::pair<int, int> KeysOf(const ForwardArguments& arguments, MaskShape shape, int position) {
  int begin = 0, end = arguments.kv_len;
  if (shape != MaskShape::kFull) end = std::min(end, position + arguments.right + 1);
  if (shape == MaskShape::kBand) begin = std::max(begin, position - arguments.left);
  return {begin, end};
}

// Rows [first_row, first_row + rows) against `blocks`.
template <HopperForwardConfiguration kC>
void ExpectBlocksOfRows(const ForwardArguments& arguments, const KeyBlocks& blocks, int first_row,
                        int rows) {
  int last_position = -1;
  for (int row = first_row; row < first_row + rows; ++row) {
    const int position = PositionOfRow<kC.tile_heads>(row);
    // Heads of one position see the same keys.
    if (position == std::exchange(last_position, position)) continue;
    if (position < 0 || position >= arguments.q_len) continue;
    const auto [begin, end] = KeysOf(arguments, kC.mask, position);
    if (begin >= end) continue;
    EXPECT_LE(blocks.begin * kC.block_n, begin);
    EXPECT_GE(blocks.end * kC.block_n, end);
    EXPECT_LE(blocks.begin_key, begin);
    EXPECT_GE(blocks.end_key, end);
    const int whole_begin = std::max(blocks.begin, blocks.whole_begin);
    const int whole_end = std::min(blocks.end, blocks.whole_end);
    if (whole_begin >= whole_end) continue;
    EXPECT_GE(whole_begin * kC.block_n, begin);
    EXPECT_LE(whole_end * kC.block_n, end);
  }
}

// No block more than the positions of the rows need, the first to the last.
template <HopperForwardConfiguration kC>
void ExpectNoIdleBlocks(const ForwardArguments& arguments, const KeyBlocks& blocks, int first_row,
                        int rows) {
  const int first = PositionOfRow<kC.tile_heads>(first_row);
  const int last =
      std::min<int>(PositionOfRow<kC.tile_heads>(first_row + rows - 1), arguments.q_len - 1);
  if (first > last || last < 0) {
    EXPECT_EQ(blocks.begin, blocks.end);
    return;
  }
  const int end = KeysOf(arguments, kC.mask, last).second;
  const int begin = KeysOf(arguments, kC.mask, first).first;
  if (begin < end) {
    EXPECT_EQ(blocks.begin, begin / kC.block_n);
    EXPECT_EQ(blocks.end, (end + kC.block_n - 1) / kC.block_n);
  }
}

template <HopperForwardConfiguration kC>
void ExpectTilesOf(const Problem& problem) {
  SCOPED_TRACE(problem.ToString());
  const ForwardArguments arguments = ArgumentsOf(problem, kC, {});
  const Sequence<false> sequence(arguments);
  // By batch, head and position.
  std::vector<int> times_seen(problem.batch * problem.q_heads * problem.q_len);
  for (int index = 0; index < arguments.tiles; ++index) {
    const Tile tile = TileAt<kC>(arguments, index);
    EXPECT_EQ(tile.first_row % kRowGrain, 0);
    EXPECT_EQ(tile.head % kC.tile_heads, 0);
    ASSERT_LE(tile.head + kC.tile_heads, problem.q_heads);
    ASSERT_LT(tile.batch, problem.batch);
    for (int row = std::max(tile.first_row, 0); row < tile.first_row + kC.block_m; ++row) {
      const int position = PositionOfRow<kC.tile_heads>(row);
      if (position >= problem.q_len) break;
      const int64_t head = tile.head + HeadOfRow<kC.tile_heads>(row);
      ++times_seen.at((tile.batch * problem.q_heads + head) * problem.q_len + position);
    }
    for (const int rows : {kC.block_m, kWarpgroupRows}) {
      const KeyBlocks blocks = KeyBlocksOf<kC>(sequence, tile.first_row, rows);
      ExpectBlocksOfRows<kC>(arguments, blocks, tile.first_row, rows);
      ExpectNoIdleBlocks<kC>(arguments, blocks, tile.first_row, rows);
    }
  }
  EXPECT_EQ(std::count(times_seen.begin(), times_seen.end(), 1), std::ssize(times_seen));
  const int64_t rows = problem.q_len * kC.tile_heads;
  EXPECT_EQ(arguments.tiles,
            (rows + kC.block_m - 1) / kC.block_m * problem.batch * problem.q_heads / kC.tile_heads);
}

template <int kTileHeads, MaskShape kMask, TileOrder kOrder>
void ExpectTiles() {
  constexpr HopperForwardConfiguration kC = {
      .mask = kMask, .block_m = 192, .block_n = 80, .order = kOrder, .tile_heads = kTileHeads};
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", heads " << kTileHeads);
    ExpectTilesOf<kC>(RandomLengths(seed, kMask, kTileHeads));
    if (testing::Test::HasFailure()) return;
  }
}

template <int kTileHeads>
void ExpectTilesOfEveryMask() {
  ExpectTiles<kTileHeads, MaskShape::kFull, TileOrder::kHeadFirst>();
  ExpectTiles<kTileHeads, MaskShape::kRight, TileOrder::kLongestFirst>();
  ExpectTiles<kTileHeads, MaskShape::kBand, TileOrder::kLongestFirst>();
}

TEST(TileTest, TilesOfOneHeadHaveTheKeysThatTheirRowsSee) { ExpectTilesOfEveryMask<1>(); }

TEST(TileTest, TilesOfSeveralHeadsHaveTheKeysThatTheirPositionsSee) {
  ExpectTilesOfEveryMask<2>();
  ExpectTilesOfEveryMask<8>();
  ExpectTilesOfEveryMask<64>();
}

template <int kTileHeads>
void ExpectRows() {
  for (int row = 0; row < 4 * kRowGrain; ++row) {
    const int position = PositionOfRow<kTileHeads>(row), head = HeadOfRow<kTileHeads>(row);
    EXPECT_LT(head, kTileHeads);
    EXPECT_EQ(position * kTileHeads + head, row);
    // As a thread finds its second row from its first.
    if (row % 16 >= 8) continue;
    EXPECT_EQ(PositionOfRow<kTileHeads>(row + 8), position + kPositionStep<kTileHeads>);
    EXPECT_EQ(HeadOfRow<kTileHeads>(row + 8), head + (OneHeadPerThread(kTileHeads) ? 0 : 8));
  }
}

TEST(TileTest, UnderADiagonalTheFirstTileIsThePartialOne) {
  constexpr HopperForwardConfiguration kC = {
      .mask = MaskShape::kRight, .block_m = 192, .block_n = 80, .order = TileOrder::kLongestFirst};
  const Problem problem{.q_len = 2048, .kv_len = 2048, .qk_dim = 128, .mask = Mask::Causal()};
  const ForwardArguments arguments = ArgumentsOf(problem, kC, {});
  ASSERT_EQ(arguments.tiles, 11);
  EXPECT_EQ(TileAt<kC>(arguments, 0).first_row, 2048 - 192);
  EXPECT_EQ(TileAt<kC>(arguments, 10).first_row, 128 - 192);
}

TEST(TileTest, RowsAreEveryHeadOfEachPosition) {
  ExpectRows<1>();
  ExpectRows<2>();
  ExpectRows<4>();
  ExpectRows<8>();
  ExpectRows<16>();
  ExpectRows<32>();
  ExpectRows<64>();
}

}  // namespace
}  // namespace attune::hopper
