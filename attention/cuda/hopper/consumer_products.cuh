// A consumer warpgroup's products: their accumulators and operands, and the slots of the rings that
// they read.
//
// Each wait for a slot is followed by issue; each wait for a product by release of its slot.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_CONSUMER_PRODUCTS_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_CONSUMER_PRODUCTS_CUH_

#include <cuda/std/cstdint>

#include "attention/cuda/hopper/forward_shared.cuh"
#include "attention/cuda/hopper/products.cuh"
#include "attention/cuda/hopper/query_registers.cuh"
#include "attention/cuda/hopper/ring.cuh"
#include "attention/cuda/hopper/shared_probabilities.cuh"
#include "attention/cuda/hopper/turns.cuh"
#include "attention/cuda/hopper/value_tail.cuh"
#include "attention/cuda/ptx/named_barrier.cuh"
#include "attention/cuda/ptx/wgmma.cuh"

namespace attune::hopper {

template <HopperForwardConfiguration kC>
class ConsumerProducts {
 public:
  using ProductTurn = TakeTurns<kC, Turns::kProducts>;
  using SoftmaxTurn = TakeTurns<kC, Turns::kSoftmax>;

  __device__ __forceinline__ ConsumerProducts(ForwardShared<kC>& shared, int consumer)
      : shared_(shared), consumer_(consumer) {}

  // --- Slots.

  __device__ __forceinline__ void WaitKey() { shared_.key_ring.WaitFull(key_); }
  __device__ __forceinline__ void WaitValue() { shared_.value_ring.WaitFull(value_); }
  __device__ __forceinline__ void WaitQueries() { shared_.query_ring[consumer_].WaitFull(query_); }

  __device__ __forceinline__ void ReleaseKey() {
    shared_.key_ring.template ReleaseInWarp<kC.cluster>(key_);
    key_.Advance();
  }
  __device__ __forceinline__ void ReleaseValue() {
    shared_.value_ring.template ReleaseInWarp<kC.cluster>(value_);
    value_.Advance();
  }

  // The tile's scores are all there. Queries in registers have left their slot before.
  __device__ __forceinline__ void ReleaseQueries(bool when) {
    if constexpr (!QueriesStayInRegisters(kC)) FreeQueries(when);
  }

  // A slot that the output will need is released after it.
  __device__ __forceinline__ void FreeQueries(bool when = true) {
    if constexpr (kC.store == Store::kRegisters) {
      if (when && threadIdx.x % 32 == 0) shared_.query_ring[consumer_].Release(query_);
    }
  }

  // Where this tile's queries are; on to the next tile's.
  __device__ __forceinline__ RingPosition<kC.q_stages> query() const { return query_; }
  __device__ __forceinline__ void AdvanceQueries() { query_.Advance(); }

  // Blocks that only other warpgroups need. Their turns pass by, too: all take equally many.
  __device__ __forceinline__ void SkipBlocks(int count) {
    for (; count > 0; --count) {
      WaitKey();
      __syncwarp();
      ReleaseKey();
      WaitValue();
      __syncwarp();
      ReleaseValue();
      ProductTurn::Wait(consumer_);
      ProductTurn::Pass(consumer_);
      SoftmaxTurn::Wait(consumer_);
      SoftmaxTurn::Pass(consumer_);
    }
  }

  // --- Scores.

  __device__ __forceinline__ void WaitFirstScores() {
    WaitQueries();
    LoadQueryRegisters<kC>(query_registers_, QueryAddress());
    if constexpr (QueriesStayInRegisters(kC)) {
      __syncwarp();
      FreeQueries();
    }
    WaitKey();
  }

  // The product of the queries with the next key block's keys from kFirst on. kInProduct: with
  // `row_term` for the keys' positions (alibi_in_product.cuh).
  template <int kFirst = 0, bool kInProduct = false, int kCount>
  __device__ __forceinline__ void IssueNextScores(float (&s)[kCount],
                                                  cuda::std::uint32_t row_term = 0) {
    const cuda::std::uint32_t query = QueryAddress();
    const cuda::std::uint32_t key =
        ptx::SharedAddress(shared_.key[key_.stage]) + kFirst * kPartColumns * kElementBytes;
    ptx::WgmmaFence();
    if constexpr (kInProduct) {
      IssueScoresWithPositions<kC>(s, query_registers_, query, key, row_term,
                                   ptx::SharedAddress(&shared_.positions));
    } else {
      IssueScores<kC>(s, query_registers_, query, key);
    }
    ptx::WgmmaCommit();
  }

  // --- Output.

  // The next product with the values is the tile's first.
  __device__ __forceinline__ void StartOutput() { accumulate_ = 0; }

  // P of a block, as the operand of its product with the values.
  template <int kFirst, int kCount>
  __device__ __forceinline__ void KeepProbabilities(const float (&s)[kCount]) {
    if constexpr (kSharedProbabilities) {
      StoreProbabilities<kC, kFirst>(s, SharedProbabilities());
    } else {
      PackProbabilities<kC, kFirst>(s, p_);
    }
  }
  __device__ __forceinline__ void PinProbabilities() { ptx::PinRegisters(p_); }

  // The product of P with the next value block, as far as P's keys [kBegin, kEnd) are not zero.
  template <int kBegin = 0, int kEnd = kC.block_n>
  __device__ __forceinline__ void IssueValues() {
    const cuda::std::uint32_t value = ptx::SharedAddress(shared_.value[value_.stage]);
    ptx::WgmmaFence();
    if constexpr (kSharedProbabilities) {
      IssueOutputFromShared<kC, kBegin, kEnd>(output, SharedProbabilities(), value, accumulate_);
    } else {
      IssueOutput<kC, kBegin, kEnd>(output, p_, value, accumulate_);
    }
    ptx::WgmmaCommit();
    accumulate_ = 1;
  }

  // The tile's last.
  template <int kBegin = 0>
  __device__ __forceinline__ void IssueLastValues() {
    WaitValue();
    ProductTurn::Wait(consumer_);
    IssueValues<kBegin>();
    ProductTurn::Pass(consumer_);
    values_pending_ = true;
  }

  // Once it is done, if it was issued.
  template <bool kWait = true>
  __device__ __forceinline__ void FinishValues() {
    if constexpr (kWait) ptx::WgmmaWait<0>();
    ptx::PinRegisters(output);
    if (values_pending_) ReleaseValue();
    values_pending_ = false;
  }

  // Value rows past the sequence's end are the next sequence's: their probabilities are zero, but
  // zero times infinity or NaN is not. Only a tile's first block can have such rows, from `rows`
  // on. Every warpgroup clears them: one that lags only repeats what another has written.
  __device__ __forceinline__ void ClearValueTail(int rows) {
    if (rows >= kC.block_n) return;
    WaitValue();
    ClearValueRows<kC>(shared_.value[value_.stage], rows);
    ptx::SharedWriteFence();
    ptx::NamedBarrierSync(kOutputBarrier + consumer_, kWarpgroupThreads);
  }

  // Accumulators, in the layout of ptx/wgmma.cuh.
  float scores[kC.block_n / 2] = {};
  float output[ValueColumns(kC) / 2] = {};

 private:
  static constexpr bool kSharedProbabilities = kC.probabilities == Probabilities::kShared;

  __device__ __forceinline__ cuda::std::uint32_t QueryAddress() const {
    return ptx::SharedAddress(shared_.query[query_.stage][consumer_]);
  }
  __device__ __forceinline__ cuda::std::uint32_t SharedProbabilities() const {
    return ptx::SharedAddress(shared_.probabilities.of[consumer_]);
  }

  ForwardShared<kC>& shared_;
  const int consumer_;
  RingPosition<kC.q_stages> query_;
  RingPosition<kC.k_stages> key_;
  RingPosition<kC.v_stages> value_;
  bool values_pending_ = false;
  int accumulate_ = 0;
  QueryRegisters<kC> query_registers_;
  cuda::std::uint32_t p_[kSharedProbabilities ? 1 : kC.block_n / 4] = {};
};

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_CONSUMER_PRODUCTS_CUH_
