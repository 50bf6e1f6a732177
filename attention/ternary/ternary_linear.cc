#include "attention/ternary/ternary_linear.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "operators/process_defaults.h"

namespace attune {
namespace {

absl::Status CheckBias(const std::vector<float>& bias, int64_t rows) {
  if (!bias.empty() && static_cast<int64_t>(bias.size()) != rows) {
    return absl::InvalidArgumentError(absl::StrCat("the bias of a ternary layer has ", bias.size(),
                                                   " elements; its weights have ", rows, " rows"));
  }
  const auto bad =
      std::find_if(bias.begin(), bias.end(), [](float value) { return !std::isfinite(value); });
  if (bad == bias.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("element ", bad - bias.begin(),
                                                 " of the bias of a ternary layer is ", *bad,
                                                 "; expected finite numbers"));
}

}  // namespace

absl::StatusOr<TernaryLinear> TernaryLinear::Create(TernaryLinearWeights weights,
                                                    const TernaryLinearOptions& options) {
  ATTUNE_RETURN_IF_ERROR(Validate(weights.matrix));
  ATTUNE_RETURN_IF_ERROR(CheckBias(weights.bias, weights.matrix.shape.rows));
  TernaryLinear linear(std::move(weights), options);
  if (linear.options_.device == nullptr) linear.options_.device = &SharedCpuDevice();
  Device& device = *linear.options_.device;
  const std::vector<float>& bias = linear.weights_.bias;
  const auto bytes = static_cast<int64_t>(bias.size() * sizeof(float));
  ATTUNE_ASSIGN_OR_RETURN(linear.bias_, device.Allocate(bytes));
  ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(linear.bias_.data(), bias.data(), bytes));
  ATTUNE_RETURN_IF_ERROR(linear.Prepare(1));
  return linear;
}

absl::Status TernaryLinear::Prepare(int64_t batch) {
  if (plans_.count(batch) > 0) return absl::OkStatus();
  const TernaryMatmulProblem problem = {.batch = batch,
                                        .weights = shape(),
                                        .activation = options_.activation,
                                        .output = options_.output,
                                        .bias = !weights_.bias.empty()};
  ATTUNE_ASSIGN_OR_RETURN(
      TernaryMatmulPlan plan,
      TernaryMatmul::Plan(problem, {.device = options_.device, .cache = options_.cache}));
  const std::string layout = plan.weight_layout().name;
  auto packed = packed_.find(layout);
  if (packed == packed_.end()) {
    ATTUNE_ASSIGN_OR_RETURN(Buffer weights, plan.PackWeights(weights_.matrix));
    packed = packed_.emplace(layout, std::move(weights)).first;
  }
  plans_.emplace(batch, Planned{std::move(plan), packed->second.data()});
  return absl::OkStatus();
}

absl::Status TernaryLinear::Run(int64_t batch, const TernaryLinearTensors& tensors,
                                Stream& stream) {
  ATTUNE_RETURN_IF_ERROR(Prepare(batch));
  const Planned& planned = plans_.at(batch);
  return planned.plan.Run({.activations = tensors.activations,
                           .activation_scales = tensors.activation_scales,
                           .weights = planned.weights,
                           .bias = static_cast<const float*>(bias_.data()),
                           .out = tensors.out,
                           .shares_activations = tensors.shares_activations},
                          stream);
}

int64_t TernaryLinear::weight_bytes() const {
  int64_t bytes = bias_.bytes();
  for (const auto& [layout, weights] : packed_) bytes += weights.bytes();
  return bytes;
}

}  // namespace attune
