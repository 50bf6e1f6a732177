#include "testing/gpu/standard_problems.h"

#include "absl/strings/str_cat.h"
#include "attention/square_problem.h"

namespace attune {
namespace {

NamedProblem Decode() {
  Problem problem = SquareProblem(Dtype::kBfloat16, 4, 8, 1, 128, Mask::Causal());
  problem.kv_heads = 2;
  problem.kv_len = 4096;
  return {"decode_bf16", problem};
}

NamedProblem RowsWithoutKeys() {
  Problem problem = SquareProblem(Dtype::kFloat16, 1, 2, 200, 64, Mask::Causal());
  problem.kv_len = 70;
  return {"rows_without_keys_fp16", problem};
}

NamedProblem Grouped() {
  Problem problem = SquareProblem(Dtype::kBfloat16, 2, 8, 300, 128, Mask::Causal());
  problem.kv_heads = 2;
  return {"grouped_causal_bf16", problem};
}

NamedProblem Modified() {
  Problem problem = SquareProblem(Dtype::kFloat16, 1, 4, 257, 64, Mask::Causal());
  problem.soft_cap = 30;
  problem.alibi = true;
  return {"soft_cap_alibi_fp16", problem};
}

NamedProblem UnequalDims() {
  Problem problem = SquareProblem(Dtype::kBfloat16, 1, 2, 200, 192);
  problem.v_dim = 128;
  return {"unequal_dims_bf16", problem};
}

}  // namespace

std::vector<NamedProblem> SizedProblems() {
  std::vector<NamedProblem> problems;
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const absl::string_view name = DtypeName(dtype);
    problems.push_back({absl::StrCat("small_", name), SquareProblem(dtype, 1, 4, 128, 64)});
    problems.push_back({absl::StrCat("medium_", name), SquareProblem(dtype, 2, 8, 512, 64)});
    problems.push_back({absl::StrCat("large_", name), SquareProblem(dtype, 4, 16, 1024, 64)});
  }
  return problems;
}

std::vector<NamedProblem> FeatureProblems() {
  return {{"causal_fp32", SquareProblem(Dtype::kFloat32, 1, 4, 333, 64, Mask::Causal())},
          {"top_left_causal_bf16",
           SquareProblem(Dtype::kBfloat16, 1, 4, 333, 64, Mask::Causal(Alignment::kTopLeft))},
          {"window_bf16", SquareProblem(Dtype::kBfloat16, 1, 4, 500, 128, Mask::Window(128, 0))},
          Grouped(),
          Modified(),
          UnequalDims(),
          {"head_dim_256_bf16", SquareProblem(Dtype::kBfloat16, 1, 2, 300, 256, Mask::Causal())},
          {"head_dim_16_fp16", SquareProblem(Dtype::kFloat16, 1, 2, 300, 16)},
          Decode(),
          RowsWithoutKeys(),
          {"long_bf16", SquareProblem(Dtype::kBfloat16, 1, 2, 16384, 128, Mask::Causal())}};
}

}  // namespace attune
