// Tiles, and what a block keeps in shared memory of packed sequences. Plain data: the host sizes
// shared memory by it.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PACKED_TILE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PACKED_TILE_CUH_

namespace attune::hopper {

struct Tile {
  int first_row;  // of its sequence, as tile_rows.cuh counts them
  int head;       // query head, the first of them
  int batch;
};

// What a producer tells its consumers after the last one. A tile's head is not negative.
inline constexpr Tile kNoTile = {0, -1, 0};

// A packed sequence: its lengths, and where its rows begin among the tensors'.
struct PackedRows {
  int q_len;
  int kv_len;
  int first_query;
  int first_key;
};

// A tile of packed sequences, as the producer tells the consumers of it.
struct PackedTile {
  Tile tile;
  PackedRows rows;
};

// Sequences that the producer's warp has counted the tiles of.
struct SequenceTable {
  static constexpr int kSequences = 32;
  PackedRows rows[kSequences];
  int batch[kSequences];
  int tiles_through[kSequences];  // of the table's tiles, up to this sequence's last
  int first_tile;                 // of the launch's tiles, the table's first
  int first_sequence;             // of the batch
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PACKED_TILE_CUH_
