#include "attention/ternary/quantizer.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "attention/ternary/row_kernels.h"
#include "base/parallel.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

void Add(const ErrorSums& row, ErrorSums& total) {
  total.kept += row.kept;
  total.absolute_error += row.absolute_error;
  total.squared_error += row.squared_error;
  total.max_error = std::max(total.max_error, row.max_error);
  total.squared_weights += row.squared_weights;
  total.squared_ternary += row.squared_ternary;
  total.product += row.product;
}

// Memory of one worker.
struct Scratch {
  explicit Scratch(const Threshold& threshold) : finder(threshold) {}

  ThresholdFinder finder;
  std::vector<float> weights;
  std::vector<float> magnitudes;
};

// False if a weight is not finite.
bool TakeMagnitudes(Scratch& scratch) {
  scratch.magnitudes.resize(scratch.weights.size());
  return Magnitudes(scratch.weights.data(), static_cast<int64_t>(scratch.weights.size()),
                    scratch.magnitudes.data());
}

// Pads the row with zeros to whole words.
void LoadRow(const DenseMatrix& dense, int64_t row, std::vector<float>& weights) {
  weights.resize((dense.columns + kRowStep - 1) / kRowStep * kRowStep);
  const int64_t first = row * dense.columns;
  if (dense.dtype == Dtype::kFloat32) {
    std::memcpy(weights.data(), static_cast<const float*>(dense.data) + first,
                dense.columns * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < dense.columns; ++i) {
    weights[i] = LoadElement(dense.dtype, dense.data, first + i);
  }
}

// `scratch` holds the row's weights and magnitudes, all finite.
ErrorSums QuantizeRow(Scratch& scratch, int64_t row, TernaryMatrix& matrix) {
  const TernaryShape& shape = matrix.shape;
  ErrorSums sums;
  for (int64_t group = 0; group < GroupsPerRow(shape); ++group) {
    const int64_t first = group * GroupColumns(shape);
    const int64_t columns = std::min(GroupColumns(shape), shape.columns - first);
    const int64_t count = (columns + kRowStep - 1) / kRowStep * kRowStep;
    const float* magnitudes = &scratch.magnitudes[first];
    const float threshold = scratch.finder.Find(absl::MakeConstSpan(magnitudes, columns));
    const auto scale = static_cast<float>(SumAbove(magnitudes, count, threshold).mean());
    matrix.scales[row * GroupsPerRow(shape) + group] = scale;
    const int64_t word = row * WordsPerRow(shape) + first / kTernaryWordColumns;
    PackSigns(&scratch.weights[first], count, threshold, &matrix.plus[word], &matrix.minus[word]);
    Add(MeasureError(magnitudes, count, threshold, scale), sums);
  }
  return sums;
}

void LowerTo(std::atomic<int64_t>& least, int64_t value) {
  int64_t seen = least.load();
  while (value < seen && !least.compare_exchange_weak(seen, value)) {
  }
}

QuantizationStatistics StatisticsOf(const ErrorSums& sums, const DenseMatrix& dense,
                                    const TernaryShape& shape) {
  QuantizationStatistics statistics;
  statistics.elements = shape.rows * shape.columns;
  statistics.zeros = statistics.elements - sums.kept;
  statistics.dense_bytes = statistics.elements * DtypeBytes(dense.dtype);
  statistics.packed_bytes = TernaryBytes(shape);
  const auto count = static_cast<double>(statistics.elements);
  statistics.mean_absolute_error = sums.absolute_error / count;
  statistics.root_mean_square_error = std::sqrt(sums.squared_error / count);
  statistics.max_absolute_error = sums.max_error;
  if (sums.squared_weights > 0) {
    statistics.relative_error = std::sqrt(sums.squared_error / sums.squared_weights);
    statistics.cosine = sums.squared_ternary > 0 ? sums.product / std::sqrt(sums.squared_weights) /
                                                       std::sqrt(sums.squared_ternary)
                                                 : 0;
  }
  return statistics;
}

// That names the first weight of `row` that is not finite.
absl::Status NotFinite(const DenseMatrix& dense, int64_t row) {
  int64_t column = 0;
  const auto weight = [&] {
    return LoadElement(dense.dtype, dense.data, row * dense.columns + column);
  };
  while (std::isfinite(weight())) ++column;
  return absl::InvalidArgumentError(absl::StrCat("weight (", row, ", ", column, ") of ", dense.rows,
                                                 "x", dense.columns, " is ", weight(),
                                                 "; expected finite weights"));
}

}  // namespace

std::string QuantizationStatistics::ToString() const {
  return absl::StrFormat("sparsity %.1f%%, %.2fx smaller, relative error %.3f, cosine %.4f",
                         100 * sparsity(), compression(), relative_error, cosine);
}

absl::StatusOr<QuantizedMatrix> Quantize(const DenseMatrix& weights,
                                         const QuantizerOptions& options) {
  const TernaryShape shape = {
      .rows = weights.rows, .columns = weights.columns, .group = options.group};
  ATTUNE_RETURN_IF_ERROR(Validate(shape));
  ATTUNE_RETURN_IF_ERROR(Validate(options.threshold));
  if (weights.data == nullptr) {
    return absl::InvalidArgumentError("weights to quantize are null; expected their address");
  }
  QuantizedMatrix result = {.matrix = MakeTernaryMatrix(shape)};
  std::vector<ErrorSums> sums(shape.rows);
  std::atomic<int64_t> first_bad_row = kNone;
  const int64_t workers = AvailableThreads();
  std::vector<Scratch> scratch(workers, Scratch(options.threshold));
  ParallelFor(shape.rows, workers, [&](int64_t row, int64_t worker) {
    LoadRow(weights, row, scratch[worker].weights);
    if (!TakeMagnitudes(scratch[worker])) {
      LowerTo(first_bad_row, row);
      return;
    }
    sums[row] = QuantizeRow(scratch[worker], row, result.matrix);
  });
  if (first_bad_row != kNone) return NotFinite(weights, first_bad_row);
  ErrorSums total;
  for (const ErrorSums& row : sums) Add(row, total);
  result.statistics = StatisticsOf(total, weights, shape);
  return result;
}

std::vector<float> Unpack(const TernaryMatrix& matrix) {
  const TernaryShape& shape = matrix.shape;
  std::vector<float> dense(shape.rows * shape.columns);
  ParallelFor(shape.rows, AvailableThreads(), [&](int64_t row, int64_t) {
    for (int64_t column = 0; column < shape.columns; ++column) {
      dense[row * shape.columns + column] =
          static_cast<float>(matrix.Sign(row, column)) * matrix.Scale(row, column);
    }
  });
  return dense;
}

}  // namespace attune
