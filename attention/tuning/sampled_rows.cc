#include "attention/tuning/sampled_rows.h"

#include <algorithm>

#include "attention/reference/forward.h"
#include "attention/sequences.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/error.h"
#include "numerics/random.h"

namespace attune {

namespace {

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

}  // namespace

absl::StatusOr<SampledRows> SampledRows::Draw(const Problem& problem, const DeviceTensors& tensors,
                                              int count, uint64_t seed,
                                              const ForwardTolerance& tolerance) {
  SampledRows rows;
  rows.problem_ = problem;
  rows.tolerance_ = tolerance;
  const Problem used = WithoutUnusedRows(problem, tensors.lengths());
  const int64_t total = LogSumExpExtent(used);
  if (total == 0) return rows;

  HostTensors inputs;
  std::vector<TensorRole> roles = {TensorRole::kQuery,
                                   TensorRole::kKey,
                                   TensorRole::kValue,
                                   TensorRole::kAlibiSlopes,
                                   TensorRole::kCumulativeQueryLengths,
                                   TensorRole::kCumulativeKeyLengths};
  for (int64_t i = 0; i < kMaxNamedBuffers; ++i) roles.push_back(BufferRole(i));
  for (const TensorRole role : roles) {
    if (!tensors.Has(role)) continue;
    ATTUNE_ASSIGN_OR_RETURN(inputs[role], tensors.CopyToHost(role));
  }
  const ForwardTensors host = BindForward([&](TensorRole role) -> void* {
    const auto input = inputs.find(role);
    return input == inputs.end() ? nullptr : input->second.data();
  });
  const Strides strides = OutStrides(problem);
  for (int i = 0; i < count; ++i) {
    int64_t index = static_cast<int64_t>(RandomUniform(seed, static_cast<uint64_t>(i)) *
                                         static_cast<double>(total));
    if (i == 0) index = 0;
    if (i == 1) index = total - 1;
    const Row at = RowAt(used, tensors.lengths(), index);
    const int64_t position = at.sequence.first_query + at.position;
    rows.places_.push_back(
        {.batch = at.index,
         .head = at.head,
         .row = at.position,
         .out =
             at.sequence.batch * strides.batch + at.head * strides.head + position * strides.length,
         .log_sum_exp = FirstQueryRow(problem, at.sequence, at.head) + at.position});
  }
  rows.Compute(host);
  return rows;
}

void SampledRows::Compute(const ForwardTensors& inputs) {
  const auto count = static_cast<int64_t>(places_.size());
  out_.resize(count * problem_.v_dim);
  log_sum_exp_.resize(count);
  ParallelFor(count, AvailableThreads(), [&](int64_t i, int64_t) {
    const Place& place = places_[i];
    const ReferenceRow row =
        ComputeReferenceRow(problem_, inputs, place.batch, place.head, place.row);
    std::copy(row.out.begin(), row.out.end(), out_.begin() + i * problem_.v_dim);
    log_sum_exp_[i] = row.log_sum_exp;
  });
}

absl::Status SampledRows::Check(const HostTensors& outputs) const {
  if (places_.empty()) return absl::OkStatus();
  const std::vector<uint8_t>& out_bytes = outputs.at(TensorRole::kOut);
  const std::vector<uint8_t>& log_sum_exp_bytes = outputs.at(TensorRole::kLogSumExp);
  std::vector<double> out;
  std::vector<double> log_sum_exp;
  for (const Place& place : places_) {
    for (int64_t i = 0; i < problem_.v_dim; ++i) {
      out.push_back(LoadElement(problem_.dtype, out_bytes.data(), place.out + i));
    }
    log_sum_exp.push_back(
        LoadElement(Dtype::kFloat32, log_sum_exp_bytes.data(), place.log_sum_exp));
  }
  ATTUNE_RETURN_IF_ERROR(
      CheckTolerance(CompareArrays(out_, out), tolerance_.out, "out, of rows drawn at random"));
  return CheckTolerance(CompareArrays(log_sum_exp_, log_sum_exp), tolerance_.log_sum_exp,
                        "log_sum_exp, of rows drawn at random");
}

}  // namespace attune
