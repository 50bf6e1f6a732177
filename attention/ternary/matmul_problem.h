// What is asked of a product with ternary weights, and what follows from it by arithmetic alone.
#ifndef ATTUNE_ATTENTION_TERNARY_MATMUL_PROBLEM_H_
#define ATTUNE_ATTENTION_TERNARY_MATMUL_PROBLEM_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attention/ternary/ternary_matrix.h"
#include "autotune/space/variables.h"
#include "autotune/workload/workload.h"
#include "numerics/dtype.h"

namespace attune {

// "ternary_matmul": the operator's name in workloads.
inline constexpr char kTernaryMatmul[] = "ternary_matmul";
// The largest batch.
inline constexpr int64_t kMaxTernaryBatch = int64_t{1} << 20;

// How activations are stored. An int8 activation stands for itself times the scale of its row.
enum class Activation { kFloat32, kBfloat16, kInt8 };

// "fp32", "bf16", "int8".
absl::string_view ActivationName(Activation activation);
absl::StatusOr<Activation> ParseActivation(absl::string_view name);
int64_t ActivationBytes(Activation activation);

// out[m, n] = bias[n] + activation_scale[m] * sum over groups g of row n of
//                scale[n, g] * (sum of x[m, k] over plus columns k of g - the same over minus)
// where activation_scale is there for int8 alone, and bias if `bias` is. Sums are at least as
// accurate as in fp32.
struct TernaryMatmulProblem {
  int64_t batch = 1;     // M, rows of activations
  TernaryShape weights;  // N, K and the group
  Activation activation = Activation::kFloat32;
  Dtype output = Dtype::kFloat32;  // fp32 or bf16
  bool bias = false;

  friend bool operator==(const TernaryMatmulProblem&, const TernaryMatmulProblem&) = default;

  // "batch=1 weights=4096x4096 activation=bf16 output=bf16", and "bias" behind it where there is
  // one.
  std::string ToString() const;
};

// InvalidArgument names the field, what was wrong and what is expected.
absl::Status Validate(const TernaryMatmulProblem& problem);

// A multiply and an add for each weight and row of activations, whatever of them is zero.
double Flops(const TernaryMatmulProblem& problem);

// The fewest bytes that must move: packed weights, scales, bias and activations read once, outputs
// written once.
int64_t BytesMoved(const TernaryMatmulProblem& problem);

// What of `problem` decides speed. Traits: activation, output, group, bias (0 or 1). Sizes: batch,
// rows, columns.
Workload WorkloadOf(const TernaryMatmulProblem& problem);

// The valid problem that `workload` stands for. InvalidArgument names the trait or size that is
// missing, unknown or malformed.
absl::StatusOr<TernaryMatmulProblem> TernaryMatmulProblemOf(const Workload& workload);

// The numbers that constraints may name: batch, rows, columns, group, activation_bytes,
// activation_is_bf16, activation_is_int8, output_bytes, bias.
Variables ProblemVariables(const TernaryMatmulProblem& problem);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_MATMUL_PROBLEM_H_
