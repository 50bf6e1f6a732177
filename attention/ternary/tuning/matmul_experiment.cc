#include "attention/ternary/tuning/matmul_experiment.h"

#include <utility>

#include "base/status_macros.h"

namespace attune {
namespace {

// A second set makes sure that nothing of one run is left for the next to find in a cache.
constexpr int kInputSets = 2;
constexpr int64_t kSamples = 256;
// More than a small problem has outputs.
constexpr int64_t kAllSamples = int64_t{1} << 20;

class MatmulCandidate : public Candidate {
 public:
  MatmulCandidate(MatmulCase& small, std::vector<MatmulCase>& sets, Device& device,
                  std::unique_ptr<TernaryMatmulKernel> small_kernel,
                  std::unique_ptr<TernaryMatmulKernel> kernel)
      : small_(small),
        sets_(sets),
        device_(device),
        small_kernel_(std::move(small_kernel)),
        kernel_(std::move(kernel)) {}

  absl::Status Verify() override {
    ATTUNE_RETURN_IF_ERROR(small_.Verify(*small_kernel_));
    ATTUNE_RETURN_IF_ERROR(sets_[0].Verify(*kernel_));
    // Not before: many candidates are prepared ahead, and few hold memory at a time.
    ATTUNE_ASSIGN_OR_RETURN(workspace_, device_.Allocate(kernel_->workspace_bytes()));
    ATTUNE_RETURN_IF_ERROR(kernel_->PrepareWorkspace(workspace_.data(), device_));
    for (MatmulCase& set : sets_) {
      ATTUNE_ASSIGN_OR_RETURN(const TernaryMatmulTensors tensors, set.Tensors(*kernel_));
      tensors_.push_back(tensors);
    }
    return absl::OkStatus();
  }

  absl::Status Launch(Stream& stream) override {
    next_set_ = (next_set_ + 1) % tensors_.size();
    return kernel_->Run(tensors_[next_set_], workspace_.data(), stream);
  }

  Resources resources() const override { return kernel_->resources(); }

 private:
  MatmulCase& small_;
  std::vector<MatmulCase>& sets_;
  Device& device_;
  std::unique_ptr<TernaryMatmulKernel> small_kernel_;
  std::unique_ptr<TernaryMatmulKernel> kernel_;
  Buffer workspace_;
  std::vector<TernaryMatmulTensors> tensors_;
  size_t next_set_ = 0;
};

}  // namespace

MatmulExperiment::MatmulExperiment(const TernaryMatmulFamily& family, Device& device,
                                   MatmulCase small, std::vector<MatmulCase> sets)
    : family_(family), device_(device), small_(std::move(small)), sets_(std::move(sets)) {}

absl::StatusOr<std::unique_ptr<MatmulExperiment>> MatmulExperiment::Create(
    const TernaryMatmulFamily& family, const TernaryMatmulProblem& problem, Device& device,
    uint64_t seed) {
  ATTUNE_RETURN_IF_ERROR(family.Supports(problem, device.info()));
  ATTUNE_ASSIGN_OR_RETURN(
      MatmulCase small, MatmulCase::Create(SmallMatmulProblem(problem), device, seed, kAllSamples));
  std::vector<MatmulCase> sets;
  for (int set = 0; set < kInputSets; ++set) {
    ATTUNE_ASSIGN_OR_RETURN(MatmulCase full,
                            MatmulCase::Create(problem, device, seed + set, kSamples));
    sets.push_back(std::move(full));
  }
  return std::unique_ptr<MatmulExperiment>(
      new MatmulExperiment(family, device, std::move(small), std::move(sets)));
}

absl::StatusOr<std::unique_ptr<Candidate>> MatmulExperiment::Prepare(
    const Configuration& configuration) {
  ATTUNE_ASSIGN_OR_RETURN(auto small,
                          family_.Prepare(small_.inputs().problem, configuration, device_));
  ATTUNE_ASSIGN_OR_RETURN(auto full,
                          family_.Prepare(sets_[0].inputs().problem, configuration, device_));
  return std::make_unique<MatmulCandidate>(small_, sets_, device_, std::move(small),
                                           std::move(full));
}

}  // namespace attune
