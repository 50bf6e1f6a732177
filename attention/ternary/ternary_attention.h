// An attention layer whose projections are ternary, for prefill and decoding.
#ifndef ATTUNE_ATTENTION_TERNARY_TERNARY_ATTENTION_H_
#define ATTUNE_ATTENTION_TERNARY_TERNARY_ATTENTION_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/attention.h"
#include "attention/problem.h"
#include "attention/ternary/ternary_linear.h"
#include "autotune/cache/tuning_cache.h"
#include "device/device.h"
#include "numerics/dtype.h"

namespace attune {

struct TernaryAttentionShape {
  Dtype dtype = Dtype::kFloat32;  // of hidden states, keys, values and outputs: fp32 or bf16
  int64_t model_dim = 0;
  int64_t q_heads = 1;
  int64_t kv_heads = 1;
  int64_t head_dim = 0;

  int64_t q_dim() const { return q_heads * head_dim; }
  int64_t kv_dim() const { return kv_heads * head_dim; }
};

struct TernaryAttentionWeights {
  TernaryLinearWeights query;   // [q_dim, model_dim]
  TernaryLinearWeights key;     // [kv_dim, model_dim]
  TernaryLinearWeights value;   // [kv_dim, model_dim]
  TernaryLinearWeights output;  // [model_dim, q_dim]
};

// The keys and values of the positions that a batch of sequences has had so far. All sequences have
// the same length. Layout: [position, batch, kv_head, head_dim], so that the projections of new
// positions of all sequences are written where they stay.
class KeyValueCache {
 public:
  static absl::StatusOr<KeyValueCache> Create(const TernaryAttentionShape& shape, int64_t batch,
                                              int64_t capacity, Device& device);

  int64_t batch() const { return batch_; }
  int64_t capacity() const { return capacity_; }
  int64_t length() const { return length_; }
  // Forgets all positions from `length` on: all of them if it is negative.
  void Truncate(int64_t length) { length_ = std::clamp<int64_t>(length, 0, length_); }

 private:
  friend class TernaryAttention;
  KeyValueCache() = default;

  TernaryAttentionShape shape_;
  Device* device_ = nullptr;
  int64_t batch_ = 0;
  int64_t capacity_ = 0;  // positions
  int64_t length_ = 0;
  Buffer key_;
  Buffer value_;
};

// out = O attention(Q x, K x, V x), causal: a position sees itself and those before it. Without
// positional encoding, which belongs to whoever has it. Runs must follow each other. Movable.
class TernaryAttention {
 public:
  // `device` is the CPU if null; it must outlive the layer. InvalidArgument: a shape that attention
  // does not have, or weights that are not valid or of other shapes than `shape` asks for.
  static absl::StatusOr<TernaryAttention> Create(const TernaryAttentionShape& shape,
                                                 TernaryAttentionWeights weights,
                                                 Device* device = nullptr,
                                                 const TuningCache* cache = nullptr);

  absl::StatusOr<KeyValueCache> MakeCache(int64_t batch, int64_t capacity) const;

  // Waits for what `stream` holds, and enqueues the layer for `length` new positions of each of the
  // cache's sequences, and appends their keys and values to `cache`: prefill with many, decoding
  // with one. `hidden` and `out`, in device memory, are [length, batch, model_dim]. Plans are made
  // where lengths are new, and memory grows with the longest. InvalidArgument: no positions, more
  // than the cache has room for, or a cache of other heads, another dtype or another device than
  // the layer's. On any error the cache has the length that it had.
  absl::Status Run(int64_t length, const void* hidden, void* out, KeyValueCache& cache,
                   Stream& stream);

  // Device memory of all weights.
  int64_t weight_bytes() const;

 private:
  TernaryAttention(const TernaryAttentionShape& shape, Device& device, const TuningCache* cache,
                   TernaryLinear query, TernaryLinear key, TernaryLinear value,
                   TernaryLinear output);

  // The attention of `length` new positions behind those in `cache`.
  Problem ProblemOf(int64_t length, const KeyValueCache& cache) const;
  absl::Status CheckCache(const KeyValueCache& cache) const;
  absl::Status Reserve(int64_t rows);

  TernaryAttentionShape shape_;
  Device* device_;
  const TuningCache* cache_;
  TernaryLinear query_;
  TernaryLinear key_;
  TernaryLinear value_;
  TernaryLinear output_;
  Buffer query_rows_;                  // [rows, q_dim]
  Buffer attended_rows_;               // likewise
  std::optional<AttentionPlan> plan_;  // of the latest run
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TERNARY_ATTENTION_H_
