#include "attention/ternary/cuda/cuda_ternary_support.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// A weight is worth 64 to the 8-bit products (expand.cuh), an activation up to 128.
constexpr int64_t kMaxInt8Columns = ((int64_t{1} << 31) - 1) / (64 * 128);

absl::Status CheckAddress(absl::string_view family, absl::string_view tensor, const void* address,
                          uintptr_t grain) {
  const uintptr_t misalignment = reinterpret_cast<uintptr_t>(address) % grain;
  if (address != nullptr && misalignment == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      family, " needs the address of ", tensor, " to be a multiple of ", grain, "; it is ",
      address == nullptr ? "null" : absl::StrCat(misalignment, " beyond one"), "."));
}

}  // namespace

absl::Status CheckCudaTernaryTensors(absl::string_view family,
                                     const TernaryMatmulTensors& tensors) {
  ATTUNE_RETURN_IF_ERROR(CheckAddress(family, "activations", tensors.activations, 16));
  ATTUNE_RETURN_IF_ERROR(CheckAddress(family, "weights", tensors.weights, 16));
  return CheckAddress(family, "out", tensors.out, 16);
}

absl::Status CheckCudaTernaryProblem(absl::string_view family,
                                     const TernaryMatmulProblem& problem) {
  if (problem.activation == Activation::kFloat32) {
    return absl::UnimplementedError(
        absl::StrCat(family,
                     " multiplies bf16 or int8 activations on tensor cores, which have no fp32: "
                     "convert the activations, or run on the CPU."));
  }
  if (problem.activation == Activation::kInt8 && problem.weights.group == 0 &&
      problem.weights.columns > kMaxInt8Columns) {
    return absl::UnimplementedError(absl::StrCat(
        family, " adds int8 products up in int32, which holds those of ", kMaxInt8Columns,
        " columns; ", problem.ToString(), " has more: use bf16 activations, or scales per group."));
  }
  return absl::OkStatus();
}

ternary_cuda::Activation DeviceActivation(const TernaryMatmulProblem& problem) {
  return problem.activation == Activation::kInt8 ? ternary_cuda::Activation::kInt8
                                                 : ternary_cuda::Activation::kBfloat16;
}

ternary_cuda::Output DeviceOutput(const TernaryMatmulProblem& problem) {
  return problem.output == Dtype::kFloat32 ? ternary_cuda::Output::kFloat
                                           : ternary_cuda::Output::kBfloat16;
}

absl::string_view DeviceActivationName(ternary_cuda::Activation activation) {
  return activation == ternary_cuda::Activation::kInt8
             ? "attune::ternary_cuda::Activation::kInt8"
             : "attune::ternary_cuda::Activation::kBfloat16";
}

absl::string_view DeviceOutputName(ternary_cuda::Output output) {
  return output == ternary_cuda::Output::kFloat ? "attune::ternary_cuda::Output::kFloat"
                                                : "attune::ternary_cuda::Output::kBfloat16";
}

}  // namespace attune
