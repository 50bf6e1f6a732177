// One attention workload on one device, set up for tuning.
#ifndef ATTUNE_ATTENTION_TUNING_ATTENTION_EXPERIMENT_H_
#define ATTUNE_ATTENTION_TUNING_ATTENTION_EXPERIMENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "attention/tuning/device_tensors.h"
#include "attention/tuning/sampled_rows.h"
#include "attention/tuning/verification_case.h"
#include "attention/verification/attention_inputs.h"
#include "autotune/family/kernel_family.h"
#include "device/device.h"

namespace attune {

// Candidates are verified twice: whole, on a small problem of the same traits
// (verification_problem.h), against the fp64 reference with guards around every tensor and behind
// the workspace; and on the problem itself, where every output element must have been written and,
// forward, rows drawn at random are compared with the reference. Timed runs rotate through sets of
// inputs.
class AttentionExperiment : public Experiment {
 public:
  // `problem` has no strides of its own. FailedPrecondition if it has an expression without its
  // function. The small one comes from `cases`. `family` and `device` must outlive the experiment.
  static absl::StatusOr<std::unique_ptr<AttentionExperiment>> Create(const AttentionFamily& family,
                                                                     const Problem& problem,
                                                                     Device& device,
                                                                     VerificationCases& cases,
                                                                     uint64_t seed);

  absl::StatusOr<std::unique_ptr<Candidate>> Prepare(const Configuration& configuration) override;

  absl::StatusOr<Buffer> AllocateWorkspace(const AttentionKernel& kernel);

  // The two halves of verification, for the candidates. Not thread-safe.
  absl::Status VerifySmall(const AttentionKernel& kernel);
  absl::Status VerifyFull(const AttentionKernel& kernel, void* workspace);

  // Enqueues a run on the next set of inputs.
  absl::Status Launch(const AttentionKernel& kernel, void* workspace, Stream& stream);

 private:
  AttentionExperiment(const AttentionFamily& family, const Problem& problem, Device& device,
                      std::shared_ptr<const VerificationCase> small);
  absl::Status Initialize(uint64_t seed);
  absl::Status AllocateSmall();
  void PinOutputs();
  // Runs `kernel` on a copy of `inputs` in device memory, and copies all of it back.
  absl::Status RunOn(AttentionInputs& inputs, const AttentionKernel& kernel);

  const AttentionFamily& family_;
  const Problem problem_;
  Device& device_;
  std::unique_ptr<Stream> stream_;

  const std::shared_ptr<const VerificationCase> small_;
  std::map<TensorRole, Buffer> small_buffers_;  // of the case's arrays, guards included

  std::vector<DeviceTensors> sets_;
  size_t next_set_ = 0;
  SampledRows rows_;
  HostTensors outputs_;  // of the latest run that was verified
  std::vector<std::shared_ptr<void>> pinned_;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_ATTENTION_EXPERIMENT_H_
