// Sequences of different lengths in one batch, without padding. docs/problems.md speaks of it.
#include <cstdint>
#include <iostream>
#include <vector>

#include "attention/attention.h"

int main() {
  // Planned once, for up to four sequences of up to 256 rows, and up to 512 rows in all.
  const attune::Problem problem = {
      .dtype = attune::Dtype::kFloat32,
      .batch = 4,
      .q_heads = 8,
      .kv_heads = 2,
      .q_len = 256,
      .kv_len = 256,
      .qk_dim = 64,
      .v_dim = 64,
      .packed = attune::Packed{.total_q_len = 512, .total_kv_len = 512},
      .mask = attune::Mask::Causal()};
  const auto plan = attune::Attention::Plan(problem);
  if (!plan.ok()) {
    std::cerr << plan.status() << "\n";
    return 1;
  }

  // Rows of all sequences, one behind another: [512, heads, 64].
  const std::vector<float> query(attune::QueryExtent(problem), 0.5f);
  const std::vector<float> key(attune::KeyExtent(problem), 0.25f);
  const std::vector<float> value(attune::ValueExtent(problem), 1.0f);
  std::vector<float> out(attune::OutExtent(problem));
  // Lengths 200, 0, 17 and 256; then, with the same plan, 3, 1, 4 and 1.
  for (const std::vector<int32_t>& lengths :
       {std::vector<int32_t>{0, 200, 200, 217, 473}, std::vector<int32_t>{0, 3, 4, 8, 9}}) {
    out.assign(out.size(), 0.0f);
    const absl::Status status =
        plan->Run(attune::ForwardTensors{.query = query.data(),
                                         .key = key.data(),
                                         .value = value.data(),
                                         .cumulative_query_lengths = lengths.data(),
                                         .cumulative_key_lengths = lengths.data(),
                                         .out = out.data()});
    if (!status.ok()) {
      std::cerr << status << "\n";
      return 1;
    }
    // Means of ones where there are rows; what lies behind the last sequence stays as it was.
    const int64_t end = lengths.back() * problem.q_heads * problem.v_dim;
    if (out[end - 1] < 0.999f || out[end - 1] > 1.001f || out[end] != 0.0f) return 1;
  }
  return 0;
}
