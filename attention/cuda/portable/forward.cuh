// Attention forward for every NVIDIA GPU since Ampere (sm_80): out = softmax(score(Q K^T)) V.
//
// A block takes block_m query rows of one head, and walks the keys that they see in blocks of
// block_n, from the last to the first; a warp keeps its rows' scores and output in registers
// throughout (Dao, FlashAttention-2, 2023).
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_CUH_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_CUH_

#include <cuda/std/type_traits>

#include "attention/cuda/functors/score_modifier.cuh"
#include "attention/cuda/portable/epilogue.cuh"
#include "attention/cuda/portable/forward_configuration.h"
#include "attention/cuda/portable/forward_parameters.h"
#include "attention/cuda/portable/fragments.cuh"
#include "attention/cuda/portable/mask.cuh"
#include "attention/cuda/portable/pipeline.cuh"
#include "attention/cuda/portable/products.cuh"
#include "attention/cuda/portable/recompute.cuh"
#include "attention/cuda/portable/scores.cuh"
#include "attention/cuda/portable/shared_tile.cuh"
#include "attention/cuda/portable/softmax.cuh"
#include "attention/cuda/portable/split_tf32.cuh"
#include "attention/cuda/portable/tile.cuh"

namespace attune::portable {

template <PortableForwardTraits kT, PortableForwardConfiguration kC, typename Mask,
          typename Modifier>
class ForwardBlock {
  using F = Fragments<kT, kC>;
  using Products = cuda::std::conditional_t<F::kFloat, SplitProducts<kT, kC>, HalfProducts<kT, kC>>;
  static constexpr int kElementBytes = ElementBytes(kT.element);
  static constexpr float kLog2E = 1.4426950408889634f;

 public:
  __device__ __forceinline__ ForwardBlock(const PortableForwardParameters& p, const Tile& tile,
                                          const Sequence& sequence, unsigned char* shared)
      : p_(p),
        tile_(tile),
        sequence_(sequence),
        shared_(shared),
        mask_(p, tile, sequence),
        modifier_(p, tile, sequence),
        softmax_(Modifier::kIdentity ? p.scale_log2 : kLog2E),
        warp_row_(threadIdx.x / kWarpThreads * WarpRows(kC)) {}

  __device__ __forceinline__ void Run() {
    const KeyRange visible = mask_.Visible(tile_.first_row, LastRow(tile_.first_row, kC.block_m));
    const int begin = visible.begin / kC.block_n;
    const int end =
        visible.end > visible.begin ? (visible.end + kC.block_n - 1) / kC.block_n : begin;
    typename F::Output o = {};
    if (begin < end) AllBlocks(o, begin, end);
    Write(o);
  }

 private:
  __device__ __forceinline__ int LastRow(int first, int rows) const {
    return min(first + rows, sequence_.q_len) - 1;
  }

  __device__ __forceinline__ void AllBlocks(typename F::Output& o, int begin, int end) {
    const cuda::std::uint32_t shared = ptx::SharedAddressOf(shared_);
    LoadQueries(shared);
    Pipeline<kT, kC> pipeline(p_, sequence_, shared + QueryBytes(kT, kC), begin, end);
    pipeline.Begin(end - 1);
    // This warp's rows alone decide what it must mask.
    const int row = tile_.first_row + warp_row_;
    const KeyRange whole = mask_.Whole(row, LastRow(row, WarpRows(kC)));
    Products products(shared + warp_row_ * QueryRowBytes(kT));
    if constexpr (kC.overlap != 0 || kC.query_registers != 0) pipeline.AwaitFirst();
    if constexpr (kC.query_registers != 0) products.KeepQueries();
    const auto finish = [&](typename F::Scores& s, int block) {
      FinishScores(s, o, row, block * kC.block_n, whole);
    };
    if constexpr (kC.overlap != 0) {
      OverlappingBlocks(o, products, pipeline, begin, end, finish);
    } else {
      for (int block = end - 1; block >= begin; --block) {
        typename F::Scores s;
        pipeline.AwaitKeys(block);
        products.Scores(s, pipeline.keys(), [](int) {});
        finish(s, block);
        pipeline.AwaitValues(block);
        products.Output(o, s, pipeline.values(), [&](int j) { softmax_.Exponentiate(s, j); });
        pipeline.Advance();
      }
    }
  }

  // One block's exponentials run among the products of the next one's scores. Two blocks' scores
  // take turns in two fragments, hence two steps a round: a copy would cost an instruction a score.
  template <typename Finish>
  __device__ __forceinline__ void OverlappingBlocks(typename F::Output& o, const Products& products,
                                                    Pipeline<kT, kC>& pipeline, int begin, int end,
                                                    Finish finish) {
    typename F::Scores even, odd;
    const auto step = [&](typename F::Scores& current, typename F::Scores& next, int block) {
      pipeline.Await(block);
      products.Scores(next, pipeline.next_keys(), [&](int depth) {
#pragma unroll
        for (int j = 0; j < F::kKeyTiles; ++j) {
          if (j * Products::kSteps / F::kKeyTiles == depth) softmax_.Exponentiate(current, j);
        }
      });
      products.Output(o, current, pipeline.values(), [](int) {});
      pipeline.Advance();
      finish(next, block - 1);
    };
    const auto last = [&](typename F::Scores& current) {
      pipeline.Await(begin);
      products.Output(o, current, pipeline.values(),
                      [&](int j) { softmax_.Exponentiate(current, j); });
    };
    products.Scores(even, pipeline.keys(), [](int) {});
    finish(even, end - 1);
    int block = end - 1;
    for (; block >= begin + 2; block -= 2) {
      step(even, odd, block);
      step(odd, even, block - 1);
    }
    if (block > begin) {
      step(even, odd, block);
      last(odd);
    } else {
      last(even);
    }
  }

  // From raw products to what the softmax takes in.
  __device__ __forceinline__ void FinishScores(typename F::Scores& s, typename F::Output& o,
                                               int row, int key, const KeyRange& whole) {
    if constexpr (!Modifier::kIdentity) {
      ForEachScore<kT, kC>(s, row, key, sequence_.offset,
                           [&](float& score, const functors::Position& at) {
                             score = modifier_(score * p_.scale, at);
                           });
    }
    if (key < whole.begin || key + kC.block_n > whole.end) {
      if constexpr (Mask::kRare) {
        const Tile tile = TileAt<kC>(p_, Recompute(blockIdx.x));
        const Sequence sequence = SequenceOf(p_, tile);
        MaskOut(s, Mask(p_, tile, sequence), tile.first_row + warp_row_, key, sequence.offset);
      } else {
        MaskOut(s, mask_, row, key, sequence_.offset);
      }
    }
    softmax_.Update(s, o);
  }

  static __device__ __forceinline__ void MaskOut(typename F::Scores& s, const Mask& mask, int row,
                                                 int key, int offset) {
    ForEachScore<kT, kC>(s, row, key, offset, [&](float& score, const functors::Position& at) {
      if (!mask(at)) score = MinusInfinity();
    });
  }

  __device__ __forceinline__ void LoadQueries(cuda::std::uint32_t shared) const {
    const long long stride = p_.query_strides.length * kElementBytes;
    const char* rows = static_cast<const char*>(p_.query) + sequence_.query * kElementBytes +
                       tile_.first_row * stride;
    TileCopy<kT.element, kT.qk_dim, kC.block_m, Threads(kC), kT.vector_bytes>(rows, stride)
        .Copy(shared, stride, sequence_.q_len - tile_.first_row);
  }

  __device__ __forceinline__ void Write(const typename F::Output& o) const {
    typename F::Rows factor;
    typename F::Rows log_sum_exp;
    softmax_.Finish(factor, log_sum_exp);
    // The place in the output is found again rather than kept through the key loop.
    const Tile tile = TileAt<kC>(p_, Recompute(blockIdx.x));
    const Sequence sequence = SequenceOf(p_, tile);
    const int row = tile.first_row + warp_row_;
    WriteLogSumExp(log_sum_exp, p_.log_sum_exp + sequence.log_sum_exp, row, sequence.q_len);
    // Other warps may still be reading the stages that the output takes the place of, and copies of
    // the thread's own must have landed.
    ptx::WaitCopies<0>();
    __syncthreads();
    unsigned char* staged = shared_ + warp_row_ * ValueRowBytes(kT);
    Epilogue<kT, kC>::Stage(o, factor, staged);
    __syncwarp();
    const long long stride = p_.out_strides.length * kElementBytes;
    char* out = static_cast<char*>(p_.out) + sequence.out * kElementBytes + row * stride;
    Epilogue<kT, kC>::Write(staged, out, stride, sequence.q_len - row);
  }

  // `row`: the warp's first.
  __device__ __forceinline__ void WriteLogSumExp(const typename F::Rows& log_sum_exp, float* head,
                                                 int row, int q_len) const {
    if (p_.log_sum_exp == nullptr || threadIdx.x % 4 != 0) return;
#pragma unroll
    for (int i = 0; i < F::kRowTiles; ++i) {
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        const int at = row + 16 * i + 8 * r + F::FirstRow();
        if (at < q_len) head[at] = log_sum_exp[i][r];
      }
    }
  }

  const PortableForwardParameters& p_;
  const Tile tile_;
  const Sequence sequence_;
  unsigned char* const shared_;
  const Mask mask_;
  const Modifier modifier_;
  Softmax<kT, kC> softmax_;
  const int warp_row_;  // the warp's first row in the tile
};

// Launch with q_blocks * heads blocks of Threads(kC) threads and SharedBytes(kT, kC) bytes of
// dynamic shared memory.
template <PortableForwardTraits kT, PortableForwardConfiguration kC, typename Mask,
          typename Modifier>
__global__ void __launch_bounds__(Threads(kC), kC.blocks_per_sm)
    PortableForward(const __grid_constant__ PortableForwardParameters p) {
  static_assert(IsValid(kT, kC));
  extern __shared__ __align__(128) unsigned char dynamic_shared[];
  const Tile tile = TileAt<kC>(p, blockIdx.x);
  const Sequence sequence = SequenceOf(p, tile);
  if (tile.first_row >= sequence.q_len) return;
  ForwardBlock<kT, kC, Mask, Modifier>(p, tile, sequence, dynamic_shared).Run();
}

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_CUH_
