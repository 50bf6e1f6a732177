// A problem's inputs as the reference reads them: fp64 and contiguous, whatever dtype and strides
// they came in.
#ifndef ATTUNE_ATTENTION_REFERENCE_INPUTS_H_
#define ATTUNE_ATTENTION_REFERENCE_INPUTS_H_

#include <cstdint>
#include <vector>

#include "attention/expressions.h"
#include "attention/problem.h"
#include "attention/sequences.h"
#include "attention/tensors.h"
#include "numerics/dtype.h"

namespace attune {

struct TensorShape {
  int64_t batch = 1;
  int64_t heads = 1;
  int64_t length = 1;
  int64_t dim = 1;

  int64_t elements() const { return batch * heads * length * dim; }
  friend bool operator==(const TensorShape&, const TensorShape&) = default;
};

// Packed sequences have a batch of 1 and all rows of the tensors as their length.
TensorShape QueryShape(const Problem& problem);
TensorShape KeyShape(const Problem& problem);
TensorShape ValueShape(const Problem& problem);
TensorShape OutShape(const Problem& problem);
TensorShape LogSumExpShape(const Problem& problem);

// The elements of a named buffer at `data`.
std::vector<double> LoadBuffer(const NamedBuffer& buffer, const void* data);

// The elements of a strided tensor in the order [batch, head, length, dim].
std::vector<double> LoadContiguous(Dtype dtype, const void* data, const TensorShape& shape,
                                   const Strides& strides);

// Each [batch, heads, length, dim]; of packed sequences [heads, rows, dim], with the rows up to the
// last sequence's end. The problem's dtype, layout and strides do not apply to these.
struct ReferenceInputs {
  CumulativeLengths lengths;
  std::vector<double> query;
  std::vector<double> key;
  std::vector<double> value;
  std::vector<double> alibi_slopes;  // [q_heads], empty without alibi
  std::vector<double> d_out;         // empty for forward
  BufferValues buffers;
};

// Of tensors in the host's memory, of the problem's dtype and strides, widened to fp64; none that
// the problem asks for may be missing.
ReferenceInputs LoadReferenceInputs(const Problem& problem, const ForwardTensors& tensors);
ReferenceInputs LoadReferenceInputs(const Problem& problem, const BackwardTensors& tensors);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_REFERENCE_INPUTS_H_
