#include "attention/ternary/tuning/matmul_case.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attention/verification/guarded_array.h"
#include "base/status_macros.h"
#include "numerics/nan.h"

namespace attune {
namespace {

// A NaN in every dtype.
constexpr uint8_t kPoison = 0xff;

template <typename Element>
absl::StatusOr<Buffer> Upload(const std::vector<Element>& elements, Device& device) {
  const auto bytes = static_cast<int64_t>(elements.size() * sizeof(Element));
  ATTUNE_ASSIGN_OR_RETURN(Buffer buffer, device.Allocate(bytes));
  ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(buffer.data(), elements.data(), bytes));
  return buffer;
}

absl::Status CheckWorkspaceGuard(const Buffer& workspace, Device& device) {
  std::vector<uint8_t> guard(GuardedArray::kGuardBytes);
  const int64_t bytes = workspace.bytes() - GuardedArray::kGuardBytes;
  ATTUNE_RETURN_IF_ERROR(device.CopyToHost(
      guard.data(), static_cast<const uint8_t*>(workspace.data()) + bytes, guard.size()));
  const auto written =
      std::find_if(guard.begin(), guard.end(), [](uint8_t byte) { return byte != kPoison; });
  if (written == guard.end()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("workspace: byte ", bytes + (written - guard.begin()),
                                          " of ", bytes, " was written"));
}

int64_t Shrunk(int64_t size, int64_t modulus) { return std::min(size, modulus + size % modulus); }

}  // namespace

absl::StatusOr<MatmulCase> MatmulCase::Create(const TernaryMatmulProblem& problem, Device& device,
                                              uint64_t seed, int64_t samples) {
  ATTUNE_RETURN_IF_ERROR(attune::Validate(problem));
  MatmulCase made(DrawMatmulInputs(problem, seed), device);
  made.expectation_ = ExpectMatmul(made.inputs_, samples, seed);
  ATTUNE_RETURN_IF_ERROR(made.Allocate());
  return made;
}

absl::Status MatmulCase::Allocate() {
  ATTUNE_ASSIGN_OR_RETURN(activations_, Upload(inputs_.activations, *device_));
  ATTUNE_ASSIGN_OR_RETURN(activation_scales_, Upload(inputs_.activation_scales, *device_));
  ATTUNE_ASSIGN_OR_RETURN(bias_, Upload(inputs_.bias, *device_));
  const TernaryMatmulProblem& problem = inputs_.problem;
  const int64_t bytes = problem.batch * problem.weights.rows * DtypeBytes(problem.output);
  ATTUNE_ASSIGN_OR_RETURN(
      out_, device_->Allocate((bytes + 255) / 256 * 256 + 2 * GuardedArray::kGuardBytes));
  return absl::OkStatus();
}

absl::StatusOr<TernaryMatmulTensors> MatmulCase::Tensors(const TernaryMatmulKernel& kernel) {
  const WeightLayout layout = kernel.weight_layout();
  auto found = weights_.find(layout.name);
  if (found == weights_.end()) {
    std::vector<uint8_t> packed(layout.bytes);
    kernel.PackWeights(inputs_.weights, absl::MakeSpan(packed));
    ATTUNE_ASSIGN_OR_RETURN(Buffer weights, Upload(packed, *device_));
    found = weights_.emplace(layout.name, std::move(weights)).first;
  }
  return TernaryMatmulTensors{
      .activations = activations_.data(),
      .activation_scales = static_cast<const float*>(activation_scales_.data()),
      .weights = found->second.data(),
      .bias = static_cast<const float*>(bias_.data()),
      .out = static_cast<uint8_t*>(out_.data()) + GuardedArray::kGuardBytes};
}

absl::Status MatmulCase::Verify(const TernaryMatmulKernel& kernel) {
  ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulTensors tensors, Tensors(kernel));
  const TernaryMatmulProblem& problem = inputs_.problem;
  GuardedArray out(problem.output, problem.batch * problem.weights.rows);
  const auto bytes = static_cast<int64_t>(out.bytes().size());
  ATTUNE_RETURN_IF_ERROR(device_->CopyToDevice(out_.data(), out.bytes().data(), bytes));
  ATTUNE_ASSIGN_OR_RETURN(const Buffer workspace,
                          device_->Allocate(kernel.workspace_bytes() + GuardedArray::kGuardBytes));
  ATTUNE_RETURN_IF_ERROR(device_->Fill(workspace.data(), kPoison, workspace.bytes()));
  ATTUNE_RETURN_IF_ERROR(kernel.PrepareWorkspace(workspace.data(), *device_));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, device_->CreateStream());
  ATTUNE_RETURN_IF_ERROR(kernel.Run(tensors, workspace.data(), *stream));
  ATTUNE_RETURN_IF_ERROR(stream->Synchronize());
  ATTUNE_RETURN_IF_ERROR(CheckWorkspaceGuard(workspace, *device_));
  ATTUNE_RETURN_IF_ERROR(device_->CopyToHost(out.bytes().data(), out_.data(), bytes));
  ATTUNE_RETURN_IF_ERROR(out.CheckGuards("out"));
  const std::optional<int64_t> nan = FirstNan(problem.output, out.data(), out.elements());
  if (nan.has_value()) {
    return absl::DataLossError(absl::StrCat("out: element ", *nan, " of ", out.elements(),
                                            out.IsPoison(*nan) ? " was not written" : " is NaN"));
  }
  return CheckMatmul(problem, expectation_, out.data());
}

TernaryMatmulProblem SmallMatmulProblem(const TernaryMatmulProblem& problem) {
  TernaryMatmulProblem small = problem;
  small.batch = Shrunk(problem.batch, 64);
  small.weights.rows = Shrunk(problem.weights.rows, 256);
  small.weights.columns = Shrunk(problem.weights.columns, 1024);
  return small;
}

}  // namespace attune
