// Which query positions and heads the rows of a tile are.
//
// Rows of kTileHeads query heads of one key-value head stand beside each other: row r of a sequence
// is position r / kTileHeads of head r % kTileHeads of them ("PackGQA" in FlashAttention-3). A tile
// then has fewer positions, all of its rows see nearly the same keys, and a sequence of few queries
// fills it. kTileHeads divides kRowGrain: each thread's rows are eight apart.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_TILE_ROWS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_TILE_ROWS_CUH_

namespace attune::hopper {

// Rows of a warpgroup: tiles begin at multiples of it.
inline constexpr int kRowGrain = 64;

// Unsigned, as a division by a power of two is then a shift.
template <int kTileHeads>
constexpr int PositionOfRow(int row) {
  static_assert(kTileHeads >= 1 && kRowGrain % kTileHeads == 0);
  return static_cast<int>(static_cast<unsigned int>(row) / kTileHeads);
}

// Among the tile's heads.
template <int kTileHeads>
constexpr int HeadOfRow(int row) {
  static_assert(kTileHeads >= 1 && kRowGrain % kTileHeads == 0);
  return static_cast<int>(static_cast<unsigned int>(row) % kTileHeads);
}

// Positions from a thread's first row, which is less than 8 beyond a multiple of 16, to its second,
// eight rows below. 0: the same position, of another head.
template <int kTileHeads>
inline constexpr int kPositionStep = 8 / kTileHeads;

// Whether a thread's two rows are of the same head.
constexpr bool OneHeadPerThread(int tile_heads) { return 8 % tile_heads == 0; }

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_TILE_ROWS_CUH_
