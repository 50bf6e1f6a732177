// Ternary weights as the CPU kernel reads them.
#ifndef ATTUNE_ATTENTION_TERNARY_CPU_WEIGHT_TILES_H_
#define ATTUNE_ATTENTION_TERNARY_CPU_WEIGHT_TILES_H_

#include <cstdint>

#include "absl/types/span.h"
#include "attention/ternary/matmul_family.h"
#include "attention/ternary/ternary_matrix.h"

namespace attune {

// Rows of a tile: as many words as the widest vector holds.
inline constexpr int64_t kTileRows = 16;

// Where tiles of a shape lie, in words of 32 bits. A tile's words of both planes follow each other,
// [word][plus, minus][row], so that a vector holds the same columns of sixteen rows. Scales follow
// behind all tiles, [tile][group][row]. The last tile's missing rows are zero.
struct WeightTiles {
  explicit WeightTiles(const TernaryShape& shape);

  int64_t tiles;
  int64_t tile_words;   // of the planes of a tile
  int64_t tile_scales;  // of a tile
  int64_t scale_offset;
  int64_t bytes;
};

// "tiles_of_16_rows".
WeightLayout TiledLayout(const TernaryShape& shape);

// Fills `packed`, of TiledLayout(weights.shape).bytes.
void PackTiles(const TernaryMatrix& weights, absl::Span<uint8_t> packed);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_CPU_WEIGHT_TILES_H_
