#include "attention/problem.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// Cumulative lengths are of this type.
constexpr int64_t kMaxRows = std::numeric_limits<int32_t>::max();

// One tensor of a problem: [batch, heads, length, dim].
struct Tensor {
  absl::string_view name;
  int64_t batch;
  int64_t heads;
  int64_t length;
  int64_t dim;
  std::optional<Strides> strides;
};

Tensor Query(const Problem& p) {
  return {"query", TensorBatch(p), p.q_heads, QueryRows(p), p.qk_dim, p.query_strides};
}
Tensor Key(const Problem& p) {
  return {"key", TensorBatch(p), p.kv_heads, KeyRows(p), p.qk_dim, p.key_strides};
}
Tensor Value(const Problem& p) {
  return {"value", TensorBatch(p), p.kv_heads, KeyRows(p), p.v_dim, p.value_strides};
}
Tensor Out(const Problem& p) {
  return {"out", TensorBatch(p), p.q_heads, QueryRows(p), p.v_dim, p.out_strides};
}

Strides StridesInForce(const Tensor& tensor, Layout layout) {
  if (tensor.strides) return *tensor.strides;
  const int64_t batch_stride = tensor.heads * tensor.length * tensor.dim;
  if (layout == Layout::kBatchLengthHead) {
    return {.batch = batch_stride, .head = tensor.dim, .length = tensor.heads * tensor.dim};
  }
  return {.batch = batch_stride, .head = tensor.length * tensor.dim, .length = tensor.dim};
}

Strides StridesOf(const Problem& problem, const Tensor& tensor) {
  Strides strides = StridesInForce(tensor, problem.layout);
  if (problem.packed) strides.batch = 0;
  return strides;
}

int64_t Elements(const Tensor& tensor) {
  return tensor.batch * tensor.heads * tensor.length * tensor.dim;
}

int64_t Extent(const Tensor& tensor, Layout layout) {
  if (Elements(tensor) == 0) return 0;
  const Strides strides = StridesInForce(tensor, layout);
  return (tensor.batch - 1) * strides.batch + (tensor.heads - 1) * strides.head +
         (tensor.length - 1) * strides.length + tensor.dim;
}

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("problem: ", parts...));
}

absl::Status ValidateRange(absl::string_view field, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Invalid(field, " is ", value, "; expected ", least, " to ", most);
}

absl::Status ValidateAtLeastOne(absl::string_view field, int64_t value) {
  if (value >= 1) return absl::OkStatus();
  return Invalid(field, " is ", value, "; expected at least 1");
}

absl::Status ValidateDim(absl::string_view field, int64_t value) {
  if (value >= kHeadDimStep && value <= kMaxHeadDim && value % kHeadDimStep == 0) {
    return absl::OkStatus();
  }
  return Invalid(field, " is ", value, "; expected a multiple of ", kHeadDimStep, " up to ",
                 kMaxHeadDim);
}

absl::Status ValidateBound(absl::string_view field, const std::optional<int64_t>& bound) {
  if (!bound || *bound >= 0) return absl::OkStatus();
  return Invalid(field, " is ", *bound, "; expected 0 or more, or no bound");
}

// The contiguous tensor and its bytes: the sizes alone, so that later products cannot overflow.
absl::Status ValidateBytes(const Tensor& tensor, Dtype dtype) {
  int64_t product = DtypeBytes(dtype);
  for (const int64_t size :
       {tensor.batch, tensor.heads, std::max<int64_t>(tensor.length, 1), tensor.dim}) {
    if (__builtin_mul_overflow(product, size, &product)) {
      return Invalid(tensor.name, " of batch ", tensor.batch, ", ", tensor.heads, " heads, length ",
                     tensor.length, " and dim ", tensor.dim,
                     " takes 2^63 bytes or more; expected fewer");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateStrides(const Tensor& tensor, Dtype dtype) {
  if (!tensor.strides) return absl::OkStatus();
  struct Dimension {
    absl::string_view name;
    int64_t size;
    int64_t stride;
  };
  std::array<Dimension, 3> dimensions = {{{"batch", tensor.batch, tensor.strides->batch},
                                          {"head", tensor.heads, tensor.strides->head},
                                          {"length", tensor.length, tensor.strides->length}}};
  std::sort(dimensions.begin(), dimensions.end(),
            [](const Dimension& a, const Dimension& b) { return a.stride < b.stride; });
  int64_t span =
      tensor.dim;  // elements from the first to one past the last, over the dimensions so far
  for (const Dimension& dimension : dimensions) {
    if (dimension.stride < 0) {
      return Invalid(tensor.name, "_strides.", dimension.name, " is ", dimension.stride,
                     "; expected 0 or more");
    }
    // Never stepped along, or nothing there to overlap.
    if (dimension.size <= 1 || tensor.length == 0) continue;
    if (dimension.stride < span) {
      return Invalid(tensor.name, "_strides.", dimension.name, " is ", dimension.stride,
                     ", which makes elements overlap; expected at least ", span,
                     ", the span of what lies inside it");
    }
    int64_t step = 0;
    int64_t bytes = 0;
    if (__builtin_mul_overflow(dimension.stride, dimension.size - 1, &step) ||
        __builtin_add_overflow(span, step, &span) ||
        __builtin_mul_overflow(span, DtypeBytes(dtype), &bytes)) {
      return Invalid(tensor.name, "_strides.", dimension.name, " is ", dimension.stride,
                     ", which spans 2^63 bytes or more; expected fewer");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateSizes(const Problem& problem) {
  ATTUNE_RETURN_IF_ERROR(ValidateAtLeastOne("batch", problem.batch));
  ATTUNE_RETURN_IF_ERROR(ValidateAtLeastOne("q_heads", problem.q_heads));
  ATTUNE_RETURN_IF_ERROR(ValidateAtLeastOne("kv_heads", problem.kv_heads));
  if (problem.q_heads % problem.kv_heads != 0) {
    return Invalid("kv_heads is ", problem.kv_heads, ", which does not divide q_heads, ",
                   problem.q_heads, "; expected a divisor");
  }
  ATTUNE_RETURN_IF_ERROR(ValidateRange("q_len", problem.q_len, 0, kMaxLength));
  ATTUNE_RETURN_IF_ERROR(ValidateRange("kv_len", problem.kv_len, 0, kMaxLength));
  ATTUNE_RETURN_IF_ERROR(ValidateDim("qk_dim", problem.qk_dim));
  ATTUNE_RETURN_IF_ERROR(ValidateDim("v_dim", problem.v_dim));
  if (!problem.packed) return absl::OkStatus();
  ATTUNE_RETURN_IF_ERROR(ValidateRange("batch", problem.batch, 1, kMaxLength));
  ATTUNE_RETURN_IF_ERROR(
      ValidateRange("packed.total_q_len", problem.packed->total_q_len, problem.q_len, kMaxRows));
  return ValidateRange("packed.total_kv_len", problem.packed->total_kv_len, problem.kv_len,
                       kMaxRows);
}

absl::Status ValidateScores(const Problem& problem) {
  ATTUNE_RETURN_IF_ERROR(ValidateBound("mask.left", problem.mask.left));
  ATTUNE_RETURN_IF_ERROR(ValidateBound("mask.right", problem.mask.right));
  if (!std::isfinite(static_cast<float>(SoftmaxScale(problem)))) {
    return Invalid("softmax_scale is ", *problem.softmax_scale,
                   "; expected a number that fp32 holds");
  }
  const float soft_cap = static_cast<float>(problem.soft_cap);
  if (!std::isfinite(soft_cap) || soft_cap < 0 || (soft_cap == 0 && problem.soft_cap != 0)) {
    return Invalid("soft_cap is ", problem.soft_cap,
                   "; expected a positive number that fp32 holds, or 0 for none");
  }
  return absl::OkStatus();
}

absl::Status ValidateExpressions(const Problem& problem) {
  if (!problem.score_expression.empty()) {
    ATTUNE_RETURN_IF_ERROR(CheckExpression("problem: score_expression", problem.score_expression));
  } else if (problem.score_function) {
    return Invalid("score_function is there and score_expression is not; expected both or neither");
  }
  if (!problem.mask_expression.empty()) {
    ATTUNE_RETURN_IF_ERROR(CheckExpression("problem: mask_expression", problem.mask_expression));
  } else if (problem.mask_function) {
    return Invalid("mask_function is there and mask_expression is not; expected both or neither");
  }
  std::vector<std::string> names;
  for (const NamedBuffer& buffer : problem.buffers) {
    names.push_back(buffer.name);
    ATTUNE_RETURN_IF_ERROR(ValidateRange(absl::StrCat("extent of buffer ", buffer.name),
                                         buffer.extent, 1, int64_t{1} << 40));
  }
  return CheckBufferNames(names);
}

int64_t BufferBytes(const Problem& problem) {
  int64_t bytes = 0;
  for (const NamedBuffer& buffer : problem.buffers) {
    bytes += buffer.extent * kNamedBufferElementBytes;
  }
  return bytes;
}

// Of what has no head dimension: log_sum_exp, slopes, lengths, and the buffers of expressions.
int64_t BytesOfSmallTensors(const Problem& problem) {
  const int64_t slopes = problem.alibi ? problem.q_heads : 0;
  const int64_t lengths = problem.packed ? 2 * (problem.batch + 1) : 0;
  return (LogSumExpExtent(problem) + slopes) * int64_t{sizeof(float)} +
         lengths * int64_t{sizeof(int32_t)} + BufferBytes(problem);
}

// Of all tensors of a backward pass, which has gradients too: so that no sum of them overflows.
absl::Status ValidateTotalBytes(const Problem& problem) {
  int64_t total = BytesOfSmallTensors(problem);
  for (const Tensor& tensor : {Query(problem), Key(problem), Value(problem), Out(problem)}) {
    const int64_t bytes = Extent(tensor, problem.layout) * DtypeBytes(problem.dtype);
    if (__builtin_add_overflow(total, bytes, &total) ||
        __builtin_add_overflow(total, bytes, &total)) {
      return Invalid("the tensors of ", problem.ToString(),
                     " take 2^63 bytes or more together; expected fewer");
    }
  }
  return absl::OkStatus();
}

double VisiblePairs(const Problem& problem) {
  double pairs = 0;
  double most = 0;  // of one row
  for (int64_t row = 0; row < problem.q_len; ++row) {
    const KeyRange keys = VisibleKeys(problem.mask, problem.q_len, problem.kv_len, row);
    const double seen = static_cast<double>(keys.end - keys.begin);
    pairs += seen;
    most = std::max(most, seen);
  }
  pairs *= static_cast<double>(problem.batch);
  if (problem.packed) {
    pairs = std::min(pairs, most * static_cast<double>(problem.packed->total_q_len));
  }
  return pairs * static_cast<double>(problem.q_heads);
}

// Bytes of query, key, value, out and log_sum_exp, each as often as a run reads or writes it or its
// gradient. Backward: query, key, value, out and log_sum_exp, d_out; d_query, d_key, d_value.
int64_t BytesOfAll(const Problem& problem, Direction direction, int64_t inputs, int64_t out) {
  const int64_t each = direction == Direction::kForward ? 1 : 2;
  return each * (inputs + out) * DtypeBytes(problem.dtype) + BytesOfSmallTensors(problem);
}

}  // namespace

absl::string_view OperatorName(Direction direction) {
  return direction == Direction::kForward ? "attention_forward" : "attention_backward";
}

std::string Problem::ToString() const {
  std::string text = absl::StrCat(DtypeName(dtype), " batch=", batch, " heads=", q_heads, "/",
                                  kv_heads, " length=", q_len, "x", kv_len);
  if (packed) {
    absl::StrAppend(&text, " packed=", packed->total_q_len, "x", packed->total_kv_len);
  }
  absl::StrAppend(&text, " dim=", qk_dim);
  if (v_dim != qk_dim) absl::StrAppend(&text, "/", v_dim);
  absl::StrAppend(&text, " mask=", mask.ToString());
  if (softmax_scale) absl::StrAppend(&text, " scale=", *softmax_scale);
  if (soft_cap != 0) absl::StrAppend(&text, " soft_cap=", soft_cap);
  if (alibi) absl::StrAppend(&text, " alibi");
  if (!score_expression.empty()) absl::StrAppend(&text, " score='", score_expression, "'");
  if (!mask_expression.empty()) absl::StrAppend(&text, " mask_if='", mask_expression, "'");
  for (const NamedBuffer& buffer : buffers) {
    absl::StrAppend(&text, " buffer=", buffer.name, ":", BufferElementName(buffer.element), "[",
                    buffer.extent, "]");
  }
  if (layout == Layout::kBatchHeadLength) absl::StrAppend(&text, " layout=batch_head_length");
  for (const Tensor& tensor : {Query(*this), Key(*this), Value(*this), Out(*this)}) {
    if (!tensor.strides) continue;
    absl::StrAppend(&text, " ", tensor.name, "_strides=", tensor.strides->batch, ",",
                    tensor.strides->head, ",", tensor.strides->length);
  }
  return text;
}

absl::Status Validate(const Problem& problem) {
  ATTUNE_RETURN_IF_ERROR(ValidateSizes(problem));
  ATTUNE_RETURN_IF_ERROR(ValidateScores(problem));
  ATTUNE_RETURN_IF_ERROR(ValidateExpressions(problem));
  for (const Tensor& tensor : {Query(problem), Key(problem), Value(problem), Out(problem)}) {
    ATTUNE_RETURN_IF_ERROR(ValidateBytes(tensor, problem.dtype));
    ATTUNE_RETURN_IF_ERROR(ValidateStrides(tensor, problem.dtype));
  }
  return ValidateTotalBytes(problem);
}

double SoftmaxScale(const Problem& problem) {
  return problem.softmax_scale.value_or(1 / std::sqrt(static_cast<double>(problem.qk_dim)));
}

int64_t TensorBatch(const Problem& problem) { return problem.packed ? 1 : problem.batch; }
int64_t QueryRows(const Problem& problem) {
  return problem.packed ? problem.packed->total_q_len : problem.q_len;
}
int64_t KeyRows(const Problem& problem) {
  return problem.packed ? problem.packed->total_kv_len : problem.kv_len;
}

Strides QueryStrides(const Problem& problem) { return StridesOf(problem, Query(problem)); }
Strides KeyStrides(const Problem& problem) { return StridesOf(problem, Key(problem)); }
Strides ValueStrides(const Problem& problem) { return StridesOf(problem, Value(problem)); }
Strides OutStrides(const Problem& problem) { return StridesOf(problem, Out(problem)); }

int64_t QueryExtent(const Problem& problem) { return Extent(Query(problem), problem.layout); }
int64_t KeyExtent(const Problem& problem) { return Extent(Key(problem), problem.layout); }
int64_t ValueExtent(const Problem& problem) { return Extent(Value(problem), problem.layout); }
int64_t OutExtent(const Problem& problem) { return Extent(Out(problem), problem.layout); }

int64_t LogSumExpExtent(const Problem& problem) {
  return TensorBatch(problem) * problem.q_heads * QueryRows(problem);
}

double Flops(const Problem& problem, Direction direction) {
  const double qk_dim = static_cast<double>(problem.qk_dim);
  const double v_dim = static_cast<double>(problem.v_dim);
  // Forward: scores, out. Backward: scores again, d_query and d_key along qk_dim; d_value and the
  // gradient of the probabilities along v_dim.
  const double per_pair =
      direction == Direction::kForward ? 2 * (qk_dim + v_dim) : 2 * (3 * qk_dim + 2 * v_dim);
  return VisiblePairs(problem) * per_pair;
}

int64_t BytesMoved(const Problem& problem, Direction direction) {
  return BytesOfAll(problem, direction,
                    Elements(Query(problem)) + Elements(Key(problem)) + Elements(Value(problem)),
                    Elements(Out(problem)));
}

int64_t TensorBytes(const Problem& problem, Direction direction) {
  return BytesOfAll(problem, direction,
                    QueryExtent(problem) + KeyExtent(problem) + ValueExtent(problem),
                    OutExtent(problem));
}

}  // namespace attune
