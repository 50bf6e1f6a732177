// What the code of the CPU forward kernel and its host side agree on.
#ifndef ATTUNE_ATTENTION_CPU_CPU_FORWARD_VARIANT_H_
#define ATTUNE_ATTENTION_CPU_CPU_FORWARD_VARIANT_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/cpu/key_window.h"
#include "attention/problem.h"
#include "attention/sequences.h"
#include "attention/tensors.h"

namespace attune {

// Values of bf16_products.
enum Bf16Products { kFloatProducts = 0, kTileProducts = 1, kVectorProducts = 2 };

// The parameters of cpu_forward.space.textproto, as a template argument.
struct CpuForwardConfiguration {
  int query_tile;
  int key_tile;
  int micro_vectors;
  int bf16_products;

  friend bool operator==(const CpuForwardConfiguration&, const CpuForwardConfiguration&) = default;
};

// What a variant makes of its configuration with the instruction set it was compiled for. Strides
// in words: of one fp32 element, or two of bf16.
struct CpuForwardShape {
  int lanes;         // of a vector
  int micro_rows;    // query rows of a micro-tile
  int micro_keys;    // keys of a micro-tile: lanes * micro_vectors
  int key_tile;      // rounded down to whole micro-tiles
  int query_rows;    // query rows of a task: query_tile rounded down to whole micro-tiles
  int query_stride;  // between query rows in scratch memory
  int score_stride;  // between score rows in scratch memory
  int elements_per_word;
  int key_step;  // words that a packed key is a multiple of
  int row_step;  // query rows whose scratch memory is used at once
};

// Where things lie in the workspace. In bytes; the parts of packed keys follow each other.
struct CpuForwardLayout {
  int64_t kv_rows = 0;    // the longest sequence's kv_len rounded up to whole micro-tiles
  int64_t key_words = 0;  // of a packed key or query
  int64_t v_columns = 0;
  // Whether a task packs the key tile that it works on, in its scratch memory, rather than a head's
  // keys being packed before.
  bool packs_tiles = false;
  int64_t packed_rows = 0;   // keys that have a place at once
  int64_t head_bytes = 0;    // of packed keys and values
  int64_t value_offset = 0;  // in those
  int64_t flags_offset = 0;  // in those: per micro-tile of keys, whether its values are all finite
  int64_t wave_heads = 0;    // key-value heads packed at a time
  int64_t scratch_offset = 0;
  int64_t scratch_bytes = 0;  // of one worker
  int64_t score_offset = 0;   // in scratch
  int64_t out_offset = 0;     // in scratch
  int64_t packed_offset = 0;  // in scratch, if packs_tiles
  int64_t total_bytes = 0;
};

// One call of the kernel. Heads are counted over the sequences of the batch: head n is key-value
// head n % kv_heads of sequence n / kv_heads. Query rows of the heads that share a key-value head
// are stacked: row s stands for row s % q_len of head s / q_len of the group, so that decoding with
// few rows a head still fills micro-tiles.
struct CpuForwardArguments {
  Problem problem;
  Strides query, key, value, out;
  float query_scale =
      0;  // what queries are multiplied by; scores come out in units of log 2, or of the cap
  float soft_cap_log2 = 0;  // soft_cap / ln 2; 0: none
  CpuForwardLayout layout;
  ForwardTensors tensors;
  char* workspace = nullptr;
  int64_t first_head =
      0;  // the first of the key-value heads, counted over the batch, that are packed now

  Sequence SequenceOfHead(int64_t head) const {
    return SequenceAt(problem, tensors.cumulative_query_lengths, tensors.cumulative_key_lengths,
                      head / problem.kv_heads);
  }
};

inline constexpr int kPackTilesPerTask = 8;

struct CpuForwardVariant {
  CpuForwardConfiguration configuration;
  CpuForwardShape shape;
  // Both are null where the instruction set lacks the products.
  // Packs micro-tiles of keys [task % n, ...) of head first_head + task / n, n tasks a head.
  void (*pack)(const CpuForwardArguments& arguments, int64_t head, int64_t task) = nullptr;
  // Computes query rows [task * query_rows, ...) of the group that shares a packed key-value head.
  void (*attend)(const CpuForwardArguments& arguments, int64_t head, int64_t task,
                 char* scratch) = nullptr;
};

// Every variant, for the best instruction set that this machine has (Highway's choice at run time).
// Generated, as the next two are.
std::vector<CpuForwardVariant> CpuForwardVariants();
// cpu_forward.space.textproto.
absl::string_view CpuForwardSpaceText();
// Of the kernel's sources.
absl::string_view CpuForwardFingerprint();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_FORWARD_VARIANT_H_
