#include "benchmarks/openblas_attention.h"

#include <oneapi/tbb/parallel_for.h>
#include <openblas-pthread/cblas.h>

#include <algorithm>
#include <cmath>

namespace attune {
namespace {

void SoftmaxInPlace(float* row, int64_t count) {
  const float maximum = *std::max_element(row, row + count);
  float sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    row[i] = std::exp(row[i] - maximum);
    sum += row[i];
  }
  for (int64_t i = 0; i < count; ++i) row[i] /= sum;
}

}  // namespace

OpenblasAttention::OpenblasAttention(const Problem& problem)
    : problem_(problem), scores_(problem.q_len * problem.kv_len) {}

void OpenblasAttention::Run(const ForwardTensors& tensors) {
  const int length = static_cast<int>(problem_.q_len);
  const int dim = static_cast<int>(problem_.qk_dim);
  const float scale = static_cast<float>(SoftmaxScale(problem_));
  for (int64_t head = 0; head < problem_.q_heads; ++head) {
    const int64_t start = head * problem_.q_len * problem_.qk_dim;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, length, length, dim, scale,
                static_cast<const float*>(tensors.query) + start, dim,
                static_cast<const float*>(tensors.key) + start, dim, 0, scores_.data(), length);
    oneapi::tbb::parallel_for(int64_t{0}, problem_.q_len, [&](int64_t row) {
      SoftmaxInPlace(scores_.data() + row * length, length);
    });
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, length, dim, length, 1, scores_.data(),
                length, static_cast<const float*>(tensors.value) + start, dim, 0,
                static_cast<float*>(tensors.out) + start, dim);
  }
}

}  // namespace attune
