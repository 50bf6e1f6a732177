#include "attention/testing_family.h"

#include <cassert>

namespace attune {
namespace {

constexpr char kSpace[] = R"(
  kernel: 'testing'
  parameter { name: 'tile' values: [1, 2, 4, 8] default_value: 4 doc: 'rows' }
  parameter { name: 'width' values: [1, 2] default_value: 1 doc: 'columns' }
  constraint { name: 'exists' expression: 'tile * width <= 8' doc: 'what there is code for' }
  constraint { name: 'tile_fits' expression: 'tile <= q_len' doc: 'no empty rows' }
)";

void CheckExists(const Configuration& configuration) {
  assert(configuration.Get("tile") * configuration.Get("width") <= 8);
  (void)configuration;
}

class TestingKernel : public AttentionKernel {
 public:
  TestingKernel(const Problem& problem, const Configuration& configuration,
                TestingFamily::Compute compute, int64_t workspace_bytes)
      : problem_(problem),
        configuration_(configuration),
        compute_(std::move(compute)),
        workspace_bytes_(workspace_bytes) {}

  int64_t workspace_bytes() const override { return workspace_bytes_; }
  Resources resources() const override { return {{"tile", configuration_.Get("tile")}}; }
  absl::Status Run(const AttentionTensors& tensors, void* workspace, Stream&) const override {
    return compute_ ? compute_(problem_, tensors, workspace) : absl::OkStatus();
  }

 private:
  const Problem problem_;
  const Configuration configuration_;
  const TestingFamily::Compute compute_;
  const int64_t workspace_bytes_;
};

}  // namespace

TestingFamily::TestingFamily(std::string name, Direction direction)
    : name_(std::move(name)),
      direction_(direction),
      space_(ParameterSpace::Parse(kSpace, "testing_family.cc").value()) {}

Variables TestingFamily::Model(const Problem&, const Configuration& configuration,
                               const DeviceInfo&) const {
  CheckExists(configuration);
  return {{kWorkspaceBytesVariable, static_cast<double>(workspace_bytes_)}};
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> TestingFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device&) const {
  CheckExists(configuration);
  if (!prepare_error_.ok()) return prepare_error_;
  return std::make_unique<TestingKernel>(problem, configuration, compute_, workspace_bytes_);
}

}  // namespace attune
