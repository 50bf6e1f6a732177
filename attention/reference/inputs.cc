#include "attention/reference/inputs.h"

namespace attune {
namespace {

template <typename Tensors>
ReferenceInputs LoadShared(const Problem& problem, const Tensors& tensors) {
  ReferenceInputs inputs;
  inputs.query =
      LoadContiguous(problem.dtype, tensors.query, QueryShape(problem), QueryStrides(problem));
  inputs.key = LoadContiguous(problem.dtype, tensors.key, KeyShape(problem), KeyStrides(problem));
  inputs.value =
      LoadContiguous(problem.dtype, tensors.value, ValueShape(problem), ValueStrides(problem));
  if (problem.alibi) {
    inputs.alibi_slopes.assign(tensors.alibi_slopes, tensors.alibi_slopes + problem.q_heads);
  }
  return inputs;
}

}  // namespace

TensorShape QueryShape(const Problem& problem) {
  return {problem.batch, problem.q_heads, problem.q_len, problem.qk_dim};
}
TensorShape KeyShape(const Problem& problem) {
  return {problem.batch, problem.kv_heads, problem.kv_len, problem.qk_dim};
}
TensorShape ValueShape(const Problem& problem) {
  return {problem.batch, problem.kv_heads, problem.kv_len, problem.v_dim};
}
TensorShape OutShape(const Problem& problem) {
  return {problem.batch, problem.q_heads, problem.q_len, problem.v_dim};
}

std::vector<double> LoadContiguous(Dtype dtype, const void* data, const TensorShape& shape,
                                   const Strides& strides) {
  std::vector<double> elements;
  elements.reserve(shape.elements());
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      for (int64_t i = 0; i < shape.length; ++i) {
        const int64_t row = b * strides.batch + h * strides.head + i * strides.length;
        for (int64_t d = 0; d < shape.dim; ++d) {
          elements.push_back(LoadElement(dtype, data, row + d));
        }
      }
    }
  }
  return elements;
}

ReferenceInputs LoadReferenceInputs(const Problem& problem, const ForwardTensors& tensors) {
  return LoadShared(problem, tensors);
}

ReferenceInputs LoadReferenceInputs(const Problem& problem, const BackwardTensors& tensors) {
  ReferenceInputs inputs = LoadShared(problem, tensors);
  inputs.d_out =
      LoadContiguous(problem.dtype, tensors.d_out, OutShape(problem), OutStrides(problem));
  return inputs;
}

}  // namespace attune
