#include "attention/tuning/sampled_rows.h"

#include <algorithm>

#include "attention/reference/forward.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/error.h"
#include "numerics/random.h"

namespace attune {

absl::StatusOr<SampledRows> SampledRows::Draw(const Problem& problem, const DeviceTensors& tensors,
                                              int count, uint64_t seed,
                                              const ForwardTolerance& tolerance) {
  SampledRows rows;
  rows.problem_ = problem;
  rows.tolerance_ = tolerance;
  const int64_t total = problem.batch * problem.q_heads * problem.q_len;
  if (total == 0) return rows;

  HostTensors inputs;
  for (const TensorRole role : {TensorRole::kQuery, TensorRole::kKey, TensorRole::kValue}) {
    ATTUNE_ASSIGN_OR_RETURN(inputs[role], tensors.CopyToHost(role));
  }
  if (problem.alibi) {
    ATTUNE_ASSIGN_OR_RETURN(inputs[TensorRole::kAlibiSlopes],
                            tensors.CopyToHost(TensorRole::kAlibiSlopes));
  }
  const ForwardTensors host = BindForward([&](TensorRole role) -> void* {
    const auto input = inputs.find(role);
    return input == inputs.end() ? nullptr : input->second.data();
  });
  for (int i = 0; i < count; ++i) {
    int64_t index = static_cast<int64_t>(RandomUniform(seed, static_cast<uint64_t>(i)) *
                                         static_cast<double>(total));
    if (i == 0) index = 0;
    if (i == 1) index = total - 1;
    const int64_t head = index / problem.q_len;
    rows.places_.push_back({head / problem.q_heads, head % problem.q_heads, index % problem.q_len});
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
  const Strides strides = OutStrides(problem_);
  std::vector<double> out;
  std::vector<double> log_sum_exp;
  for (const Place& place : places_) {
    const int64_t first =
        place.batch * strides.batch + place.head * strides.head + place.row * strides.length;
    for (int64_t i = 0; i < problem_.v_dim; ++i) {
      out.push_back(LoadElement(problem_.dtype, out_bytes.data(), first + i));
    }
    log_sum_exp.push_back(
        LoadElement(Dtype::kFloat32, log_sum_exp_bytes.data(),
                    (place.batch * problem_.q_heads + place.head) * problem_.q_len + place.row));
  }
  ATTUNE_RETURN_IF_ERROR(
      CheckTolerance(CompareArrays(out_, out), tolerance_.out, "out, of rows drawn at random"));
  return CheckTolerance(CompareArrays(log_sum_exp_, log_sum_exp), tolerance_.log_sum_exp,
                        "log_sum_exp, of rows drawn at random");
}

}  // namespace attune
