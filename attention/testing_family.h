// A kernel family for tests: it says what it is told to say, and computes what it is told to
// compute.
#ifndef ATTUNE_ATTENTION_TESTING_FAMILY_H_
#define ATTUNE_ATTENTION_TESTING_FAMILY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "attention/family.h"
#include "attention/problem.h"

namespace attune {

// Parameters tile (1, 2, 4 or 8; 4 unless tuned) and width (1 or 2; 1). Admitted are tile * width
// <= 8 ("exists"; Model and Prepare take nothing else, as a family that is compiled before it is
// run) and tile <= q_len ("tile_fits").
class TestingFamily : public AttentionFamily {
 public:
  // Computes in host memory.
  using Compute = std::function<absl::Status(const Problem& problem,
                                             const AttentionTensors& tensors, void* workspace)>;

  explicit TestingFamily(std::string name, Direction direction = Direction::kForward);

  void set_supports(absl::Status status) { supports_ = std::move(status); }
  void set_prepare_error(absl::Status status) { prepare_error_ = std::move(status); }
  void set_compute(Compute compute) { compute_ = std::move(compute); }
  void set_workspace_bytes(int64_t bytes) { workspace_bytes_ = bytes; }

  absl::string_view name() const override { return name_; }
  Direction direction() const override { return direction_; }
  const ParameterSpace& space() const override { return space_; }
  std::string fingerprint() const override { return "testing"; }
  absl::Status Supports(const Problem&, const DeviceInfo&) const override { return supports_; }
  Variables Model(const Problem& problem, const Configuration& configuration,
                  const DeviceInfo& device) const override;
  absl::StatusOr<std::unique_ptr<AttentionKernel>> Prepare(const Problem& problem,
                                                           const Configuration& configuration,
                                                           Device& device) const override;

 private:
  std::string name_;
  Direction direction_;
  ParameterSpace space_;
  absl::Status supports_;
  absl::Status prepare_error_;
  Compute compute_;
  int64_t workspace_bytes_ = 0;
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TESTING_FAMILY_H_
