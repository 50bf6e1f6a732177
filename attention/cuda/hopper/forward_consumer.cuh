// A consumer warpgroup of the Hopper forward kernel: 64 query rows against all their key blocks,
// tile after tile.
//
// Key blocks are walked downwards, so that the masked ones at the diagonal and the end come first.
// S, P and O live in registers throughout. One block's step, by Overlap:
//   kValueProduct: issue S of this block and O of the previous one; row maxima of S while O runs;
//                  exponentials; rescale O.
//   kNone: issue O of the previous block and S of this one; wait for both; softmax; rescale O.
//   kInPlace: O of the previous block, then S of this one; softmax; rescale O.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CONSUMER_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CONSUMER_CUH_

#include <cuda/std/cstdint>
#include <cuda/std/type_traits>

#include "attention/cuda/hopper/alibi_in_product.cuh"
#include "attention/cuda/hopper/bulk_store.cuh"
#include "attention/cuda/hopper/consumer_products.cuh"
#include "attention/cuda/hopper/forward_arguments.cuh"
#include "attention/cuda/hopper/forward_epilogue.cuh"
#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/mask_scores.cuh"
#include "attention/cuda/hopper/modest_soft_cap.cuh"
#include "attention/cuda/hopper/scheduler.cuh"
#include "attention/cuda/hopper/score_positions.cuh"
#include "attention/cuda/hopper/score_transform.cuh"
#include "attention/cuda/hopper/sequence.cuh"
#include "attention/cuda/hopper/softmax.cuh"
#include "attention/cuda/hopper/tile.cuh"
#include "attention/cuda/hopper/tile_rows.cuh"
#include "attention/cuda/hopper/turns.cuh"

namespace attune::hopper {

template <HopperForwardConfiguration kC, typename Modifier, typename Predicate>
class Consumer {
 public:
  __device__ __forceinline__ Consumer(const ForwardArguments& arguments, ForwardShared<kC>& shared,
                                      int consumer)
      : arguments_(arguments),
        shared_(shared),
        consumer_(consumer),
        thread_row_(consumer * kWarpgroupRows + threadIdx.x / 32 % 4 * 16 + threadIdx.x % 32 / 4),
        products_(shared, consumer),
        sequence_(arguments),
        transform_(arguments, Tile{}, SequenceLengths{}),
        predicate_(arguments, Tile{}, SequenceLengths{}) {}

  __device__ __forceinline__ void Run() {
    ProductTurn::Start(consumer_);
    SoftmaxTurn::Start(consumer_);
    Sink sink(arguments_, shared_);
    Work work = sink.First();
    // The host launches no more blocks than there are tiles, where it knows how many.
    if (kC.packed && !sink.HasTile(work)) return;
    BeginTile(sink, work);
    // Keeps the initial zeros above the first product: below, they would serialise it.
    ptx::PinRegisters(products_.output);
    StartTile();
    while (sink.HasTile(work)) {
      if (any_blocks_) {
        AllBlocks();
        if (kC.narrow_last && narrow_last_) {
          products_.template IssueLastValues<kC.block_n - NarrowKeys(kC)>();
        } else {
          products_.IssueLastValues();
        }
      } else {
        NoBlocks();
      }
      const EndingTile ending = {tile_, sequence_, position_, products_.query(), !any_blocks_};
      const int skip_after = skip_after_;
      products_.AdvanceQueries();
      // The next tile is known only once all blocks of this one are on their way.
      if (skip_after > 0) {
        products_.FinishValues();
        products_.SkipBlocks(skip_after);
      }
      work = sink.Next(work);
      const bool more = sink.HasTile(work);
      // What the next tile is, and this one's row sums, beside its last product: at length 512
      // without a mask +2.5 % at head dim 128 and +1.8 % at 256, elsewhere 0 to +0.8 % (NVIDIA
      // H200, 2026-11-23).
      float factor[2];
      if constexpr (kC.join_tiles) {
        if (more) BeginTile(sink, work);
        // Skipping waits for slots that the product in flight may hold.
        if (more && skip_before_ > 0) {
          products_.FinishValues();
          products_.SkipBlocks(skip_before_);
        }
        if (more && any_blocks_) products_.WaitFirstScores();
        // Issued even if nothing is next, on whatever is there, and then not used: a product under
        // a condition would make the compiler serialise this one with others.
        products_.IssueNextScores(products_.scores);
        FinishRows(ending, factor);
        ptx::WgmmaWait<1>();
        products_.template FinishValues<false>();
        StoreRows(ending, factor);
      } else {
        FinishRows(ending, factor);
        if (more) BeginTile(sink, work);
        products_.FinishValues();
        StoreRows(ending, factor);
        if (more) StartTile();
      }
    }
    if constexpr (kC.join_tiles) ptx::WgmmaWait<0>();
    bulk_store_.Flush(shared_, consumer_);
    // Shared memory must stay until the copy engine has read the last output.
  }

 private:
  using Sink = TileSink<kC>;
  using Work = typename Sink::Work;
  static_assert(!kC.position_product || cuda::std::is_same_v<Modifier, functors::Alibi>);
  // Of Alibi alone the configuration says how.
  using Transform = ScoreTransform<
      cuda::std::conditional_t<kC.position_product, AlibiInProduct<kC.element>, Modifier>,
      kC.tile_heads>;
  // Functors are made for one head.
  static_assert(OneHeadPerThread(kC.tile_heads) || (Transform::kAnyHead && Predicate::kAlways));
  using ProductTurn = TakeTurns<kC, Turns::kProducts>;
  using SoftmaxTurn = TakeTurns<kC, Turns::kSoftmax>;
  // Of the mask's band, in a block: what hides some of its keys.
  enum class Edges { kNone, kEnd, kBegin, kBoth };
  static constexpr bool kOverlap = kC.overlap == Overlap::kValueProduct;
  // All blocks are on their way, and the next tile begins.
  struct EndingTile {
    Tile tile;
    Sequence<kC.packed> sequence;
    int position;
    RingPosition<kC.q_stages> query;
    bool empty;
  };
  // Rows may see no key of a block even where the mask's band shows all of it.
  static constexpr bool kMayHide = Transform::kMayHide || !Predicate::kAlways;

  __device__ __forceinline__ void BeginTile(const Sink& sink, const Work& work) {
    tile_ = sink.TileOf(work);
    if constexpr (kC.packed) sequence_ = sink.SequenceOf(work);
    const SequenceLengths lengths = {sequence_.q_len(), sequence_.kv_len()};
    const Tile own = OwnTile(tile_);
    transform_ = Transform(arguments_, own, lengths);
    predicate_ = Predicate(arguments_, own, lengths);
    position_ = PositionOfRow<kC.tile_heads>(tile_.first_row + thread_row_);
    const KeyBlocks all = KeyBlocksOf<kC>(sequence_, tile_.first_row, kC.block_m);
    // Of the tile's blocks this warpgroup computes those that its own rows see. At length 512,
    // causal, with 192 rows per tile that is 29 % less.
    blocks_ =
        KeyBlocksOf<kC>(sequence_, tile_.first_row + consumer_ * kWarpgroupRows, kWarpgroupRows);
    any_blocks_ = blocks_.begin < blocks_.end;
    skip_before_ = all.end - (any_blocks_ ? blocks_.end : all.begin);
    skip_after_ = any_blocks_ ? blocks_.begin - all.begin : 0;
  }

  // With the head of the thread's first row.
  __device__ __forceinline__ Tile OwnTile(Tile tile) const {
    tile.head += HeadOfRow<kC.tile_heads>(thread_row_);
    return tile;
  }

  __device__ __forceinline__ void StartTile() {
    products_.SkipBlocks(skip_before_);
    if constexpr (kC.join_tiles) {
      if (any_blocks_) products_.WaitFirstScores();
      products_.IssueNextScores(products_.scores);
    }
  }

  // --- Key blocks.

  __device__ __forceinline__ void AllBlocks() {
    int block = blocks_.end - 1;
    const bool narrow = kC.narrow_first && blocks_.end_key - block * kC.block_n <= NarrowKeys(kC);
    if (narrow) {
      FirstBlock<NarrowKeys(kC)>(block);
    } else {
      FirstBlock<kC.block_n>(block);
    }
    bulk_store_.Flush(shared_, consumer_);
    --block;
    if constexpr (kC.mask == MaskShape::kBand) {
      BandBlocks(block, narrow);
    } else {
      if constexpr (kC.narrow_values) {
        // Of the diagonal a narrow block has fewer keys than there are rows.
        if (narrow && block >= blocks_.begin) {
          Step<Edges::kEnd, kC.block_n, NarrowKeys(kC)>(block);
          --block;
        }
      }
      for (; block >= max(blocks_.whole_end, blocks_.begin); --block) Step<Edges::kEnd>(block);
      for (; block >= blocks_.begin; --block) WholeStep(block);
    }
  }

  // A step whose keys are all seen.
  __device__ __forceinline__ void WholeStep(int block) {
    if constexpr (Transform::kInProduct) {
      // Where the block's first key stands from the diagonal in the warpgroup's first row.
      const int distance = block * kC.block_n - sequence_.offset() -
                           PositionOfRow<kC.tile_heads>(tile_.first_row) -
                           consumer_ * (kWarpgroupRows / kC.tile_heads);
      const bool left = distance <= 1 - kC.block_n;
      if (left || distance >= kWarpgroupRows / kC.tile_heads - 1) {
        row_term_ = transform_.RowTerm(left);
        Step<Edges::kNone, kC.block_n, kC.block_n, true>(block);
        return;
      }
    }
    Step<Edges::kNone>(block);
  }

  // Blocks of a window from `block` down. `narrow`: the block before was a narrow one.
  __device__ __forceinline__ void BandBlocks(int block, bool narrow) {
    narrow_last_ = false;
    if (blocks_.whole_begin > blocks_.whole_end) {
      // A window so small that a block may have both edges in it.
      for (; block >= blocks_.begin; --block) Step<Edges::kBoth>(block);
      return;
    }
    narrow_last_ = kC.narrow_last && block >= blocks_.begin &&
                   blocks_.begin_key - blocks_.begin * kC.block_n >= kC.block_n - NarrowKeys(kC);
    const int begin = blocks_.begin + (narrow_last_ ? 1 : 0);
    if constexpr (kC.narrow_last && kC.narrow_first) {
      if (narrow && block >= max(blocks_.whole_begin, begin)) {
        Step<Edges::kEnd, kC.block_n, NarrowKeys(kC)>(block);
        --block;
      }
    }
    for (; block >= max(blocks_.whole_end, begin); --block) Step<Edges::kEnd>(block);
    for (; block >= max(blocks_.whole_begin, begin); --block) WholeStep(block);
    for (; block >= begin; --block) Step<Edges::kBegin>(block);
    if constexpr (kC.narrow_last) {
      if (narrow_last_) Step<Edges::kBegin, NarrowKeys(kC)>(block);
    }
  }

  // On exit P of `block` is ready. Only its first kKeys keys are seen.
  template <int kKeys>
  __device__ __forceinline__ void FirstBlock(int block) {
    float(&s)[kKeys / 2] = reinterpret_cast<float(&)[kKeys / 2]>(products_.scores);
    if constexpr (!kC.join_tiles) {
      products_.WaitFirstScores();
      products_.IssueNextScores(s);
    }
    const int first_key = block * kC.block_n;
    const typename Transform::Place place = PlaceOf(first_key, kKeys / 2);
    ptx::WgmmaWait<0>();
    ptx::PinRegisters(products_.scores);
    products_.StartOutput();
    products_.ReleaseKey();
    products_.ReleaseQueries(block == blocks_.begin);
    ModifyScores(s, first_key, place);
    MaskEdges(s, block, first_key);
    SoftmaxTurn::Wait(consumer_);
    float shift[2];
    TakeMaximum<true, true>(s, place, shift);
    Exponentiate<true, true>(s, shift);
    products_.template KeepProbabilities<0>(s);
    products_.PinProbabilities();
    SoftmaxTurn::Pass(consumer_);
    if constexpr (kC.packed) products_.ClearValueTail(sequence_.kv_len() - block * kC.block_n);
  }

  // On entry P of the previous block is ready; on exit P of `block` is. Only its last kKeys keys
  // are seen; of the previous block's P, the first kValues are not zero. kInProduct: the
  // transform's row term takes part in the scores' product.
  template <Edges kEdges, int kKeys = kC.block_n, int kValues = kC.block_n, bool kInProduct = false>
  __device__ __forceinline__ void Step(int block) {
    constexpr int kFirst = kC.block_n - kKeys;
    float(&s)[kKeys / 2] = reinterpret_cast<float(&)[kKeys / 2]>(products_.scores);
    const int first_key = block * kC.block_n + kFirst;
    products_.WaitKey();
    if constexpr (kOverlap) {
      ProductTurn::Wait(consumer_);
      products_.template IssueNextScores<kFirst, kInProduct>(s, row_term_);
      products_.WaitValue();
      products_.template IssueValues<0, kValues>();
      ProductTurn::Pass(consumer_);
    } else {
      products_.WaitValue();
      products_.template IssueValues<0, kValues>();
      if constexpr (kC.overlap == Overlap::kInPlace) ptx::WgmmaWait<0>();
      products_.template IssueNextScores<kFirst, kInProduct>(s, row_term_);
    }
    const typename Transform::Place place = PlaceOf<kInProduct>(first_key, kKeys / 2);
    ptx::WgmmaWait<1>();
    if constexpr (!kOverlap) {
      products_.ReleaseValue();
      ptx::WgmmaWait<0>();
      ptx::PinRegisters(products_.output);
      SoftmaxTurn::Wait(consumer_);
    }
    ptx::PinRegisters(products_.scores);
    products_.ReleaseKey();
    products_.ReleaseQueries(block == blocks_.begin);
    ModifyScores<kInProduct>(s, first_key, place);
    // Which edges is settled at compile time: scores written under a condition, beside a product in
    // flight, would serialise the products.
    if constexpr (kEdges == Edges::kEnd || kEdges == Edges::kBoth) {
      MaskEnd<kC>(s, sequence_, position_, first_key);
    }
    if constexpr (kEdges == Edges::kBegin || kEdges == Edges::kBoth) {
      MaskBegin<kC>(s, sequence_, position_, first_key);
    }
    constexpr bool kMasked = kEdges != Edges::kNone || kMayHide;
    float shift[2];
    TakeMaximum<false, kMasked>(s, place, shift);
    if constexpr (kOverlap) {
      // P's registers are read until here: keep the packing below.
      ptx::WgmmaWait<0>();
      ptx::PinRegisters(products_.scores);
      ptx::PinRegisters(products_.output);
      products_.ReleaseValue();
    }
    Exponentiate<false, kMasked>(s, shift);
    products_.template KeepProbabilities<kFirst>(s);
    if constexpr (!kOverlap) {
      products_.PinProbabilities();
      SoftmaxTurn::Pass(consumer_);
    }
    if constexpr (!Transform::kBounded) RescaleOutput<kC.rescale>(products_.output, alpha_);
  }

  // First half of the softmax of a block's scores (softmax.cuh, UpdateMaximum).
  template <bool kFirst, bool kMasked, int kCount>
  __device__ __forceinline__ void TakeMaximum(const float (&s)[kCount],
                                              const typename Transform::Place& place,
                                              float (&shift)[2]) {
    if constexpr (Transform::kBounded) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        rows_.max[r] = shift[r] = 0.0f;
        alpha_[r] = 1.0f;
      }
    } else {
      UpdateMaximum<kC.rescale, kC.row_maximum, kFirst, kMasked, Transform::kRowBias,
                    Transform::kLead>(
          s, place, ExponentScale(), rows_, alpha_, shift,
          [&](float score, int r) { return transform_.Maximum(score, r); });
    }
  }

  // Second half (softmax.cuh, Exponentiate).
  template <bool kFirst, bool kMasked, int kCount>
  __device__ __forceinline__ void Exponentiate(float (&s)[kCount], const float (&shift)[2]) {
    if constexpr (kC.polynomial_exp2 == 0) {
      transform_.template Exponentiate<kFirst, kMasked>(s, arguments_, shift, alpha_, rows_);
    } else {
      static_assert(cuda::std::is_same_v<Modifier, functors::Identity>);
      hopper::Exponentiate<kFirst, kC.polynomial_exp2>(
          s, shift, alpha_, rows_,
          [&](float score, float row_shift) { return fmaf(score, ExponentScale(), -row_shift); });
    }
  }

  __device__ __forceinline__ float ExponentScale() const {
    return Transform::exponent_scale(arguments_);
  }

  // Of the scores of 2 * count keys from `key` on.
  template <bool kInProduct = false>
  __device__ __forceinline__ typename Transform::Place PlaceOf(int key, int count) const {
    const FragmentPlace<kC.tile_heads> place(position_, key, sequence_.offset());
    if constexpr (Transform::kInProduct) {
      return typename Transform::Place(transform_, place, kInProduct);
    } else {
      return typename Transform::Place(transform_, place, count);
    }
  }

  // Hides what the mask's band does not show of `block`, whose scores are those from `key` on.
  template <int kCount>
  __device__ __forceinline__ void MaskEdges(float (&s)[kCount], int block, int key) const {
    if constexpr (kC.mask == MaskShape::kBand) {
      if (block >= blocks_.whole_end) MaskEnd<kC>(s, sequence_, position_, key);
      if (block < blocks_.whole_begin) MaskBegin<kC>(s, sequence_, position_, key);
    } else {
      if (block >= blocks_.whole_end || block < blocks_.whole_begin) {
        MaskEnd<kC>(s, sequence_, position_, key);
      }
    }
  }

  // From products with the keys from `key` on to scores, as far as score modifier and predicate go.
  template <bool kInProduct = false, int kCount>
  __device__ __forceinline__ void ModifyScores(float (&s)[kCount], int key,
                                               const typename Transform::Place& place) {
    if constexpr (!kInProduct) transform_.Apply(s, arguments_, place);
    if constexpr (!Predicate::kAlways) {
      ForEachScore(s, FragmentPlace<kC.tile_heads>(position_, key, sequence_.offset()),
                   [&](float& score, const functors::Position& at) {
                     if (!predicate_(at)) score = MinusInfinity();
                   });
    }
  }

  // Query rows that see no key at all.
  __device__ __forceinline__ void NoBlocks() {
    bulk_store_.Flush(shared_, consumer_);
    products_.WaitQueries();
    __syncwarp();
    products_.FreeQueries();
    rows_.max[0] = rows_.max[1] = MinusInfinity();
    rows_.sum[0] = rows_.sum[1] = 0.0f;
  }

  // --- Output.

  // Sums and maxima are final before the last product is.
  __device__ __forceinline__ void FinishRows(const EndingTile& ending, float (&factor)[2]) {
    float log_sum_exp[2];
    FinishSoftmax(rows_, ExponentScale(), factor, log_sum_exp);
    StoreLogSumExp<kC>(arguments_, OwnTile(ending.tile), ending.sequence, ending.position,
                       log_sum_exp);
  }

  __device__ __forceinline__ void StoreRows(const EndingTile& ending, const float (&factor)[2]) {
    if (ending.empty) {
      // Not by clearing products_.output: written beside a product in flight it would serialise the
      // products.
      const float zeros[ValueColumns(kC) / 2] = {};
      Store(zeros, factor, ending);
    } else {
      Store(products_.output, factor, ending);
    }
  }

  __device__ __forceinline__ void Store(const float (&o)[ValueColumns(kC) / 2],
                                        const float (&factor)[2], const EndingTile& ending) {
    if constexpr (kC.store == Store::kRegisters) {
      StoreOutputFromRegisters<kC>(o, factor, arguments_, OwnTile(ending.tile), ending.sequence,
                                   ending.position);
    } else {
      bulk_store_.Store(o, factor, arguments_, shared_, consumer_, ending.tile, ending.query);
    }
  }

  const ForwardArguments& arguments_;
  ForwardShared<kC>& shared_;
  const int consumer_;
  const int thread_row_;

  ConsumerProducts<kC> products_;

  Tile tile_;
  KeyBlocks blocks_;  // of this warpgroup
  int skip_before_ = 0;
  int skip_after_ = 0;
  int position_ = 0;  // of the thread's first row
  BulkStore<kC> bulk_store_;
  bool any_blocks_ = false;
  bool narrow_last_ = false;
  cuda::std::uint32_t row_term_ = 0;

  RowState rows_ = {};
  float alpha_[2] = {};

  Sequence<kC.packed> sequence_;
  Transform transform_;
  Predicate predicate_;
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_FORWARD_CONSUMER_CUH_
