// What is asked of an attention operator, and what follows from it by arithmetic alone.
#ifndef ATTUNE_ATTENTION_PROBLEM_H_
#define ATTUNE_ATTENTION_PROBLEM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attention/expressions.h"
#include "attention/mask.h"
#include "numerics/dtype.h"

namespace attune {

// Forward computes out and log_sum_exp from query, key and value; backward the gradients of those
// three from d_out, out and log_sum_exp.
enum class Direction { kForward, kBackward };

// "attention_forward", "attention_backward".
absl::string_view OperatorName(Direction direction);

// The order of a tensor's dimensions in memory, outermost first; head_dim is always innermost and
// contiguous.
enum class Layout { kBatchLengthHead, kBatchHeadLength };

// Distances in elements between neighbours along each dimension. The head dimension's is 1.
struct Strides {
  int64_t batch = 0;
  int64_t head = 0;
  int64_t length = 0;

  friend bool operator==(const Strides&, const Strides&) = default;
};

// Sequences of different lengths in one batch: their rows lie one behind another in tensors without
// a batch dimension. The lengths come with the tensors of each run (attention/tensors.h); a plan
// depends on what stands here alone, and serves every batch that fits.
struct Packed {
  // Rows of query and out, and of key and value. A run's sequences may leave some at the end; those
  // are neither read nor written.
  int64_t total_q_len = 0;
  int64_t total_kv_len = 0;

  friend bool operator==(const Packed&, const Packed&) = default;
};

// For each query row i of each head, over the keys j that the mask lets it see:
//   score_ij = f(cap(scale * <query_i, key_j>) - slope_head * |i + offset - j|)
//   out_i = sum_j softmax_j(score_i) value_j,   log_sum_exp_i = ln sum_j exp(score_ij)
// where cap(x) = soft_cap * tanh(x / soft_cap), or x without one; the ALiBi term (Press, Smith,
// Lewis, ICLR 2022) is there if alibi is; offset is the mask's alignment; f is score_expression, if
// there is one. A row that sees no key, or none whose score is above minus infinity, gives zeros
// and a log_sum_exp of minus infinity; a score of NaN makes its row NaN. What of a masked key and
// of infinite inputs reaches a row depends on the family (docs/problems.md). Query head h reads
// key-value head h / (q_heads / kv_heads).
struct Problem {
  Dtype dtype = Dtype::kBfloat16;
  int64_t batch = 1;  // sequences
  int64_t q_heads = 1;
  int64_t kv_heads = 1;  // divides q_heads; 1 is multi-query attention
  int64_t q_len = 0;     // where sequences are packed, the most that one of them has
  int64_t kv_len = 0;
  int64_t qk_dim = 0;
  int64_t v_dim = 0;
  std::optional<Packed> packed = std::nullopt;
  Mask mask = {};
  std::optional<double> softmax_scale = std::nullopt;  // 1 / sqrt(qk_dim) if not given
  double soft_cap = 0;                                 // 0: none
  bool alibi = false;  // slopes per query head come with the tensors

  // C++ of a user's own: what becomes of the score after the cap and ALiBi, and which of the keys
  // that `mask` lets a query see it does see. Both over b, h, kv_h, q, kv, q_len, kv_len (the
  // indices and the lengths of attention/expressions.h, as int) and the buffers' names, the first
  // over `score` (float) besides. Compiled into kernels; empty: none.
  std::string score_expression = "";
  std::string mask_expression = "";
  std::vector<NamedBuffer> buffers = {};  // their addresses come with the tensors
  // The same, for the reference. What is verified needs them, and so does tuning; plans do not.
  ScoreFunction score_function = nullptr;
  MaskFunction mask_function = nullptr;

  Layout layout = Layout::kBatchLengthHead;
  // In place of what `layout` gives; `batch` is not used where sequences are packed. Gradients have
  // the strides of what they are gradients of.
  std::optional<Strides> query_strides = std::nullopt;
  std::optional<Strides> key_strides = std::nullopt;
  std::optional<Strides> value_strides = std::nullopt;
  std::optional<Strides> out_strides = std::nullopt;

  bool has_expressions() const { return !score_expression.empty() || !mask_expression.empty(); }

  // One line, "packed=8192x8192" behind the lengths where sequences are packed: "bf16 batch=4
  // heads=32/8 length=4096x4096 dim=128 mask=causal".
  std::string ToString() const;
};

// The limits that every family shares. A family may support less, and says so itself.
inline constexpr int64_t kMaxHeadDim = 256;
inline constexpr int64_t kHeadDimStep = 8;
inline constexpr int64_t kMaxLength = int64_t{1} << 20;

// InvalidArgument names the field, what was wrong and what is expected: sizes below 1 (lengths
// below 0) or above the limits, kv_heads that does not divide q_heads, head dims that are no
// multiple of 8, more than 2^20 packed sequences, rows of packed tensors that are fewer than the
// longest sequence's or 2^31 and more, negative mask bounds, a scale or cap that is not finite in
// fp32, a negative cap, expressions and buffers that attention/expressions.h refuses, functions
// without an expression, tensors that take 2^63 bytes or more with their gradients, strides that
// make elements of one tensor overlap (dimensions must nest: each stride at least spans the
// dimensions of smaller stride).
absl::Status Validate(const Problem& problem);

// What dot products of a query and a key are multiplied by, before cap, ALiBi and expression:
// softmax_scale, or 1 / sqrt(qk_dim) if that is not given.
double SoftmaxScale(const Problem& problem);

// The sizes of the tensors' batch dimension and of their length dimension: batch, q_len and kv_len,
// or, where sequences are packed, 1 and the totals.
int64_t TensorBatch(const Problem& problem);
int64_t QueryRows(const Problem& problem);
int64_t KeyRows(const Problem& problem);

// The strides in force: the given ones or the layout's; the batch's is 0 where sequences are
// packed. All below in elements.
Strides QueryStrides(const Problem& problem);
Strides KeyStrides(const Problem& problem);
Strides ValueStrides(const Problem& problem);
Strides OutStrides(const Problem& problem);

// Elements from the first to one past the last of each tensor, gaps included.
int64_t QueryExtent(const Problem& problem);
int64_t KeyExtent(const Problem& problem);
int64_t ValueExtent(const Problem& problem);
int64_t OutExtent(const Problem& problem);
// TensorBatch * q_heads * QueryRows, contiguous in that order, fp32.
int64_t LogSumExpExtent(const Problem& problem);

// Floating-point operations of the matrix products over the pairs that the mask admits, a multiply
// and an add each: two products forward, five backward. Of packed sequences whose lengths are not
// known (attention/sequences.h has them) at most: as if each were as long as the longest, and no
// row saw fewer keys than the one that sees the most, whichever comes to less. What mask_expression
// takes away is counted.
double Flops(const Problem& problem, Direction direction);

// The fewest bytes that must move: each input read once, each output written once. Of packed
// sequences at most: all rows of the tensors.
int64_t BytesMoved(const Problem& problem, Direction direction);

// Bytes of all tensors that a run of `direction` takes and gives, gaps included.
int64_t TensorBytes(const Problem& problem, Direction direction);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_PROBLEM_H_
