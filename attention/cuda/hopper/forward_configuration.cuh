// What a variant of the Hopper forward kernel is: one structural value, the kernel's template
// argument.
//
// Shared by device code and the host-side model, so both derive sizes from the same functions.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CONFIGURATION_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CONFIGURATION_CUH_

#include "attention/cuda/hopper/packed_tile.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/cuda/ptx/element_type.h"

namespace attune::hopper {

// What a warpgroup runs under its own softmax.
enum class Overlap {
  // Nothing: the other warpgroups' products fill the tensor cores. O is free during the softmax, so
  // that its rescale interleaves with the exponentials.
  kNone,
  // The product of the previous key block with V, beside the row maxima. FlashAttention-3 (Shah et
  // al. 2024, section 3.2) puts the exponentials there as well: on an H200 that is 4 to 10 % slower
  // here.
  kValueProduct,
  // Nothing, and the two products one after the other: P takes the registers of S, so that blocks
  // of keys can be wider.
  kInPlace,
};

// Where P waits for its product with the values.
enum class Probabilities {
  kRegisters,
  kShared,  // fewer registers, and 2 * block_n bytes more for each row to write and to read again
};

// What only one warpgroup of a block does at a time, in turn.
enum class Turns {
  kNone,
  kProducts,  // issuing its products: they run together, the others' softmax beside them
  kSoftmax,   // its softmax: the special-function unit is not shared, the others' products run
              // beside it
};

// When accumulators move to a new row maximum.
enum class Rescale {
  kAlways,
  // Only once the maximum has grown by more than 2^8: P stays below 2^8, exact enough in 16 bits
  // and far from overflow in fp32 sums. Measured inside FlashAttention-3 on an H200: +0.7 to +2.4 %
  // at head dim 128.
  kLazy,
};

// How a thread finds the largest of its scores of a row.
enum class RowMaximum {
  kFloat,  // in floating point, one operation a score
  // As integers, two scores in one operation: floating-point numbers compare like their bits unless
  // all are negative, and then kFloat's way follows.
  kInteger,
};

enum class Scheduler {
  kStatic,   // tiles dealt out in turn
  kDynamic,  // next tile from a global counter
};

enum class TileOrder {
  kHeadFirst,     // all tiles of a head, then the next head
  kLongestFirst,  // the last query block of every head of a section, then the last but one: for
                  // causal masks
};

enum class Store {
  // Through the queries' shared memory and the copy engine. The slot stays busy until that is done.
  kBulk,
  // From registers. The next tile's queries load while this one ends, even into a single slot.
  kRegisters,
};

enum class MaskShape {
  kFull,
  kRight,  // bounded on the right (causal)
  kBand,   // bounded on both sides (sliding window)
};

struct HopperForwardConfiguration {
  // Of the problem.
  Element element = Element::kBfloat16;
  int qk_dim = 128;  // multiples of 8
  int v_dim = 128;
  MaskShape mask = MaskShape::kFull;
  // Sequences of their own lengths, one behind another in tensors without a batch dimension. Needs
  // Store::kRegisters: a box of the copy engine would reach into the next sequence.
  bool packed = false;

  // Of the algorithm.
  int block_m = 128;  // query rows per tile: 64 for each consumer warpgroup
  int block_n = 128;  // key rows per stage
  int q_stages = 1;   // 2 prefetches the next tile's queries
  int k_stages = 2;
  int v_stages = 2;
  // Columns of the queries, from the first, that a warpgroup keeps in registers through a tile; the
  // score product reads the others from shared memory, once for each block of keys.
  int q_register_columns = 0;
  Probabilities probabilities = Probabilities::kRegisters;
  Overlap overlap = Overlap::kValueProduct;
  Turns turns = Turns::kProducts;
  Rescale rescale = Rescale::kLazy;
  RowMaximum row_maximum = RowMaximum::kFloat;
  // Of every 16 exponentials of a thread, those that the multiply-add units compute (ptx/exp2.cuh,
  // Exp2Polynomial) instead of the special-function unit. Of plain scores alone.
  int polynomial_exp2 = 0;
  Scheduler scheduler = Scheduler::kStatic;
  TileOrder order = TileOrder::kHeadFirst;
  Store store = Store::kBulk;
  // A second first step, half as wide, for diagonal blocks of which a warpgroup sees no more.
  bool narrow_first = false;
  // The product of such a block's P with the values is half as deep, too.
  bool narrow_values = false;
  // The same for the last step of MaskShape::kBand, at the window's left edge.
  bool narrow_last = false;
  // The next tile's first scores run beside this tile's epilogue. The next queries must be able to
  // load before that: two stages, or Store::kRegisters.
  bool join_tiles = false;
  int blocks_per_sm = 1;
  // Registers of each of the producer's threads, of which the consumers get the rest; 0: as many as
  // it needs, so that it does not spill.
  int producer_registers = 0;
  // Blocks that work on neighbouring tiles of a head at the same time and load its keys and values
  // together, each a part, into the shared memory of all (a cluster, with multicast). For
  // MaskShape::kFull and Scheduler::kStatic, where neighbours need the same blocks at the same
  // time.
  int cluster = 1;
  // ALiBi's term of the distance within a block of keys as one more step of the score product,
  // wherever the block is on one side of the diagonal. 0 operations a score instead of one.
  bool position_product = false;
  // Query heads of a key-value head whose rows a tile has beside each other (tile_rows.cuh): their
  // largest power of two up to 64 where the parameter pack_heads asks for it, 1 otherwise. Above 8
  // for scores alone that are the same function of all heads.
  int tile_heads = 1;
};

// Head dimensions are padded to whole 64-column parts in shared memory (the width of the 128-byte
// swizzle); the copy engine fills the rest with zeros and the products leave them out.
inline constexpr int kPartColumns = 64;
inline constexpr int kWarpgroupRows = kRowGrain;
inline constexpr int kWarpgroupThreads = 128;
inline constexpr int kElementBytes = 2;

constexpr int Parts(int dim) { return (dim + kPartColumns - 1) / kPartColumns; }

// Columns of the output accumulators: v_dim in whole steps of 16. The last eight may be zeros.
constexpr int ValueColumns(const HopperForwardConfiguration& c) { return (c.v_dim + 15) / 16 * 16; }

constexpr int Consumers(const HopperForwardConfiguration& c) { return c.block_m / kWarpgroupRows; }
constexpr int Threads(const HopperForwardConfiguration& c) {
  return (Consumers(c) + 1) * kWarpgroupThreads;
}

// Whether the tile that is not full is a sequence's first, which sees the fewest keys, instead of
// its last: of three warpgroups no power of two is a whole number of tiles. Causal, +2.3 % at
// length 2048, +2.0 % at 4096 of head dim 128, +8 % at 1024 and +2.3 % at 4096 of 64 (NVIDIA H200,
// 2026-11-23).
constexpr bool PartialFirst(const HopperForwardConfiguration& c) {
  return c.mask == MaskShape::kRight && Consumers(c) == 3 && !c.packed && c.tile_heads == 1;
}

// Bytes of 64 query (or output) rows of one part.
inline constexpr int kPartBytes = kWarpgroupRows * kPartColumns * kElementBytes;

// One warpgroup's queries in one stage. With Store::kBulk its output goes there too once the
// queries are used up.
constexpr int QueryBytes(const HopperForwardConfiguration& c) {
  const bool shared = c.store == Store::kBulk && c.v_dim > c.qk_dim;
  return Parts(shared ? c.v_dim : c.qk_dim) * kPartBytes;
}
constexpr int KeyPartBytes(const HopperForwardConfiguration& c) {
  return c.block_n * kPartColumns * kElementBytes;
}
constexpr int KeyBytes(const HopperForwardConfiguration& c) {
  return Parts(c.qk_dim) * KeyPartBytes(c);
}
constexpr int ValueBytes(const HopperForwardConfiguration& c) {
  return Parts(c.v_dim) * KeyPartBytes(c);
}

// Columns of the queries, in whole steps of the score product, that are in registers; and whether
// all are, so that their slot is free once they have been read.
constexpr int QueryRegisterColumns(const HopperForwardConfiguration& c) {
  const int columns = (c.qk_dim + 15) / 16 * 16;
  return c.q_register_columns < columns ? c.q_register_columns : columns;
}
constexpr bool QueriesStayInRegisters(const HopperForwardConfiguration& c) {
  return QueryRegisterColumns(c) >= c.qk_dim;
}

// One warpgroup's P, in parts like queries; none where it stays in registers.
constexpr int ProbabilityBytes(const HopperForwardConfiguration& c) {
  return c.probabilities == Probabilities::kShared ? Parts(c.block_n) * kPartBytes : 0;
}

// Of a key's position in its block, as a row of the operand that position_product takes.
inline constexpr int kPositionBytes = 16;

// Twice the keys of a block: the product of depth 16 reads a row's 16 bytes twice, and
// compute-sanitizer takes it to read 32.
constexpr int PositionRows(const HopperForwardConfiguration& c) { return 2 * c.block_n; }

// Dynamic shared memory of a block, sizeof(ForwardShared): tiles, two barriers for each slot of
// each ring, and the tile ring's indices (of packed sequences its tiles, and the table that they
// come from), in whole kilobytes as the tiles' alignment makes it, and P where it does not stay in
// registers.
constexpr int SharedBytes(const HopperForwardConfiguration& c) {
  constexpr int kTileSlots = 2;
  constexpr int kSlotBytes = 16;
  constexpr int kAlignment = 1024;
  const int tiles = c.q_stages * Consumers(c) * QueryBytes(c) + c.k_stages * KeyBytes(c) +
                    c.v_stages * ValueBytes(c);
  const int slots = c.q_stages * Consumers(c) + c.k_stages + c.v_stages + kTileSlots;
  const int scheduling = c.packed ? kTileSlots * sizeof(PackedTile) + sizeof(SequenceTable)
                                  : kTileSlots * sizeof(Tile);
  const int positions = c.position_product ? (PositionRows(c) + 1) * kPositionBytes : 0;
  const int bytes = tiles + slots * kSlotBytes + scheduling + positions;
  return (bytes + kAlignment - 1) / kAlignment * kAlignment + Consumers(c) * ProbabilityBytes(c);
}

// Keys of a narrow first block: when the rightmost block of a warpgroup's rows has no more keys
// than this to see, its scores stop there. Likewise from the end of a narrow last block.
constexpr int NarrowKeys(const HopperForwardConfiguration& c) {
  return (c.block_n / 2 + 15) / 16 * 16;
}

// Registers per thread at entry, in eights.
constexpr int EntryRegisters(const HopperForwardConfiguration& c) {
  return 65536 / Threads(c) / c.blocks_per_sm / 8 * 8;
}

// Registers per thread after the split of what the block got at entry: asking for more waits
// forever. The producer spills at 24 with the dynamic scheduler, in the longest-first order and in
// a cluster.
constexpr int ProducerRegisters(const HopperForwardConfiguration& c) {
  if (c.producer_registers > 0) return c.producer_registers;
  if (Consumers(c) == 3) return 32;
  const bool more =
      c.order == TileOrder::kLongestFirst || c.scheduler == Scheduler::kDynamic || c.cluster > 1;
  return c.packed || more ? 40 : 24;
}
constexpr int ConsumerRegisters(const HopperForwardConfiguration& c) {
  const int left = EntryRegisters(c) * (Consumers(c) + 1) - ProducerRegisters(c);
  const int registers = left / Consumers(c) / 8 * 8;
  return registers < 240 ? registers : 240;
}

// setmaxnreg takes what is left of a split in eights, no fewer than 24.
constexpr bool IsRegisterSplit(const HopperForwardConfiguration& c) {
  return ProducerRegisters(c) % 8 == 0 && ProducerRegisters(c) >= 24 &&
         ProducerRegisters(c) <= EntryRegisters(c);
}

constexpr bool IsValid(const HopperForwardConfiguration& c) {
  return c.block_m % kWarpgroupRows == 0 && Consumers(c) >= 1 && Consumers(c) <= 3 &&
         c.block_n % 16 == 0 && c.block_n >= 16 && c.block_n <= 256 && c.qk_dim % 8 == 0 &&
         c.v_dim % 8 == 0 && c.qk_dim >= 8 && c.v_dim >= 8 && c.qk_dim <= 256 && c.v_dim <= 256 &&
         c.k_stages >= 1 && c.v_stages >= 1 && (c.q_stages == 1 || c.q_stages == 2) &&
         !(c.join_tiles && c.q_stages == 1 && c.store == Store::kBulk) &&
         !(c.turns == Turns::kProducts && c.overlap != Overlap::kValueProduct) &&
         c.q_register_columns % 16 == 0 && c.q_register_columns >= 0 && c.polynomial_exp2 >= 0 &&
         c.polynomial_exp2 <= 16 && IsRegisterSplit(c) &&
         !(c.overlap == Overlap::kInPlace &&
           (c.join_tiles || c.probabilities == Probabilities::kShared)) &&
         !(c.narrow_last && c.mask != MaskShape::kBand) &&
         !(c.packed && c.store != Store::kRegisters) && (c.cluster == 1 || c.cluster == 2) &&
         !(c.cluster > 1 && (c.mask != MaskShape::kFull || c.packed ||
                             c.scheduler != Scheduler::kStatic || c.blocks_per_sm != 1)) &&
         c.tile_heads >= 1 && kRowGrain % c.tile_heads == 0 &&
         (c.turns == Turns::kNone || Consumers(c) > 1);
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CONFIGURATION_CUH_
