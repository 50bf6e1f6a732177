// From dense weights to ternary ones, and back.
#ifndef ATTUNE_ATTENTION_TERNARY_QUANTIZER_H_
#define ATTUNE_ATTENTION_TERNARY_QUANTIZER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attention/ternary/ternary_matrix.h"
#include "attention/ternary/threshold.h"
#include "numerics/dtype.h"

namespace attune {

// Somebody else's weights [rows, columns], contiguous.
struct DenseMatrix {
  Dtype dtype = Dtype::kFloat32;
  const void* data = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;
};

struct QuantizerOptions {
  Threshold threshold;
  int64_t group = 0;  // columns that share a scale: 0 (the row), 32, 64 or 128
};

// As measured over all elements, in fp64, with w the weights and t what they became.
struct QuantizationStatistics {
  int64_t elements = 0;
  int64_t zeros = 0;  // elements of t with neither bit set
  int64_t dense_bytes = 0;
  int64_t packed_bytes = 0;
  double mean_absolute_error = 0;
  double root_mean_square_error = 0;
  double max_absolute_error = 0;
  double relative_error = 0;  // |w - t| / |w|, Euclidean; 0 where all of w is zero
  double cosine = 1;          // <w, t> / (|w| |t|); 1 where both are zero, 0 where one of them is

  double sparsity() const { return static_cast<double>(zeros) / static_cast<double>(elements); }
  double compression() const {
    return static_cast<double>(dense_bytes) / static_cast<double>(packed_bytes);
  }

  // One line: "sparsity 45.7%, 15.9x smaller, relative error 0.436, cosine 0.9000".
  std::string ToString() const;
};

struct QuantizedMatrix {
  TernaryMatrix matrix;
  QuantizationStatistics statistics;
};

// Of each row or group keeps the signs of the weights whose magnitude is above the threshold, with
// the mean of those magnitudes for scale; where none is, the scale is 0. On all threads, row by
// row: the result does not depend on how many there are.
// InvalidArgument: a shape or an option that is not valid, no data, a weight that is NaN or
// infinite, named by its row and column.
absl::StatusOr<QuantizedMatrix> Quantize(const DenseMatrix& weights,
                                         const QuantizerOptions& options = {});

// The dense matrix [rows, columns] that `matrix`, a valid one, stands for.
std::vector<float> Unpack(const TernaryMatrix& matrix);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_QUANTIZER_H_
