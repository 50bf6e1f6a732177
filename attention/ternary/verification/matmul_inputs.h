// Seeded inputs of a product with ternary weights, and what it has to give.
#ifndef ATTUNE_ATTENTION_TERNARY_VERIFICATION_MATMUL_INPUTS_H_
#define ATTUNE_ATTENTION_TERNARY_VERIFICATION_MATMUL_INPUTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "attention/ternary/matmul_problem.h"
#include "attention/ternary/ternary_matrix.h"

namespace attune {

// In host memory; bytes as TernaryMatmulTensors has them.
struct MatmulInputs {
  TernaryMatmulProblem problem;
  TernaryMatrix weights;
  std::vector<uint8_t> activations;
  std::vector<float> activation_scales;  // empty unless activations are int8
  std::vector<float> bias;               // empty if the problem has none
};

// A valid matrix of `shape`, a valid one: of the signs about a third are +1, two ninths -1 and four
// ninths 0; scales are from 0.5 to 1.5 times 1 / sqrt(columns), so that products with normal
// activations are of the order of one.
TernaryMatrix RandomTernaryMatrix(const TernaryShape& shape, uint64_t seed);

// Standard-normal activations, as int8 in steps of their row's scale; standard-normal bias.
MatmulInputs DrawMatmulInputs(const TernaryMatmulProblem& problem, uint64_t seed);

// Activation (m, k) as the number that it stands for.
double ActivationValue(const MatmulInputs& inputs, int64_t row, int64_t column);

// Output (m, n) in fp64, and the sum of the magnitudes of all that is added up for it: by
// definition (attention/ternary/matmul_problem.h), element by element.
struct ExpectedOutput {
  double value = 0;
  double magnitude = 0;
};
ExpectedOutput ReferenceOutput(const MatmulInputs& inputs, int64_t batch_row, int64_t weight_row);

// Which outputs are compared, and with what.
struct MatmulExpectation {
  std::vector<int64_t> indices;  // batch_row * rows + weight_row
  std::vector<ExpectedOutput> outputs;
};

// Of all outputs, or of `samples` drawn from `seed` where there are more; the first and the last
// are always among them. On all threads.
MatmulExpectation ExpectMatmul(const MatmulInputs& inputs, int64_t samples, uint64_t seed);

// OK if each expected output of `out`, the problem's output tensor, is off by no more than sums in
// fp32 may be (2^-20 of the magnitude: sixteen roundings of all of it in one direction) and one
// rounding to the output's dtype. DataLoss names the worst. An all-zero output fails: its errors
// are the outputs.
absl::Status CheckMatmul(const TernaryMatmulProblem& problem, const MatmulExpectation& expectation,
                         const void* out);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_VERIFICATION_MATMUL_INPUTS_H_
