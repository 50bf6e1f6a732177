// Causal attention forward on the machine's CPU. The README shows this file.
#include <iostream>
#include <vector>

#include "attention/attention.h"

int main() {
  const attune::Problem problem = {.dtype = attune::Dtype::kFloat32,
                                   .batch = 1,
                                   .q_heads = 8,
                                   .kv_heads = 2,
                                   .q_len = 128,
                                   .kv_len = 128,
                                   .qk_dim = 64,
                                   .v_dim = 64,
                                   .mask = attune::Mask::Causal()};
  const auto plan = attune::Attention::Plan(problem);
  if (!plan.ok()) {
    std::cerr << plan.status() << "\n";
    return 1;
  }
  std::cout << plan->Explain();

  const std::vector<float> query(attune::QueryExtent(problem), 0.5f);
  const std::vector<float> key(attune::KeyExtent(problem), 0.25f);
  const std::vector<float> value(attune::ValueExtent(problem), 1.0f);
  std::vector<float> out(attune::OutExtent(problem));
  const absl::Status status = plan->Run(attune::ForwardTensors{
      .query = query.data(), .key = key.data(), .value = value.data(), .out = out.data()});
  // Every value is one, so every weighted mean of values is one.
  return status.ok() && out.front() > 0.999f && out.back() < 1.001f ? 0 : 1;
}
