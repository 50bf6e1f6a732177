#include "attention/tuning/attention_experiment.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "attention/verification/guarded_array.h"
#include "attention/verification/verify.h"
#include "base/status_macros.h"
#include "device/host_pinning.h"

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
                     std::unique_ptr<AttentionKernel> full)
      : experiment_(experiment), small_(std::move(small)), full_(std::move(full)) {}

  absl::Status Verify() override {
    // Not before: many candidates are prepared ahead, and few hold memory at a time.
    ATTUNE_ASSIGN_OR_RETURN(workspace_, experiment_->AllocateWorkspace(*full_));
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
                                         Device& device,
                                         std::shared_ptr<const VerificationCase> small)
    : family_(family), problem_(problem), device_(device), small_(std::move(small)) {}

absl::StatusOr<std::unique_ptr<AttentionExperiment>> AttentionExperiment::Create(
    const AttentionFamily& family, const Problem& problem, Device& device, VerificationCases& cases,
    uint64_t seed) {
  ATTUNE_RETURN_IF_ERROR(family.Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(CheckVerifiable(problem));
  std::unique_ptr<AttentionExperiment> experiment(new AttentionExperiment(
      family, problem, device, cases.Get(problem, family.direction(), seed)));
  ATTUNE_RETURN_IF_ERROR(experiment->Initialize(seed));
  return experiment;
}

absl::Status AttentionExperiment::Initialize(uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(stream_, device_.CreateStream());
  ATTUNE_RETURN_IF_ERROR(AllocateSmall());
  for (int set = 0; set < kInputSets; ++set) {
    ATTUNE_ASSIGN_OR_RETURN(
        DeviceTensors tensors,
        DeviceTensors::Create(problem_, family_.direction(), device_, seed, set));
    sets_.push_back(std::move(tensors));
  }
  if (family_.direction() == Direction::kForward) {
    const auto& expectation = std::get<ForwardExpectation>(small_->expectation);
    ATTUNE_ASSIGN_OR_RETURN(
        rows_, SampledRows::Draw(problem_, sets_[0], kSampledRows, seed, expectation.tolerance));
  }
  return absl::OkStatus();
}

absl::Status AttentionExperiment::AllocateSmall() {
  for (const HostTensor& tensor : small_->inputs.tensors()) {
    ATTUNE_ASSIGN_OR_RETURN(small_buffers_[tensor.role],
                            device_.Allocate(static_cast<int64_t>(tensor.array.bytes().size())));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Candidate>> AttentionExperiment::Prepare(
    const Configuration& configuration) {
  ATTUNE_ASSIGN_OR_RETURN(auto small,
                          family_.Prepare(small_->inputs.problem(), configuration, device_));
  ATTUNE_ASSIGN_OR_RETURN(auto full, family_.Prepare(problem_, configuration, device_));
  return std::make_unique<AttentionCandidate>(this, std::move(small), std::move(full));
}

absl::StatusOr<Buffer> AttentionExperiment::AllocateWorkspace(const AttentionKernel& kernel) {
  ATTUNE_ASSIGN_OR_RETURN(Buffer workspace, device_.Allocate(kernel.workspace_bytes()));
  ATTUNE_RETURN_IF_ERROR(kernel.PrepareWorkspace(workspace.data(), device_));
  return workspace;
}

absl::Status AttentionExperiment::RunOn(AttentionInputs& inputs, const AttentionKernel& kernel) {
  for (const HostTensor& tensor : inputs.tensors()) {
    const auto bytes = tensor.array.bytes();
    ATTUNE_RETURN_IF_ERROR(device_.CopyToDevice(small_buffers_.at(tensor.role).data(), bytes.data(),
                                                static_cast<int64_t>(bytes.size())));
  }
  const auto address = [&](TensorRole role) -> void* {
    const auto buffer = small_buffers_.find(role);
    if (buffer == small_buffers_.end()) return nullptr;
    return static_cast<uint8_t*>(buffer->second.data()) + GuardedArray::kGuardBytes;
  };
  const bool forward = family_.direction() == Direction::kForward;
  const AttentionTensors tensors =
      forward ? AttentionTensors(BindForward(address)) : AttentionTensors(BindBackward(address));
  ATTUNE_ASSIGN_OR_RETURN(const Buffer workspace,
                          AllocateGuardedWorkspace(kernel.workspace_bytes(), device_));
  ATTUNE_RETURN_IF_ERROR(kernel.PrepareWorkspace(workspace.data(), device_));
  ATTUNE_RETURN_IF_ERROR(kernel.Run(tensors, workspace.data(), *stream_));
  ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
  ATTUNE_RETURN_IF_ERROR(CheckWorkspaceGuard(workspace, device_));
  for (HostTensor& tensor : inputs.tensors()) {
    const auto bytes = tensor.array.bytes();
    ATTUNE_RETURN_IF_ERROR(device_.CopyToHost(bytes.data(), small_buffers_.at(tensor.role).data(),
                                              static_cast<int64_t>(bytes.size())));
  }
  return absl::OkStatus();
}

absl::Status AttentionExperiment::VerifySmall(const AttentionKernel& kernel) {
  // A copy: a kernel that changes its inputs must not be a verdict on those after it.
  AttentionInputs inputs = small_->inputs;
  ATTUNE_RETURN_IF_ERROR(RunOn(inputs, kernel));
  if (const auto* forward = std::get_if<ForwardExpectation>(&small_->expectation)) {
    return VerifyForward(inputs, *forward);
  }
  return VerifyBackward(inputs, std::get<BackwardExpectation>(small_->expectation));
}

absl::Status AttentionExperiment::VerifyFull(const AttentionKernel& kernel, void* workspace) {
  ATTUNE_RETURN_IF_ERROR(sets_[0].PoisonOutputs());
  ATTUNE_RETURN_IF_ERROR(kernel.Run(sets_[0].Bind(), workspace, *stream_));
  ATTUNE_RETURN_IF_ERROR(stream_->Synchronize());
  const bool first = outputs_.empty();
  ATTUNE_RETURN_IF_ERROR(sets_[0].CopyOutputsTo(outputs_));
  if (first) PinOutputs();
  ATTUNE_RETURN_IF_ERROR(sets_[0].CheckAllWritten(outputs_));
  return rows_.Check(outputs_);
}

// Every candidate's outputs are copied. With pageable memory verifying took 16 of a trial's 35 ms
// where they are 67 MB (portable_forward, H200, 2026-11-23), with pinned memory 26 ms of 195 where
// they are 268 MB (hopper_forward, the same day).
void AttentionExperiment::PinOutputs() {
  auto* const pinning = dynamic_cast<HostPinning*>(&device_);
  if (pinning == nullptr) return;
  for (auto& [role, bytes] : outputs_) {
    pinned_.push_back(pinning->PinHost(bytes.data(), static_cast<int64_t>(bytes.size())));
  }
}

absl::Status AttentionExperiment::Launch(const AttentionKernel& kernel, void* workspace,
                                         Stream& stream) {
  next_set_ = (next_set_ + 1) % sets_.size();
  return kernel.Run(sets_[next_set_].Bind(), workspace, stream);
}

}  // namespace attune
