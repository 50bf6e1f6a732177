#include "attention/ternary/verification/matmul_inputs.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/parallel.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr double kSumError = 0x1p-20;
// Streams of one seed.
enum Stream : uint64_t { kPlanes = 1, kScales, kActivations, kActivationScales, kBias, kSamples };

uint64_t StreamSeed(uint64_t seed, Stream stream) { return RandomBits(seed, stream); }

// Bits that are set with one chance in three: of a draw's sixteen-bit quarters.
uint32_t Thirds(uint64_t seed, uint64_t index) {
  uint32_t word = 0;
  for (int draw = 0; draw < 8; ++draw) {
    const uint64_t bits = RandomBits(seed, index * 8 + draw);
    for (int i = 0; i < 4; ++i) {
      word |= static_cast<uint32_t>((bits >> 16 * i & 0xffff) < 0x5555) << (4 * draw + i);
    }
  }
  return word;
}

void DrawActivations(MatmulInputs& inputs, uint64_t seed) {
  const TernaryMatmulProblem& problem = inputs.problem;
  const int64_t columns = problem.weights.columns;
  const int64_t count = problem.batch * columns;
  inputs.activations.resize(count * ActivationBytes(problem.activation));
  if (problem.activation != Activation::kInt8) {
    const Dtype dtype =
        problem.activation == Activation::kFloat32 ? Dtype::kFloat32 : Dtype::kBfloat16;
    FillNormal(StreamSeed(seed, kActivations), dtype, inputs.activations.data(), count);
    return;
  }
  inputs.activation_scales.resize(problem.batch);
  for (int64_t row = 0; row < problem.batch; ++row) {
    // Four standard deviations are the largest integer, more or less.
    const double spread = 0.75 + 0.5 * RandomUniform(StreamSeed(seed, kActivationScales), row);
    inputs.activation_scales[row] = static_cast<float>(4 * spread / 127);
  }
  ParallelFor(problem.batch, AvailableThreads(), [&](int64_t row, int64_t) {
    for (int64_t i = row * columns; i < (row + 1) * columns; ++i) {
      const double normal = RandomNormal(StreamSeed(seed, kActivations), i);
      const double step = std::round(normal / inputs.activation_scales[row]);
      inputs.activations[i] =
          static_cast<uint8_t>(static_cast<int8_t>(std::clamp(step, -128.0, 127.0)));
    }
  });
}

}  // namespace

TernaryMatrix RandomTernaryMatrix(const TernaryShape& shape, uint64_t seed) {
  TernaryMatrix matrix = MakeTernaryMatrix(shape);
  const int64_t words = WordsPerRow(shape);
  const int64_t tail = shape.columns % kTernaryWordColumns;
  const uint32_t last = tail == 0 ? ~uint32_t{0} : (uint32_t{1} << tail) - 1;
  const uint64_t planes = StreamSeed(seed, kPlanes);
  ParallelFor(shape.rows, AvailableThreads(), [&](int64_t row, int64_t) {
    for (int64_t word = 0; word < words; ++word) {
      const int64_t index = row * words + word;
      const uint32_t kept = word == words - 1 ? last : ~uint32_t{0};
      matrix.plus[index] = Thirds(planes, 2 * index) & kept;
      matrix.minus[index] = Thirds(planes, 2 * index + 1) & kept & ~matrix.plus[index];
    }
  });
  for (size_t i = 0; i < matrix.scales.size(); ++i) {
    const double factor = 0.5 + RandomUniform(StreamSeed(seed, kScales), i);
    matrix.scales[i] = static_cast<float>(factor / std::sqrt(static_cast<double>(shape.columns)));
  }
  return matrix;
}

MatmulInputs DrawMatmulInputs(const TernaryMatmulProblem& problem, uint64_t seed) {
  MatmulInputs inputs = {.problem = problem, .weights = RandomTernaryMatrix(problem.weights, seed)};
  DrawActivations(inputs, seed);
  if (problem.bias) {
    inputs.bias.resize(problem.weights.rows);
    FillNormal(StreamSeed(seed, kBias), Dtype::kFloat32, inputs.bias.data(), problem.weights.rows);
  }
  return inputs;
}

double ActivationValue(const MatmulInputs& inputs, int64_t row, int64_t column) {
  const int64_t index = row * inputs.problem.weights.columns + column;
  const uint8_t* data = inputs.activations.data();
  switch (inputs.problem.activation) {
    case Activation::kFloat32:
      return LoadElement(Dtype::kFloat32, data, index);
    case Activation::kBfloat16:
      return LoadElement(Dtype::kBfloat16, data, index);
    case Activation::kInt8:
      return static_cast<double>(static_cast<int8_t>(data[index])) * inputs.activation_scales[row];
  }
  return 0;
}

ExpectedOutput ReferenceOutput(const MatmulInputs& inputs, int64_t batch_row, int64_t weight_row) {
  ExpectedOutput output;
  const auto add = [&](double term) {
    output.value += term;
    output.magnitude += std::abs(term);
  };
  for (int64_t column = 0; column < inputs.problem.weights.columns; ++column) {
    const int sign = inputs.weights.Sign(weight_row, column);
    if (sign == 0) continue;
    add(sign * static_cast<double>(inputs.weights.Scale(weight_row, column)) *
        ActivationValue(inputs, batch_row, column));
  }
  if (inputs.problem.bias) add(inputs.bias[weight_row]);
  return output;
}

MatmulExpectation ExpectMatmul(const MatmulInputs& inputs, int64_t samples, uint64_t seed) {
  const int64_t rows = inputs.problem.weights.rows;
  const int64_t outputs = inputs.problem.batch * rows;
  const bool all = outputs <= samples;
  MatmulExpectation expectation;
  expectation.indices.resize(std::min(outputs, samples));
  for (size_t i = 0; i < expectation.indices.size(); ++i) {
    const uint64_t drawn = RandomBits(StreamSeed(seed, kSamples), i) % outputs;
    expectation.indices[i] = static_cast<int64_t>(all ? i : drawn);
  }
  if (!all) {
    expectation.indices.front() = 0;
    expectation.indices.back() = outputs - 1;
  }
  expectation.outputs.resize(expectation.indices.size());
  ParallelFor(static_cast<int64_t>(expectation.indices.size()), AvailableThreads(),
              [&](int64_t i, int64_t) {
                const int64_t index = expectation.indices[i];
                expectation.outputs[i] = ReferenceOutput(inputs, index / rows, index % rows);
              });
  return expectation;
}

absl::Status CheckMatmul(const TernaryMatmulProblem& problem, const MatmulExpectation& expectation,
                         const void* out) {
  double worst = 1;  // in units of what is allowed
  std::string message;
  for (size_t i = 0; i < expectation.indices.size(); ++i) {
    const int64_t index = expectation.indices[i];
    const ExpectedOutput& expected = expectation.outputs[i];
    const double actual = LoadElement(problem.output, out, index);
    const double allowed = kSumError * expected.magnitude +
                           DtypeEpsilon(problem.output) / 2 * std::abs(expected.value) * 1.001;
    const double excess = std::abs(actual - expected.value) / std::max(allowed, 0x1p-126);
    // Written so that NaN is in excess of everything, and the first one stays the worst.
    if (excess <= worst || std::isnan(worst)) continue;
    worst = excess;
    message = absl::StrCat("out(", index / problem.weights.rows, ", ", index % problem.weights.rows,
                           ") of ", problem.ToString(), " is ", actual, "; expected ",
                           expected.value, " within ", allowed);
  }
  return message.empty() ? absl::OkStatus() : absl::DataLossError(message);
}

}  // namespace attune
