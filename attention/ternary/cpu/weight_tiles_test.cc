#include "attention/ternary/cpu/weight_tiles.h"

#include <cstring>
#include <vector>

#include "attention/ternary/verification/matmul_inputs.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

uint32_t WordAt(const std::vector<uint8_t>& packed, int64_t index) {
  uint32_t word = 0;
  std::memcpy(&word, packed.data() + 4 * index, 4);
  return word;
}

TEST(WeightTilesTest, WordsOfSixteenRowsAreNeighboursAndMissingRowsAreZero) {
  const TernaryMatrix matrix = RandomTernaryMatrix({.rows = 21, .columns = 70, .group = 32}, 1);
  const WeightTiles tiles(matrix.shape);
  std::vector<uint8_t> packed(TiledLayout(matrix.shape).bytes, 0xff);
  PackTiles(matrix, absl::MakeSpan(packed));
  ASSERT_EQ(tiles.tiles, 2);
  for (int64_t row = 0; row < 32; ++row) {
    const int64_t tile = row / kTileRows * tiles.tile_words;
    for (int64_t word = 0; word < 3; ++word) {
      const int64_t at = tile + word * 2 * kTileRows + row % kTileRows;
      EXPECT_EQ(WordAt(packed, at), row < 21 ? matrix.plus[row * 3 + word] : 0);
      EXPECT_EQ(WordAt(packed, at + kTileRows), row < 21 ? matrix.minus[row * 3 + word] : 0);
      float scale = 0;
      std::memcpy(&scale,
                  packed.data() + 4 * (tiles.scale_offset + row / kTileRows * tiles.tile_scales +
                                       word * kTileRows + row % kTileRows),
                  4);
      EXPECT_EQ(scale, row < 21 ? matrix.scales[row * 3 + word] : 0);
    }
  }
}

TEST(WeightTilesTest, WholeTilesTakeNoMoreThanTheMatrix) {
  const TernaryShape shape = {.rows = 4096, .columns = 4096, .group = 128};
  EXPECT_EQ(TiledLayout(shape).bytes, TernaryBytes(shape));
}

}  // namespace
}  // namespace attune
