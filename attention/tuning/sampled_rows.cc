#include "attention/tuning/sampled_rows.h"

#include <map>

#include "attention/reference/forward.h"
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

  std::map<TensorRole, std::vector<uint8_t>> inputs;
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
    const Place place = {head / problem.q_heads, head % problem.q_heads, index % problem.q_len};
    const ReferenceRow row = ComputeReferenceRow(problem, host, place.batch, place.head, place.row);
    rows.places_.push_back(place);
    rows.out_.insert(rows.out_.end(), row.out.begin(), row.out.end());
    rows.log_sum_exp_.push_back(row.log_sum_exp);
  }
  return rows;
}

absl::Status SampledRows::Check(const DeviceTensors& tensors) const {
  if (places_.empty()) return absl::OkStatus();
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<uint8_t> out_bytes,
                          tensors.CopyToHost(TensorRole::kOut));
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<uint8_t> log_sum_exp_bytes,
                          tensors.CopyToHost(TensorRole::kLogSumExp));
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
