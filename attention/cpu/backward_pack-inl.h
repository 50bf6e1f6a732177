// What the CPU backward kernel packs, for the target that is being compiled.
#if defined(ATTUNE_ATTENTION_CPU_BACKWARD_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ATTUNE_ATTENTION_CPU_BACKWARD_PACK_INL_H_
#undef ATTUNE_ATTENTION_CPU_BACKWARD_PACK_INL_H_
#else
#define ATTUNE_ATTENTION_CPU_BACKWARD_PACK_INL_H_
#endif

#include <algorithm>
#include <cstdint>

#include "attention/cpu/backward_scores-inl.h"
#include "attention/cpu/cpu_backward_variant.h"
#include "attention/cpu/pack-inl.h"
#include "attention/cpu/softmax-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace attune {
namespace HWY_NAMESPACE {

inline float* FloatsAt(char* start, int64_t offset) {
  return reinterpret_cast<float*>(start + offset);
}

// The tensors of one head, by row.
inline TensorRows RowsOf(const Problem& problem, const void* data, const Strides& strides,
                         int64_t batch, int64_t head, int64_t columns) {
  return {problem.dtype, data, batch * strides.batch + head * strides.head, strides.length,
          columns};
}

// A packed key-value head of the workspace.
struct PackedKeys {
  PackedKeys(const CpuBackwardArguments& arguments, int64_t head)
      : start(arguments.workspace + (head - arguments.first_head) * arguments.layout.kv_head_bytes),
        key(FloatsAt(start, arguments.layout.key)),
        key_transposed(FloatsAt(start, arguments.layout.key_transposed)),
        value_transposed(FloatsAt(start, arguments.layout.value_transposed)),
        key_finite(reinterpret_cast<bool*>(start + arguments.layout.key_finite)) {}

  char* start;
  float* key;
  float* key_transposed;
  float* value_transposed;
  bool* key_finite;
};

// One of the query heads that share it.
struct PackedQueries {
  PackedQueries(const CpuBackwardArguments& arguments, int64_t head, int64_t member)
      : start(PackedKeys(arguments, head).start + arguments.layout.first_query_head +
              member * arguments.layout.q_head_bytes),
        query(FloatsAt(start, arguments.layout.query)),
        query_transposed(FloatsAt(start, arguments.layout.query_transposed)),
        d_out(FloatsAt(start, arguments.layout.d_out)),
        d_out_transposed(FloatsAt(start, arguments.layout.d_out_transposed)),
        log_sum_exp(FloatsAt(start, arguments.layout.log_sum_exp)),
        delta(FloatsAt(start, arguments.layout.delta)),
        d_query(FloatsAt(start, arguments.layout.d_query)),
        query_finite(reinterpret_cast<bool*>(start + arguments.layout.query_finite)),
        d_out_finite(reinterpret_cast<bool*>(start + arguments.layout.d_out_finite)) {}

  char* start;
  float* query;
  float* query_transposed;
  float* d_out;
  float* d_out_transposed;
  float* log_sum_exp;
  float* delta;
  float* d_query;
  bool* query_finite;
  bool* d_out_finite;
};

// The tensors of one head, and where its statistics lie.
struct HeadTensors {
  HeadTensors(const CpuBackwardArguments& arguments, int64_t head, int64_t member)
      : problem(arguments.problem),
        batch(head / problem.kv_heads),
        kv_head(head % problem.kv_heads),
        q_head(kv_head * (problem.q_heads / problem.kv_heads) + member),
        query(RowsOf(problem, arguments.tensors.query, arguments.query, batch, q_head,
                     problem.qk_dim)),
        key(RowsOf(problem, arguments.tensors.key, arguments.key, batch, kv_head, problem.qk_dim)),
        value(RowsOf(problem, arguments.tensors.value, arguments.value, batch, kv_head,
                     problem.v_dim)),
        out(RowsOf(problem, arguments.tensors.out, arguments.out, batch, q_head, problem.v_dim)),
        d_out(
            RowsOf(problem, arguments.tensors.d_out, arguments.out, batch, q_head, problem.v_dim)),
        log_sum_exp(arguments.tensors.log_sum_exp +
                    (batch * problem.q_heads + q_head) * problem.q_len) {}

  const Problem& problem;
  int64_t batch;
  int64_t kv_head;
  int64_t q_head;
  TensorRows query, key, value, out, d_out;
  const float* log_sum_exp;
};

// Packs micro-tiles of keys and values from [task * kBackwardPackTilesPerTask] on.
template <int kVectors, bool kTransposed>
void PackKeys(const CpuBackwardArguments& arguments, int64_t head, int64_t task) {
  constexpr int64_t kStep = kVectors * kLanes;
  const Problem& problem = arguments.problem;
  const PackedKeys packed(arguments, head);
  const HeadTensors tensors(arguments, head, 0);
  const int64_t rows = arguments.layout.kv_rows;
  const int64_t first = task * kBackwardPackTilesPerTask * kStep;
  const int64_t last = std::min(rows, first + kBackwardPackTilesPerTask * kStep);
  for (int64_t row = first; row < last; row += kStep) {
    packed.key_finite[row / kStep] =
        PackPanels<kVectors>(tensors.key, row, row + kStep, problem.kv_len, row, rows, packed.key);
    if constexpr (kTransposed) {
      PackTransposedPanel<kStep>(tensors.key, row, problem.kv_len,
                                 packed.key_transposed + row * problem.qk_dim);
      PackTransposedPanel<kStep>(tensors.value, row, problem.kv_len,
                                 packed.value_transposed + row * problem.v_dim);
    }
  }
}

// Log-sum-exp and <d_out, out> of queries [first, last); zero past the last query. Rows that attend
// to nothing get plus infinity, less which scores of minus infinity are no NaN: their powers are
// zero.
inline void PackStatistics(const CpuBackwardArguments& arguments, const HeadTensors& tensors,
                           const PackedQueries& packed, int64_t first, int64_t last) {
  const Problem& problem = arguments.problem;
  HWY_ALIGN float out[kMaxHeadDim];
  HWY_ALIGN float d_out[kMaxHeadDim];
  for (int64_t row = first; row < last; ++row) {
    packed.log_sum_exp[row] = packed.delta[row] = 0;
    if (row >= problem.q_len) continue;
    tensors.out.Load(row, 1.0f, out);
    tensors.d_out.Load(row, 1.0f, d_out);
    packed.delta[row] = Dot(out, d_out, problem.v_dim);
    const float log_sum_exp = tensors.log_sum_exp[row] * kLog2OfE;
    packed.log_sum_exp[row] = log_sum_exp == kMinusInfinity ? -kMinusInfinity : log_sum_exp;
  }
}

// Packs micro-tiles of queries and of the gradient of out.
template <int kVectors, bool kSumsQueries>
void PackQueries(const CpuBackwardArguments& arguments, int64_t head, int64_t member,
                 int64_t task) {
  constexpr int64_t kStep = kVectors * kLanes;
  const Problem& problem = arguments.problem;
  const PackedQueries packed(arguments, head, member);
  const HeadTensors tensors(arguments, head, member);
  const int64_t rows = arguments.layout.q_rows;
  const int64_t first = task * kBackwardPackTilesPerTask * kStep;
  const int64_t last = std::min(rows, first + kBackwardPackTilesPerTask * kStep);
  for (int64_t row = first; row < last; row += kStep) {
    packed.query_finite[row / kStep] = PackPanels<kVectors>(tensors.query, row, row + kStep,
                                                            problem.q_len, row, rows, packed.query);
    packed.d_out_finite[row / kStep] = PackPanels<kVectors>(tensors.d_out, row, row + kStep,
                                                            problem.q_len, row, rows, packed.d_out);
    PackTransposedPanel<kStep>(tensors.query, row, problem.q_len,
                               packed.query_transposed + row * problem.qk_dim);
    PackTransposedPanel<kStep>(tensors.d_out, row, problem.q_len,
                               packed.d_out_transposed + row * problem.v_dim);
  }
  PackStatistics(arguments, tensors, packed, first, last);
  if constexpr (kSumsQueries) {
    const int64_t columns = arguments.layout.qk_columns;
    std::fill(packed.d_query + first * columns, packed.d_query + last * columns, 0.0f);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace attune
HWY_AFTER_NAMESPACE();

#endif  // ATTUNE_ATTENTION_CPU_BACKWARD_PACK_INL_H_
