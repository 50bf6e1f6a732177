#include "attention/ternary/cpu/weight_tiles.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "base/parallel.h"

namespace attune {

WeightTiles::WeightTiles(const TernaryShape& shape)
    : tiles((shape.rows + kTileRows - 1) / kTileRows),
      tile_words(WordsPerRow(shape) * 2 * kTileRows),
      tile_scales(GroupsPerRow(shape) * kTileRows),
      scale_offset(tiles * tile_words),
      bytes(4 * tiles * (tile_words + tile_scales)) {}

WeightLayout TiledLayout(const TernaryShape& shape) {
  return {.name = "tiles_of_16_rows", .bytes = WeightTiles(shape).bytes};
}

void PackTiles(const TernaryMatrix& weights, absl::Span<uint8_t> packed) {
  const TernaryShape& shape = weights.shape;
  const WeightTiles layout(shape);
  assert(static_cast<int64_t>(packed.size()) == layout.bytes);
  const int64_t words = WordsPerRow(shape);
  const int64_t groups = GroupsPerRow(shape);
  std::memset(packed.data(), 0, packed.size());
  const auto store = [&](int64_t word, const void* value) {
    std::memcpy(packed.data() + 4 * word, value, 4);
  };
  ParallelFor(layout.tiles, AvailableThreads(), [&](int64_t tile, int64_t) {
    const int64_t rows = std::min(kTileRows, shape.rows - tile * kTileRows);
    for (int64_t lane = 0; lane < rows; ++lane) {
      const int64_t row = tile * kTileRows + lane;
      for (int64_t word = 0; word < words; ++word) {
        const int64_t to = tile * layout.tile_words + word * 2 * kTileRows + lane;
        store(to, &weights.plus[row * words + word]);
        store(to + kTileRows, &weights.minus[row * words + word]);
      }
      for (int64_t group = 0; group < groups; ++group) {
        store(layout.scale_offset + tile * layout.tile_scales + group * kTileRows + lane,
              &weights.scales[row * groups + group]);
      }
    }
  });
}

}  // namespace attune
