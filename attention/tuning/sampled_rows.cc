#include "attention/tuning/sampled_rows.h"

#include <algorithm>

#include "attention/mask.h"
#include "attention/reference/forward.h"
#include "attention/sequences.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/error.h"
#include "numerics/random.h"

namespace attune {
namespace {

// The tolerance comes from a problem whose causal rows see 367 to 603 keys: a row that sees half as
// many comes to 1.4 times as much, and twice the error is allowed.
constexpr int64_t kFewKeys = 256;

// Twice what rounding the probabilities and what they come to may do: the first error is at most
// half an epsilon of the probability, and with few keys does not average out.
Tolerance ToleranceOfFewKeys(Dtype dtype, const std::vector<double>& exact) {
  std::vector<double> rounded;
  for (const double value : exact) {
    float storage = 0;
    StoreElement(dtype, &storage, 0, static_cast<float>(value * (1 + DtypeEpsilon(dtype) / 2)));
    rounded.push_back(LoadElement(dtype, &storage, 0));
  }
  return DeriveTolerance(dtype, exact, rounded);
}

struct Row {
  int64_t index = 0;  // of the sequence
  Sequence sequence = {};
  int64_t head = 0;
  int64_t position = 0;  // in the sequence
};

// Row `index` of all query rows of `problem`, counted by head and then along the sequences, or, if
// they are not packed, by batch, head and row.
Row RowAt(const Problem& problem, const CumulativeLengths& lengths, int64_t index) {
  const int64_t rows = QueryRows(problem);
  const int64_t at = index % rows;
  const int64_t head = index / rows;
  Row row = {.index = head / problem.q_heads, .head = head % problem.q_heads, .position = at};
  if (problem.packed) {
    const auto next = std::upper_bound(lengths.query.begin(), lengths.query.end(), at);
    row.index = next - lengths.query.begin() - 1;
  }
  row.sequence = SequenceAt(problem, lengths, row.index);
  row.position -= row.sequence.first_query;
  return row;
}

// The first, the last, and others drawn from `seed`, of `total` rows.
int64_t DrawIndex(int draw, uint64_t seed, int64_t total) {
  if (draw == 0) return 0;
  if (draw == 1) return total - 1;
  return static_cast<int64_t>(RandomUniform(seed, static_cast<uint64_t>(draw)) *
                              static_cast<double>(total));
}

bool SeesFewKeys(const Problem& problem, const Row& row) {
  const KeyRange keys =
      VisibleKeys(problem.mask, row.sequence.q_len, row.sequence.kv_len, row.position);
  return problem.dtype != Dtype::kFloat32 && keys.end - keys.begin < kFewKeys;
}

absl::StatusOr<HostTensors> CopyInputs(const DeviceTensors& tensors) {
  std::vector<TensorRole> roles = {TensorRole::kQuery,
                                   TensorRole::kKey,
                                   TensorRole::kValue,
                                   TensorRole::kAlibiSlopes,
                                   TensorRole::kCumulativeQueryLengths,
                                   TensorRole::kCumulativeKeyLengths};
  for (int64_t i = 0; i < kMaxNamedBuffers; ++i) roles.push_back(BufferRole(i));
  HostTensors inputs;
  for (const TensorRole role : roles) {
    if (!tensors.Has(role)) continue;
    ATTUNE_ASSIGN_OR_RETURN(inputs[role], tensors.CopyToHost(role));
  }
  return inputs;
}

}  // namespace

absl::StatusOr<SampledRows> SampledRows::Draw(const Problem& problem, const DeviceTensors& tensors,
                                              int count, uint64_t seed,
                                              const ForwardTolerance& tolerance) {
  SampledRows rows;
  rows.problem_ = problem;
  rows.few_keys_.tolerance = rows.many_keys_.tolerance = tolerance;
  const Problem used = WithoutUnusedRows(problem, tensors.lengths());
  const int64_t total = LogSumExpExtent(used);
  if (total == 0) return rows;

  ATTUNE_ASSIGN_OR_RETURN(HostTensors inputs, CopyInputs(tensors));
  const ForwardTensors host = BindForward([&](TensorRole role) -> void* {
    const auto input = inputs.find(role);
    return input == inputs.end() ? nullptr : input->second.data();
  });
  for (int i = 0; i < count; ++i) {
    const Row row = RowAt(used, tensors.lengths(), DrawIndex(i, seed, total));
    (SeesFewKeys(problem, row) ? rows.few_keys_ : rows.many_keys_)
        .places.push_back(PlaceOf(problem, row.sequence, row.index, row.head, row.position));
  }
  rows.Compute(host, rows.few_keys_);
  rows.Compute(host, rows.many_keys_);
  if (!rows.few_keys_.out.empty()) {
    rows.few_keys_.tolerance.out = ToleranceOfFewKeys(problem.dtype, rows.few_keys_.out);
  }
  return rows;
}

SampledRows::Place SampledRows::PlaceOf(const Problem& problem, const Sequence& sequence,
                                        int64_t batch, int64_t head, int64_t row) {
  const Strides strides = OutStrides(problem);
  return {.batch = batch,
          .head = head,
          .row = row,
          .out = sequence.batch * strides.batch + head * strides.head +
                 (sequence.first_query + row) * strides.length,
          .log_sum_exp = FirstQueryRow(problem, sequence, head) + row};
}

void SampledRows::Compute(const ForwardTensors& inputs, Group& group) const {
  const auto count = static_cast<int64_t>(group.places.size());
  group.out.resize(count * problem_.v_dim);
  group.log_sum_exp.resize(count);
  ParallelFor(count, AvailableThreads(), [&](int64_t i, int64_t) {
    const Place& place = group.places[i];
    const ReferenceRow row =
        ComputeReferenceRow(problem_, inputs, place.batch, place.head, place.row);
    std::copy(row.out.begin(), row.out.end(), group.out.begin() + i * problem_.v_dim);
    group.log_sum_exp[i] = row.log_sum_exp;
  });
}

absl::Status SampledRows::Check(const HostTensors& outputs) const {
  ATTUNE_RETURN_IF_ERROR(Check(few_keys_, outputs));
  return Check(many_keys_, outputs);
}

absl::Status SampledRows::Check(const Group& group, const HostTensors& outputs) const {
  if (group.places.empty()) return absl::OkStatus();
  const std::vector<uint8_t>& out_bytes = outputs.at(TensorRole::kOut);
  const std::vector<uint8_t>& log_sum_exp_bytes = outputs.at(TensorRole::kLogSumExp);
  std::vector<double> out;
  std::vector<double> log_sum_exp;
  for (const Place& place : group.places) {
    for (int64_t i = 0; i < problem_.v_dim; ++i) {
      out.push_back(LoadElement(problem_.dtype, out_bytes.data(), place.out + i));
    }
    log_sum_exp.push_back(
        LoadElement(Dtype::kFloat32, log_sum_exp_bytes.data(), place.log_sum_exp));
  }
  ATTUNE_RETURN_IF_ERROR(CheckTolerance(CompareArrays(group.out, out), group.tolerance.out,
                                        "out, of rows drawn at random"));
  return CheckTolerance(CompareArrays(group.log_sum_exp, log_sum_exp), group.tolerance.log_sum_exp,
                        "log_sum_exp, of rows drawn at random");
}

}  // namespace attune
