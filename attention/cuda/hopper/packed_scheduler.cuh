// The tiles of packed sequences, whose lengths only the device knows.
//
// Nothing outside a sequence becomes a tile. The producer's warp counts each sequence's tiles, 32
// sequences at a time, one to a lane, and walks them longest first: the last tiles of the launch
// are short ones, and blocks end at about the same time.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PACKED_SCHEDULER_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PACKED_SCHEDULER_CUH_

#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_counters.cuh"

namespace attune::hopper {

inline constexpr unsigned int kWholeWarp = 0xffffffffu;

// 32 sequences, one to a lane, from the one with the most keys to the one with the fewest. All
// lanes of a warp call everything together. What it knows lies in shared memory: the producer has
// few registers.
template <HopperForwardConfiguration kC>
class SequenceGroup {
 public:
  __device__ __forceinline__ explicit SequenceGroup(SequenceTable& table) : table_(table) {}

  // Sequences from `first` on, whose first tile is the launch's tile `first_tile`.
  __device__ __forceinline__ void Load(const ForwardArguments& arguments, int first,
                                       int first_tile) {
    const int lane = threadIdx.x % 32;
    const int batch = first + lane;
    PackedRows rows = {};
    if (batch < arguments.batch) {
      rows.first_query = arguments.cumulative_query_lengths[batch];
      rows.first_key = arguments.cumulative_key_lengths[batch];
      rows.q_len = arguments.cumulative_query_lengths[batch + 1] - rows.first_query;
      rows.kv_len = arguments.cumulative_key_lengths[batch + 1] - rows.first_key;
    }
    const int rank = Rank(rows.kv_len);
    __syncwarp();
    table_.rows[rank] = rows;
    table_.batch[rank] = batch;
    table_.first_tile = first_tile;
    table_.first_sequence = first;
    __syncwarp();
    int through = Blocks(table_.rows[lane].q_len) * HeadGroups(arguments);
#pragma unroll 1
    for (int distance = 1; distance < 32; distance *= 2) {
      const int before = __shfl_up_sync(kWholeWarp, through, distance);
      if (lane >= distance) through += before;
    }
    table_.tiles_through[lane] = through;
    __syncwarp();
  }

  // Goes on to the sequences of tile `index` of the launch. False if there is no such tile. Indices
  // only grow: groups are left behind.
  __device__ __forceinline__ bool Find(const ForwardArguments& arguments, int index) {
    while (index >= EndTile()) {
      const int next = table_.first_sequence + SequenceTable::kSequences;
      if (next >= arguments.batch) return false;
      Load(arguments, next, EndTile());
    }
    return true;
  }

  // The tile that Find found.
  __device__ __forceinline__ PackedTile At(const ForwardArguments& arguments, int index) const {
    const int in_table = index - table_.first_tile;
    const int place =
        __popc(__ballot_sync(kWholeWarp, table_.tiles_through[threadIdx.x % 32] <= in_table));
    const int before = place == 0 ? 0 : table_.tiles_through[place - 1];
    const BlockAndHead at =
        BlockAndHeadAt<kC>(in_table - before, arguments.heads_per_section,
                           Blocks(table_.rows[place].q_len), [&] { return HeadGroups(arguments); });
    return {{at.block * kC.block_m, at.head * kC.tile_heads, table_.batch[place]},
            table_.rows[place]};
  }

 private:
  static __device__ __forceinline__ int Blocks(int q_len) {
    return (q_len * kC.tile_heads + kC.block_m - 1) / kC.block_m;
  }
  static __device__ __forceinline__ int HeadGroups(const ForwardArguments& arguments) {
    return arguments.q_heads / kC.tile_heads;
  }

  // How many of the lanes' sequences go before this lane's.
  static __device__ __forceinline__ int Rank(int kv_len) {
    const int lane = threadIdx.x % 32;
    int rank = 0;
#pragma unroll 1
    for (int i = 0; i < 32; ++i) {
      const int other = __shfl_sync(kWholeWarp, kv_len, i);
      if (other > kv_len || (other == kv_len && i < lane)) ++rank;
    }
    return rank;
  }

  __device__ __forceinline__ int EndTile() const {
    return table_.first_tile + table_.tiles_through[SequenceTable::kSequences - 1];
  }

  SequenceTable& table_;
};

// The producer's side, all lanes of its warp. Draw() some loads ahead of Next(), which waits for
// what it drew.
template <HopperForwardConfiguration kC>
class PackedTileSource {
 public:
  __device__ __forceinline__ PackedTileSource(const ForwardArguments& arguments,
                                              ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared), index_(blockIdx.x) {
    SequenceGroup<kC>(shared_.sequences).Load(arguments, 0, 0);
    Publish();
  }

  __device__ __forceinline__ bool HasTile() const { return has_tile_; }
  // By lane 0.
  __device__ __forceinline__ Tile tile() const { return Published().tile; }
  __device__ __forceinline__ Sequence<true> sequence() const {
    return Sequence<true>(arguments_, Published().rows);
  }
  __device__ __forceinline__ void Draw() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) index_ = DrawTile(*arguments_.counters);
  }

  __device__ __forceinline__ void Next() {
    if constexpr (kC.scheduler == Scheduler::kStatic) {
      index_ += gridDim.x;
    } else {
      index_ = __shfl_sync(kWholeWarp, index_, 0);
    }
    Publish();
  }

  // Once there are no more.
  __device__ __forceinline__ void Finish() {
    if constexpr (kC.scheduler == Scheduler::kDynamic) {
      if (threadIdx.x == 0) FinishCounting(*arguments_.counters);
    }
  }

 private:
  using Position = RingPosition<ForwardShared<kC>::kTileSlots>;

  // The slot before the next. Its writer alone may still read it once the consumers have.
  __device__ __forceinline__ const PackedTile& Published() const {
    static_assert(ForwardShared<kC>::kTileSlots == 2);
    return shared_.tile[position_.stage ^ 1];
  }

  // Finds tile index_ and tells the consumers.
  __device__ __forceinline__ void Publish() {
    SequenceGroup<kC> group(shared_.sequences);
    has_tile_ = group.Find(arguments_, index_);
    PackedTile found = {kNoTile, {}};
    if (has_tile_) found = group.At(arguments_, index_);
    if (threadIdx.x == 0) {
      shared_.tile_ring.WaitEmpty(position_);
      shared_.tile[position_.stage] = found;
      ptx::BarrierArrive(&shared_.tile_ring.full[position_.stage]);
    }
    __syncwarp();
    position_.Advance();
  }

  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  Position position_;
  int index_;
  bool has_tile_ = false;
};

// A consumer's side, all its threads.
template <HopperForwardConfiguration kC>
class PackedTileSink {
 public:
  using Work = PackedTile;

  __device__ __forceinline__ PackedTileSink(const ForwardArguments& arguments,
                                            ForwardShared<kC>& shared)
      : arguments_(arguments), shared_(shared) {}

  __device__ __forceinline__ Work First() { return Take(); }
  __device__ __forceinline__ Work Next(const Work&) { return Take(); }
  __device__ __forceinline__ bool HasTile(const Work& work) const { return work.tile.head >= 0; }
  __device__ __forceinline__ Tile TileOf(const Work& work) const { return work.tile; }
  __device__ __forceinline__ Sequence<true> SequenceOf(const Work& work) const {
    return Sequence<true>(arguments_, work.rows);
  }

 private:
  __device__ __forceinline__ Work Take() {
    shared_.tile_ring.WaitFull(position_);
    const volatile PackedTile& slot = shared_.tile[position_.stage];
    const Work work = {
        {slot.tile.first_row, slot.tile.head, slot.tile.batch},
        {slot.rows.q_len, slot.rows.kv_len, slot.rows.first_query, slot.rows.first_key}};
    __syncwarp();
    if (threadIdx.x % 32 == 0) shared_.tile_ring.Release(position_);
    position_.Advance();
    return work;
  }

  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  RingPosition<ForwardShared<kC>::kTileSlots> position_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PACKED_SCHEDULER_CUH_
