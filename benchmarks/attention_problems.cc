#include "benchmarks/attention_problems.h"

#include "attention/square_problem.h"

namespace attune {
namespace {

constexpr int64_t kTokens = 16384;
constexpr int64_t kHidden = 2048;

Problem AllTokens(Dtype dtype, int64_t length, int64_t dim, const Mask& mask) {
  return SquareProblem(dtype, kTokens / length, kHidden / dim, length, dim, mask);
}

std::vector<Problem> SingleProblems() {
  std::vector<Problem> problems;
  for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
    problems.push_back(AllTokens(Dtype::kFloat16, 4096, 128, mask));
    problems.push_back(SquareProblem(Dtype::kFloat32, 4, 32, 2048, 64, mask));
  }
  const Problem causal = AllTokens(Dtype::kBfloat16, 8192, 128, Mask::Causal());
  Problem grouped = causal;
  grouped.q_heads = 32;
  grouped.kv_heads = 8;
  problems.push_back(grouped);
  Problem window = grouped;
  window.mask = Mask::Window(4096, 0);
  problems.push_back(window);
  Problem capped = AllTokens(Dtype::kBfloat16, 8192, 256, Mask::Causal());
  capped.soft_cap = 50;
  problems.push_back(capped);
  Problem alibi = causal;
  alibi.alibi = true;
  problems.push_back(alibi);
  Problem uneven = AllTokens(Dtype::kBfloat16, 4096, 128, Mask::Causal());
  uneven.qk_dim = 192;
  problems.push_back(uneven);
  return problems;
}

Problem Decode(Dtype dtype, int64_t batch, int64_t heads, int64_t kv_heads, int64_t kv_len) {
  Problem problem = SquareProblem(dtype, batch, heads, kv_len, 128, Mask::Causal());
  problem.kv_heads = kv_heads;
  problem.q_len = 1;
  return problem;
}

}  // namespace

std::vector<Problem> ModestProblems() {
  std::vector<Problem> problems;
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
      problems.push_back(SquareProblem(dtype, 2, 8, 512, 64, mask));
      for (const int64_t length : {512, 1024, 2048}) {
        problems.push_back(SquareProblem(dtype, 4, 16, length, 64, mask));
      }
    }
  }
  return problems;
}

std::vector<Problem> LargeProblems() {
  std::vector<Problem> problems;
  for (const int64_t dim : {64, 128, 256}) {
    for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
      for (int64_t length = 512; length <= kTokens; length *= 2) {
        problems.push_back(AllTokens(Dtype::kBfloat16, length, dim, mask));
      }
    }
  }
  for (const Problem& single : SingleProblems()) problems.push_back(single);
  return problems;
}

std::vector<Problem> DecodeProblems() {
  std::vector<Problem> problems;
  for (const int64_t kv_len : {2048, 8192, 32768, 131072}) {
    problems.push_back(Decode(Dtype::kBfloat16, 1, 32, 8, kv_len));
  }
  for (const int64_t kv_len : {2048, 8192}) {
    problems.push_back(Decode(Dtype::kBfloat16, 16, 32, 8, kv_len));
  }
  problems.push_back(Decode(Dtype::kBfloat16, 64, 32, 8, 2048));
  problems.push_back(Decode(Dtype::kBfloat16, 16, 32, 1, 8192));
  problems.push_back(Decode(Dtype::kBfloat16, 4, 32, 32, 8192));
  problems.push_back(Decode(Dtype::kFloat16, 16, 32, 8, 8192));
  Problem drafted = Decode(Dtype::kBfloat16, 16, 32, 8, 8192);
  drafted.q_len = 4;
  problems.push_back(drafted);
  return problems;
}

std::vector<Problem> ModestDecodeProblems() {
  std::vector<Problem> problems;
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kBfloat16}) {
    for (const int64_t batch : {1, 4}) {
      for (const int64_t kv_len : {2048, 16384}) {
        problems.push_back(Decode(dtype, batch, 8, 2, kv_len));
      }
    }
  }
  return problems;
}

}  // namespace attune
