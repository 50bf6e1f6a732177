// The products that the benchmark of ternary products on a GPU times, and what they are held to.
#ifndef ATTUNE_BENCHMARKS_TERNARY_GPU_TERNARY_ROWS_H_
#define ATTUNE_BENCHMARKS_TERNARY_GPU_TERNARY_ROWS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "attention/ternary/matmul_problem.h"
#include "benchmarks/ternary/gpu_cublas.h"

namespace attune {

constexpr int64_t kLargeTernaryBatch = 4096;

// Each product waits for the one before it, as in a chain of layers; or all share activations, as
// q, k and v do, and may overlap.
enum class ProductOrder { kWaiting, kShared };

// A product, and the dense one of the same sizes beside it.
struct TernaryRow {
  TernaryMatmulProblem problem;
  DenseType dense;
  ProductOrder order = ProductOrder::kWaiting;

  // As docs/benchmarks.md has names: activations, sizes, rival and variant.
  std::string name() const;
  // The rival of all products of a shape and batch, whatever their activations: so it has a name of
  // its own.
  std::string dense_name() const;
};

// Batches of 1 to 8 in both orders, beside cuBLAS in fp16, and of kLargeTernaryBatch, beside cuBLAS
// in the operands' own type.
std::vector<TernaryRow> TernaryRows();

struct TernaryLimits {
  // Of small batches that share activations: how many times as fast as cuBLAS, and the share of the
  // read bandwidth at which packed weights move.
  double over_cublas = 0;
  double of_read = 0;
  // Of large ones: the share of cuBLAS's rate.
  double of_rate = 0;
};

struct TernaryReport {
  std::string table;
  // Whether every row keeps the limits, and there is one for each limit above zero.
  bool kept = true;
};

// `seconds`: of a benchmark by its name, 0 where it did not run; such rows are left out. `read`:
// bytes per second, 0 if unknown, which keeps no limit above zero.
TernaryReport ReportTernaryRows(const std::vector<TernaryRow>& rows,
                                const std::function<double(const std::string&)>& seconds,
                                double read, const TernaryLimits& limits);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_TERNARY_GPU_TERNARY_ROWS_H_
