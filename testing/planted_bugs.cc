#include "testing/planted_bugs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "attention/mask.h"
#include "attention/reference/inputs.h"
#include "attention/sequences.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

constexpr int64_t kTileRows = 4;

// One row of one query head, and the key-value head that it is told to read.
struct Row {
  Sequence sequence;
  bool last_sequence;
  int64_t head;
  int64_t kv_head;
  int64_t position;
  KeyRange keys;
};

int64_t GroupSize(const Problem& p) { return p.q_heads / p.kv_heads; }

Row MakeRow(const Problem& p, const Sequence& sequence, bool last, int64_t head, int64_t position,
            PlantedBug bug) {
  Row row = {sequence, last,
             head,     head / GroupSize(p),
             position, VisibleKeys(p.mask, sequence.q_len, sequence.kv_len, position)};
  if (bug == PlantedBug::kSwappedHeads) row.kv_head = (row.kv_head + 1) % p.kv_heads;
  if (bug == PlantedBug::kMaskOffByOne) {
    if (p.mask.left) row.keys.begin = std::min(row.keys.begin + 1, sequence.kv_len);
    if (p.mask.right) row.keys.end = std::min(row.keys.end + 1, sequence.kv_len);
  }
  if (bug == PlantedBug::kDroppedLastKey) --row.keys.end;
  row.keys.end = std::max(row.keys.begin, row.keys.end);
  if (bug == PlantedBug::kNeighboursKey && !last) row.keys.end = sequence.kv_len + 1;
  return row;
}

template <typename Tensors, typename Visit>
void ForEachRow(const Problem& p, const Tensors& tensors, PlantedBug bug, Visit visit) {
  for (int64_t b = 0; b < p.batch; ++b) {
    const Sequence sequence =
        SequenceAt(p, tensors.cumulative_query_lengths, tensors.cumulative_key_lengths, b);
    const bool last = b == p.batch - 1;
    for (int64_t h = 0; h < p.q_heads; ++h) {
      for (int64_t i = 0; i < sequence.q_len; ++i) visit(MakeRow(p, sequence, last, h, i, bug));
    }
  }
}

// As an operand of a matrix product in the dtype.
double Rounded(Dtype dtype, double value) {
  float storage = 0;
  StoreElement(dtype, &storage, 0, static_cast<float>(value));
  return LoadElement(dtype, &storage, 0);
}

int64_t Offset(const Strides& strides, int64_t batch, int64_t head, int64_t position) {
  return batch * strides.batch + head * strides.head + position * strides.length;
}
int64_t QueryOffset(const Strides& strides, const Row& row) {
  return Offset(strides, row.sequence.batch, row.head, row.sequence.first_query + row.position);
}
int64_t KeyOffset(const Strides& strides, const Row& row, int64_t key) {
  return Offset(strides, row.sequence.batch, row.kv_head, row.sequence.first_key + key);
}
int64_t LogSumExpIndex(const Problem& p, const Row& row) {
  return FirstQueryRow(p, row.sequence, row.head) + row.position;
}

double Dot(Dtype dtype, const void* a, int64_t a_offset, const void* b, int64_t b_offset,
           int64_t count) {
  double sum = 0;
  for (int64_t d = 0; d < count; ++d) {
    sum += double{LoadElement(dtype, a, a_offset + d)} * LoadElement(dtype, b, b_offset + d);
  }
  return sum;
}

double ScaleOf(const Problem& p, PlantedBug bug) {
  return SoftmaxScale(p) * (bug == PlantedBug::kWrongScale ? 1.01 : 1.0);
}

struct Score {
  double value;
  double slope;  // d value / d <query, key>
};

template <typename Tensors>
Score ScoreOf(const Problem& p, const Tensors& tensors, const Row& row, int64_t key,
              PlantedBug bug) {
  const double scale = ScaleOf(p, bug);
  Score score = {scale * Dot(p.dtype, tensors.query, QueryOffset(QueryStrides(p), row), tensors.key,
                             KeyOffset(KeyStrides(p), row, key), p.qk_dim),
                 scale};
  if (p.soft_cap > 0) {
    const double tangent = std::tanh(score.value / p.soft_cap);
    score = {p.soft_cap * tangent, scale * (1 - tangent * tangent)};
  }
  if (p.alibi) {
    const int64_t diagonal =
        row.position + DiagonalOffset(p.mask, row.sequence.q_len, row.sequence.kv_len);
    score.value -= tensors.alibi_slopes[row.head] * static_cast<double>(std::abs(diagonal - key));
  }
  return score;
}

// What online softmax carries from one key block to the next.
struct Online {
  double largest = -std::numeric_limits<double>::infinity();
  double sum = 0;
  std::vector<double> out;
};

void AddBlock(const Problem& p, const ForwardTensors& tensors, const Row& row, KeyRange keys,
              PlantedBug bug, Online& state) {
  double largest = state.largest;
  std::vector<double> scores;
  for (int64_t j = keys.begin; j < keys.end; ++j) {
    scores.push_back(ScoreOf(p, tensors, row, j, bug).value);
    largest = std::max(largest, scores.back());
  }
  if (scores.empty()) return;
  if (bug != PlantedBug::kMissingRescale) {
    const double rescale = std::exp(state.largest - largest);
    state.sum *= rescale;
    for (double& element : state.out) element *= rescale;
  }
  state.largest = largest;
  for (size_t n = 0; n < scores.size(); ++n) {
    const double weight = std::exp(scores[n] - largest);
    const int64_t value = KeyOffset(ValueStrides(p), row, keys.begin + static_cast<int64_t>(n));
    state.sum += weight;
    for (int64_t d = 0; d < p.v_dim; ++d) {
      state.out[d] += Rounded(p.dtype, weight) * LoadElement(p.dtype, tensors.value, value + d);
    }
  }
}

bool IsInUnwrittenTile(const Problem& p, const Row& row) {
  return row.last_sequence && row.head == p.q_heads - 1 &&
         row.position >= row.sequence.q_len - kTileRows;
}

void StoreRow(const Problem& p, const ForwardTensors& tensors, const Row& row, PlantedBug bug,
              const Online& state) {
  const int64_t offset = QueryOffset(OutStrides(p), row);
  for (int64_t d = 0; d < p.v_dim; ++d) {
    const double element = state.sum > 0 ? state.out[d] / state.sum : 0;
    StoreElement(p.dtype, tensors.out, offset + d, static_cast<float>(element));
  }
  double log_sum_exp = state.largest + std::log(state.sum);
  if (bug == PlantedBug::kBaseTwoLogSumExp) log_sum_exp /= std::log(2.0);
  tensors.log_sum_exp[LogSumExpIndex(p, row)] = static_cast<float>(log_sum_exp);
}

// The bugs that are about memory, on the tensor `output` of `extent` elements.
void SpoilMemory(const Problem& p, PlantedBug bug, const void* query, void* output, int64_t extent,
                 int64_t dim) {
  if (bug == PlantedBug::kWriteBehindTheTensor) StoreElement(p.dtype, output, extent, 0.0f);
  if (bug == PlantedBug::kWriteIntoGap) StoreElement(p.dtype, output, dim, 0.0f);
  if (bug == PlantedBug::kChangedInput) {
    void* changed = const_cast<void*>(query);
    StoreElement(p.dtype, changed, 0, 2 * LoadElement(p.dtype, query, 0));
  }
}

// What a key block longer than the keys adds: zero times whatever stands behind the last row.
double TailOfKeys(const Problem& p, const void* key, PlantedBug bug) {
  return bug == PlantedBug::kReadBehindTheKeys ? 0.0 * LoadElement(p.dtype, key, KeyExtent(p))
                                               : 0.0;
}

// Gradients in fp64, in the places that their elements have in the tensors.
struct Gradients {
  std::vector<double> query, key, value;
};

void AddRow(const Problem& p, const BackwardTensors& tensors, const Row& row, PlantedBug bug,
            Gradients& gradients) {
  const int64_t query = QueryOffset(QueryStrides(p), row);
  const int64_t out = QueryOffset(OutStrides(p), row);
  const int64_t index = LogSumExpIndex(p, row);
  const double mean = bug == PlantedBug::kMissingRescale
                          ? 0
                          : Dot(p.dtype, tensors.d_out, out, tensors.out, out, p.v_dim);
  for (int64_t j = row.keys.begin; j < row.keys.end; ++j) {
    const int64_t key = KeyOffset(KeyStrides(p), row, j);
    const int64_t value = KeyOffset(ValueStrides(p), row, j);
    const Score score = ScoreOf(p, tensors, row, j, bug);
    const double probability = std::exp(score.value - tensors.log_sum_exp[index]);
    const double d_probability = Dot(p.dtype, tensors.d_out, out, tensors.value, value, p.v_dim);
    const double operand = Rounded(p.dtype, probability);
    const double d_product = Rounded(p.dtype, probability * (d_probability - mean)) * score.slope;
    for (int64_t d = 0; d < p.v_dim; ++d) {
      gradients.value[value + d] += operand * LoadElement(p.dtype, tensors.d_out, out + d);
    }
    for (int64_t d = 0; d < p.qk_dim; ++d) {
      gradients.query[query + d] += d_product * LoadElement(p.dtype, tensors.key, key + d);
      gradients.key[key + d] += d_product * LoadElement(p.dtype, tensors.query, query + d);
    }
  }
}

Problem UsedPart(const Problem& p, const BackwardTensors& tensors) {
  if (!p.packed) return p;
  return WithoutUnusedRows(p, {.query = {0, tensors.cumulative_query_lengths[p.batch]},
                               .key = {0, tensors.cumulative_key_lengths[p.batch]}});
}

// Rounds the rows of `from` to where they belong, up to `rows` of the last head.
void StoreGradient(const Problem& p, const std::vector<double>& from, const TensorShape& shape,
                   const Strides& strides, int64_t skipped_rows, void* to) {
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      const bool last = b == shape.batch - 1 && h == shape.heads - 1;
      for (int64_t i = 0; i < shape.length - (last ? skipped_rows : 0); ++i) {
        const int64_t row = Offset(strides, b, h, i);
        for (int64_t d = 0; d < shape.dim; ++d) {
          StoreElement(p.dtype, to, row + d, static_cast<float>(from[row + d]));
        }
      }
    }
  }
}

}  // namespace

absl::string_view PlantedBugName(PlantedBug bug) {
  constexpr absl::string_view kNames[] = {"none",
                                          "mask_off_by_one",
                                          "missing_rescale",
                                          "swapped_heads",
                                          "unwritten_tile",
                                          "wrong_scale",
                                          "dropped_last_key",
                                          "base_two_log_sum_exp",
                                          "overwritten_group",
                                          "write_behind_the_tensor",
                                          "write_into_gap",
                                          "read_behind_the_keys",
                                          "changed_input",
                                          "neighbours_key"};
  return kNames[static_cast<int>(bug)];
}

std::vector<PlantedBug> ForwardBugs() {
  return {PlantedBug::kMaskOffByOne,     PlantedBug::kMissingRescale,
          PlantedBug::kSwappedHeads,     PlantedBug::kUnwrittenTile,
          PlantedBug::kWrongScale,       PlantedBug::kDroppedLastKey,
          PlantedBug::kBaseTwoLogSumExp, PlantedBug::kWriteBehindTheTensor,
          PlantedBug::kWriteIntoGap,     PlantedBug::kReadBehindTheKeys,
          PlantedBug::kChangedInput};
}

std::vector<PlantedBug> BackwardBugs() {
  return {PlantedBug::kMaskOffByOne,     PlantedBug::kMissingRescale,
          PlantedBug::kSwappedHeads,     PlantedBug::kUnwrittenTile,
          PlantedBug::kWrongScale,       PlantedBug::kDroppedLastKey,
          PlantedBug::kOverwrittenGroup, PlantedBug::kWriteBehindTheTensor,
          PlantedBug::kWriteIntoGap,     PlantedBug::kReadBehindTheKeys,
          PlantedBug::kChangedInput};
}

std::vector<PlantedBug> PackedBugs() { return {PlantedBug::kNeighboursKey}; }

void RunPlantedForward(const Problem& problem, const ForwardTensors& tensors, PlantedBug bug) {
  ForEachRow(problem, tensors, bug, [&](const Row& row) {
    if (bug == PlantedBug::kUnwrittenTile && IsInUnwrittenTile(problem, row)) return;
    Online state;
    state.out.assign(problem.v_dim, TailOfKeys(problem, tensors.key, bug));
    const int64_t middle = row.keys.begin + (row.keys.end - row.keys.begin) / 2;
    AddBlock(problem, tensors, row, {row.keys.begin, middle}, bug, state);
    AddBlock(problem, tensors, row, {middle, row.keys.end}, bug, state);
    StoreRow(problem, tensors, row, bug, state);
  });
  SpoilMemory(problem, bug, tensors.query, tensors.out, OutExtent(problem), problem.v_dim);
}

void RunPlantedBackward(const Problem& problem, const BackwardTensors& tensors, PlantedBug bug) {
  Gradients gradients;
  gradients.query.resize(QueryExtent(problem), TailOfKeys(problem, tensors.key, bug));
  gradients.key.resize(KeyExtent(problem), 0.0);
  gradients.value.resize(ValueExtent(problem), 0.0);
  ForEachRow(problem, tensors, bug, [&](const Row& row) {
    Gradients ignored;
    const bool overwritten = bug == PlantedBug::kOverwrittenGroup &&
                             row.head % GroupSize(problem) != GroupSize(problem) - 1;
    if (overwritten) ignored = gradients;
    AddRow(problem, tensors, row, bug, gradients);
    if (!overwritten) return;
    gradients.key = ignored.key;
    gradients.value = ignored.value;
  });
  const int64_t skipped = bug == PlantedBug::kUnwrittenTile ? kTileRows : 0;
  const Problem used = UsedPart(problem, tensors);
  StoreGradient(problem, gradients.query, QueryShape(used), QueryStrides(problem), 0,
                tensors.d_query);
  StoreGradient(problem, gradients.key, KeyShape(used), KeyStrides(problem), skipped,
                tensors.d_key);
  StoreGradient(problem, gradients.value, ValueShape(used), ValueStrides(problem), 0,
                tensors.d_value);
  SpoilMemory(problem, bug, tensors.query, tensors.d_key, KeyExtent(problem), problem.qk_dim);
}

}  // namespace attune
