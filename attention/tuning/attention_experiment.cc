#include "attention/tuning/attention_experiment.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attention/tuning/verification_problem.h"
#include "attention/verification/guarded_array.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// A second set makes sure that nothing of one run is left for the next to find in a cache or a
// register.
constexpr int kInputSets = 2;
constexpr int kSampledRows = 16;
// A NaN in every dtype.
constexpr uint8_t kPoison = 0xff;

class AttentionCandidate : public Candidate {
 public:
  AttentionCandidate(AttentionExperiment* experiment, std::unique_ptr<AttentionKernel> small,
                     std::unique_ptr<AttentionKernel> full, Buffer workspace)
      : experiment_(experiment),
        small_(std::move(small)),
        full_(std::move(full)),
        workspace_(std::move(workspace)) {}

  absl::Status Verify() override {
    ATTUNE_RETURN_IF_ERROR(experiment_->VerifySmall(*small_));
    return experiment_->VerifyFull(*full_, workspace_.data());
  }

  absl::Status Launch(Stream& stream) override {
    return experiment_->Launch(*full_, workspace_.data(), stream);
  }

  Resources resources() const override { return full_->resources(); }

 private:
  AttentionExperiment* experiment_;
  std::unique_ptr<AttentionKernel> small_;
  std::unique_ptr<AttentionKernel> full_;
  Buffer workspace_;
};

// Nothing is timed that was not verified, and the reference cannot compile C++.
absl::Status CheckVerifiable(const Problem& problem) {
  const bool score = problem.score_expression.empty() || problem.score_function;
  const bool mask = problem.mask_expression.empty() || problem.mask_function;
  if (score && mask) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "a problem with a ", score ? "mask_expression" : "score_expression",
      " cannot be tuned without a ", score ? "mask_function" : "score_function",
      " that computes the same for the reference: set it in Problem and tune from a program; text "
      "cannot carry it"));
}

std::variant<ForwardExpectation, BackwardExpectation> Expect(const AttentionInputs& inputs) {
  if (inputs.direction() == Direction::kForward) return ExpectForward(inputs);
  return ExpectBackward(inputs);
}

// Poison, with a guard of more poison behind it: no kernel may rely on what its workspace holds, or
// write beyond it.
absl::StatusOr<Buffer> AllocateGuardedWorkspace(int64_t bytes, Device& device) {
  ATTUNE_ASSIGN_OR_RETURN(Buffer workspace, device.Allocate(bytes + GuardedArray::kGuardBytes));
  ATTUNE_RETURN_IF_ERROR(device.Fill(workspace.data(), kPoison, workspace.bytes()));
  return workspace;
}

absl::Status CheckWorkspaceGuard(const Buffer& workspace, Device& device) {
  const int64_t bytes = workspace.bytes() - GuardedArray::kGuardBytes;
  std::vector<uint8_t> guard(GuardedArray::kGuardBytes);
  ATTUNE_RETURN_IF_ERROR(device.CopyToHost(
      guard.data(), static_cast<const uint8_t*>(workspace.data()) + bytes, guard.size()));
  for (size_t i = 0; i < guard.size(); ++i) {
    if (guard[i] == kPoison) continue;
    return absl::DataLossError(absl::StrCat("workspace: byte ", bytes + static_cast<int64_t>(i),
                                            " of ", bytes, " was written"));
  }
  return absl::OkStatus();
}

}  // namespace

AttentionExperiment::AttentionExperiment(const AttentionFamily& family, const Problem& problem,
                                         Device& device, uint64_t seed)
    : family_(family),
      problem_(problem),
      device_(device),
      small_inputs_(VerificationProblem(problem), family.direction(), seed),
      small_expectation_(Expect(small_inputs_)) {}

absl::StatusOr<std::unique_ptr<AttentionExperiment>> AttentionExperiment::Create(
    const AttentionFamily& family, const Problem& problem, Device& device, uint64_t seed) {
  ATTUNE_RETURN_IF_ERROR(family.Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(CheckVerifiable(problem));
  std::unique_ptr<AttentionExperiment> experiment(
      new AttentionExperiment(family, problem, device, seed));
  ATTUNE_RETURN_IF_ERROR(experiment->Initialize(seed));
  return experiment;
}

absl::Status AttentionExperiment::Initialize(uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(stream_, device_.CreateStream());
  for (int set = 0; set < kInputSets; ++set) {
    ATTUNE_ASSIGN_OR_RETURN(DeviceTensors tensors,
                            DeviceTensors::Create(problem_, family_.direction(), device_,
                                                  seed + static_cast<uint64_t>(set)));
    sets_.push_back(std::move(tensors));
  }
  if (family_.direction() == Direction::kForward) {
    const auto& expectation = std::get<ForwardExpectation>(small_expectation_);
    ATTUNE_ASSIGN_OR_RETURN(
        rows_, SampledRows::Draw(problem_, sets_[0], kSampledRows, seed, expectation.tolerance));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Candidate>> AttentionExperiment::Prepare(
    const Configuration& configuration) {
  ATTUNE_ASSIGN_OR_RETURN(auto small,
                          family_.Prepare(small_inputs_.problem(), configuration, device_));
  ATTUNE_ASSIGN_OR_RETURN(auto full, family_.Prepare(problem_, configuration, device_));
  ATTUNE_ASSIGN_OR_RETURN(Buffer workspace, device_.Allocate(full->workspace_bytes()));
  return std::make_unique<AttentionCandidate>(this, std::move(small), std::move(full),
                                              std::move(workspace));
}

absl::Status AttentionExperiment::RunOn(AttentionInputs& inputs, const AttentionKernel& kernel) {
  std::map<TensorRole, Buffer> buffers;
  for (const HostTensor& tensor : inputs.tensors()) {
    const auto bytes = tensor.array.bytes();
    ATTUNE_ASSIGN_OR_RETURN(buffers[tensor.role],
                            device_.Allocate(static_cast<int64_t>(bytes.size())));
    ATTUNE_RETURN_IF_ERROR(device_.CopyToDevice(buffers[tensor.role].data(), bytes.data(),
                                                static_cast<int64_t>(bytes.size())));
  }
  const auto address = [&](TensorRole role) -> void* {
    const auto buffer = buffers.find(role);
    if (buffer == buffers.end()) return nullptr;
    return static_cast<uint8_t*>(buffer->second.data()) + GuardedArray::kGuardBytes;
  };
  const bool forward = family_.direction() == Direction::kForward;
  const AttentionTensors tensors =
      forward ? AttentionTensors(BindForward(address)) : AttentionTensors(BindBackward(address));
  ATTUNE_ASSIGN_OR_RETURN(const Buffer workspace,
                          AllocateGuardedWorkspace(kernel.workspace_bytes(), device_));
  ATTUNE_RETURN_IF_ERROR(kernel.Run(tensors, workspace.data(), *stream_));
  ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
  ATTUNE_RETURN_IF_ERROR(CheckWorkspaceGuard(workspace, device_));
  for (HostTensor& tensor : inputs.tensors()) {
    const auto bytes = tensor.array.bytes();
    ATTUNE_RETURN_IF_ERROR(device_.CopyToHost(bytes.data(), buffers.at(tensor.role).data(),
                                              static_cast<int64_t>(bytes.size())));
  }
  return absl::OkStatus();
}

absl::Status AttentionExperiment::VerifySmall(const AttentionKernel& kernel) {
  // A copy: a kernel that changes its inputs must not be a verdict on those after it.
  AttentionInputs inputs = small_inputs_;
  ATTUNE_RETURN_IF_ERROR(RunOn(inputs, kernel));
  if (const auto* forward = std::get_if<ForwardExpectation>(&small_expectation_)) {
    return VerifyForward(inputs, *forward);
  }
  return VerifyBackward(inputs, std::get<BackwardExpectation>(small_expectation_));
}

absl::Status AttentionExperiment::VerifyFull(const AttentionKernel& kernel, void* workspace) {
  ATTUNE_RETURN_IF_ERROR(sets_[0].PoisonOutputs());
  ATTUNE_RETURN_IF_ERROR(kernel.Run(sets_[0].Bind(), workspace, *stream_));
  ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
  ATTUNE_RETURN_IF_ERROR(sets_[0].CheckAllWritten());
  return rows_.Check(sets_[0]);
}

absl::Status AttentionExperiment::Launch(const AttentionKernel& kernel, void* workspace,
                                         Stream& stream) {
  next_set_ = (next_set_ + 1) % sets_.size();
  return kernel.Run(sets_[next_set_].Bind(), workspace, stream);
}

}  // namespace attune
