#include "benchmarks/ternary/ternary_subjects.h"

#include <openblas-pthread/cblas.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "attention/ternary/quantizer.h"
#include "attention/ternary/ternary_matmul.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr uint64_t kSeed = 1;

// Standard normals, the latest of each size kept: the largest has a gigabyte.
std::shared_ptr<const std::vector<float>> Normals(int64_t count) {
  static auto* const kept = new std::map<int64_t, std::weak_ptr<const std::vector<float>>>;
  std::shared_ptr<const std::vector<float>> found = (*kept)[count].lock();
  if (found != nullptr) return found;
  auto normals = std::make_shared<std::vector<float>>(count);
  FillNormal(kSeed, Dtype::kFloat32, normals->data(), count);
  (*kept)[count] = normals;
  return normals;
}

struct MatmulState {
  MatmulInputs inputs;
  TernaryMatmulPlan plan;
  Buffer weights;
  std::unique_ptr<Stream> stream;
  std::vector<uint8_t> out;
};

}  // namespace

absl::StatusOr<TernarySubject> MatmulSubject(const TernaryMatmulProblem& problem, Device& device) {
  ATTUNE_ASSIGN_OR_RETURN(TernaryMatmulPlan plan,
                          TernaryMatmul::Plan(problem, {.device = &device}));
  MatmulInputs inputs = DrawMatmulInputs(problem, kSeed);
  ATTUNE_ASSIGN_OR_RETURN(Buffer weights, plan.PackWeights(inputs.weights));
  ATTUNE_ASSIGN_OR_RETURN(std::unique_ptr<Stream> stream, device.CreateStream());
  const std::string label = plan.configuration().ToString();
  const int64_t out_bytes = problem.batch * problem.weights.rows * DtypeBytes(problem.output);
  auto state = std::make_shared<MatmulState>(MatmulState{std::move(inputs), std::move(plan),
                                                         std::move(weights), std::move(stream),
                                                         std::vector<uint8_t>(out_bytes)});
  const auto run = [state]() -> absl::Status {
    ATTUNE_RETURN_IF_ERROR(
        state->plan.Run({.activations = state->inputs.activations.data(),
                         .activation_scales = state->inputs.activation_scales.data(),
                         .weights = state->weights.data(),
                         .bias = state->inputs.bias.data(),
                         .out = state->out.data()},
                        *state->stream));
    return state->stream->Synchronize();
  };
  return TernarySubject{run, label};
}

TernarySubject OpenblasSubject(const TernaryMatmulProblem& problem) {
  const auto batch = static_cast<int>(problem.batch);
  const auto rows = static_cast<int>(problem.weights.rows);
  const auto columns = static_cast<int>(problem.weights.columns);
  const auto weights = Normals(problem.weights.rows * problem.weights.columns);
  const auto activations = Normals(problem.batch * problem.weights.columns);
  const auto out = std::make_shared<std::vector<float>>(problem.batch * problem.weights.rows);
  const auto run = [=] {
    if (batch == 1) {
      cblas_sgemv(CblasRowMajor, CblasNoTrans, rows, columns, 1, weights->data(), columns,
                  activations->data(), 1, 0, out->data(), 1);
    } else {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, rows, columns, 1,
                  activations->data(), columns, weights->data(), columns, 0, out->data(), rows);
    }
    return absl::OkStatus();
  };
  return {run, ""};
}

TernarySubject QuantizerSubject(int64_t rows, int64_t columns, int64_t group) {
  const auto weights = Normals(rows * columns);
  const auto run = [=] {
    return Quantize({.data = weights->data(), .rows = rows, .columns = columns}, {.group = group})
        .status();
  };
  return {run, ""};
}

}  // namespace attune
