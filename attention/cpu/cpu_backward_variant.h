// What the code of the CPU backward kernel and its host side agree on.
#ifndef ATTUNE_ATTENTION_CPU_CPU_BACKWARD_VARIANT_H_
#define ATTUNE_ATTENTION_CPU_CPU_BACKWARD_VARIANT_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/cpu/key_window.h"
#include "attention/problem.h"
#include "attention/tensors.h"

namespace attune {

// The parameters of cpu_backward.space.textproto, as a template argument.
struct CpuBackwardConfiguration {
  int passes;
  int row_tile;
  int column_tile;

  friend bool operator==(const CpuBackwardConfiguration&,
                         const CpuBackwardConfiguration&) = default;
};

// What a variant makes of its configuration with the instruction set it was compiled for. In fp32
// elements.
struct CpuBackwardShape {
  int lanes;         // of a vector
  int micro_rows;    // rows of a micro-tile
  int micro_step;    // columns of a micro-tile
  int rows;          // of a task: row_tile rounded down to whole micro-tiles
  int row_stride;    // between rows of inputs in scratch memory
  int score_stride;  // between rows of scores in scratch memory
};

// Where things lie in the workspace, in bytes: first the packed key-value heads of a wave, each
// followed by the query heads that share it, then the workers' scratch memory. "Transposed" panels
// meet rows of A over the head dimension, the others over the length.
struct CpuBackwardLayout {
  int64_t q_rows = 0;  // lengths rounded up to whole micro-tiles
  int64_t kv_rows = 0;
  int64_t qk_columns = 0;  // head dims rounded up to whole vectors
  int64_t v_columns = 0;

  // In a key-value head. The transposed ones serve the query-parallel pass alone.
  int64_t key = 0;
  int64_t key_finite = 0;
  int64_t key_transposed = 0;
  int64_t value_transposed = 0;
  int64_t first_query_head = 0;
  int64_t kv_head_bytes = 0;

  // In a query head.
  int64_t query = 0;
  int64_t query_transposed = 0;
  int64_t query_finite = 0;
  int64_t d_out = 0;
  int64_t d_out_transposed = 0;
  int64_t d_out_finite = 0;
  int64_t log_sum_exp = 0;  // in units of log 2
  int64_t delta = 0;        // <d_out, out> of each row
  int64_t d_query = 0;      // fp32 sums, of the single pass alone
  int64_t q_head_bytes = 0;

  int64_t wave_heads = 0;  // key-value heads packed at a time

  // In a worker's scratch memory: [rows][row_stride] twice, [micro_rows][score_stride],
  // [rows][score_stride], [rows][qk_columns], [rows][v_columns].
  int64_t first_rows = 0;
  int64_t second_rows = 0;
  int64_t probability = 0;
  int64_t d_score = 0;
  int64_t first_sum = 0;
  int64_t second_sum = 0;
  int64_t scratch_bytes = 0;

  int64_t scratch_offset = 0;
  int64_t total_bytes = 0;
};

struct CpuBackwardArguments {
  Problem problem;
  Strides query, key, value, out;
  KeyWindow window;
  float score_scale = 0;    // what products are multiplied by, to units of log 2 or of the cap
  float soft_cap_log2 = 0;  // soft_cap / ln 2; 0: none
  float scale = 0;          // the softmax's
  CpuBackwardLayout layout;
  BackwardTensors tensors;
  char* workspace = nullptr;
  int64_t first_head =
      0;  // the first of the key-value heads, counted over the batch, that are packed now
};

inline constexpr int kBackwardPackTilesPerTask = 8;

// Heads are key-value heads counted over the batch; `member` is a query head among those that share
// one.
struct CpuBackwardVariant {
  CpuBackwardConfiguration configuration;
  CpuBackwardShape shape;
  void (*pack_keys)(const CpuBackwardArguments& arguments, int64_t head, int64_t task);
  void (*pack_queries)(const CpuBackwardArguments& arguments, int64_t head, int64_t member,
                       int64_t task);
  // d_key and d_value of key rows [task * rows, ...).
  void (*key_pass)(const CpuBackwardArguments& arguments, int64_t head, int64_t task,
                   char* scratch);
  // d_query of query rows [task * rows, ...).
  void (*query_pass)(const CpuBackwardArguments& arguments, int64_t head, int64_t member,
                     int64_t task, char* scratch);
  // All three gradients of a head.
  void (*single_pass)(const CpuBackwardArguments& arguments, int64_t head, char* scratch);
};

// Every variant, for the best instruction set that this machine has (Highway's choice at run time).
// Generated, as the next two are.
std::vector<CpuBackwardVariant> CpuBackwardVariants();
// cpu_backward.space.textproto.
absl::string_view CpuBackwardSpaceText();
// Of the kernel's sources.
absl::string_view CpuBackwardFingerprint();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_BACKWARD_VARIANT_H_
