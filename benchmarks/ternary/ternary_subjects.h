// What the ternary benchmarks time, each ready to be run again and again.
#ifndef ATTUNE_BENCHMARKS_TERNARY_TERNARY_SUBJECTS_H_
#define ATTUNE_BENCHMARKS_TERNARY_TERNARY_SUBJECTS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/matmul_problem.h"
#include "device/device.h"

namespace attune {

struct TernarySubject {
  std::function<absl::Status()> run;  // once, to its end
  std::string label;                  // the configuration
};

// The product on `device`, the CPU, as it is planned without a cache.
absl::StatusOr<TernarySubject> MatmulSubject(const TernaryMatmulProblem& problem, Device& device);

// The same product with dense fp32 weights: OpenBLAS's sgemv at batch 1, its sgemm at larger ones.
TernarySubject OpenblasSubject(const TernaryMatmulProblem& problem);

// Quantizing standard-normal fp32 weights with `group` columns a scale, by least squares.
TernarySubject QuantizerSubject(int64_t rows, int64_t columns, int64_t group);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_TERNARY_TERNARY_SUBJECTS_H_
