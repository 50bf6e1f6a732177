#include "attention/reference/inputs.h"

#include <utility>

namespace attune {
namespace {

CumulativeLengths LengthsOf(const Problem& problem, const int32_t* query, const int32_t* key) {
  if (!problem.packed) return {};
  return {.query = {query, query + problem.batch + 1}, .key = {key, key + problem.batch + 1}};
}

// `problem` has the shapes that are loaded.
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
  return {TensorBatch(problem), problem.q_heads, QueryRows(problem), problem.qk_dim};
}
TensorShape KeyShape(const Problem& problem) {
  return {TensorBatch(problem), problem.kv_heads, KeyRows(problem), problem.qk_dim};
}
TensorShape ValueShape(const Problem& problem) {
  return {TensorBatch(problem), problem.kv_heads, KeyRows(problem), problem.v_dim};
}
TensorShape OutShape(const Problem& problem) {
  return {TensorBatch(problem), problem.q_heads, QueryRows(problem), problem.v_dim};
}

TensorShape LogSumExpShape(const Problem& problem) {
  return {TensorBatch(problem), problem.q_heads, QueryRows(problem), 1};
}

std::vector<double> LoadBuffer(const NamedBuffer& buffer, const void* data) {
  const auto load = [&](const auto* elements) {
    return std::vector<double>(elements, elements + buffer.extent);
  };
  if (buffer.element == BufferElement::kInt32) return load(static_cast<const int32_t*>(data));
  return load(static_cast<const float*>(data));
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
  CumulativeLengths lengths =
      LengthsOf(problem, tensors.cumulative_query_lengths, tensors.cumulative_key_lengths);
  ReferenceInputs inputs = LoadShared(WithoutUnusedRows(problem, lengths), tensors);
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    inputs.buffers.push_back(LoadBuffer(problem.buffers[i], tensors.buffers[i]));
  }
  inputs.lengths = std::move(lengths);
  return inputs;
}

ReferenceInputs LoadReferenceInputs(const Problem& problem, const BackwardTensors& tensors) {
  CumulativeLengths lengths =
      LengthsOf(problem, tensors.cumulative_query_lengths, tensors.cumulative_key_lengths);
  const Problem used = WithoutUnusedRows(problem, lengths);
  ReferenceInputs inputs = LoadShared(used, tensors);
  inputs.d_out = LoadContiguous(used.dtype, tensors.d_out, OutShape(used), OutStrides(used));
  inputs.lengths = std::move(lengths);
  return inputs;
}

}  // namespace attune
