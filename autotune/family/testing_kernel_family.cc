#include "autotune/family/testing_kernel_family.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr char kSpace[] = R"(
  kernel: 'testing'
  parameter { name: 'block' values: [1, 2, 4, 8, 16, 32, 64, 128] default_value: 8 doc: 'rows' }
  parameter { name: 'unroll' values: [1, 2] default_value: 1 doc: 'steps' }
  constraint { name: 'block_fits' expression: 'block <= n' doc: 'no empty rows' }
)";

absl::Status Take(const TestingKernelSteps::Step& step, const Configuration& configuration) {
  return step ? step(configuration) : absl::OkStatus();
}

class TestingCandidate : public Candidate {
 public:
  TestingCandidate(const TestingKernelSteps& steps, const Configuration& configuration,
                   Buffer buffer)
      : steps_(steps), configuration_(configuration), buffer_(std::move(buffer)) {}
  absl::Status Verify() override { return Take(steps_.verify, configuration_); }
  absl::Status Launch(Stream&) override { return Take(steps_.launch, configuration_); }
  Resources resources() const override { return {{"registers", configuration_.Get("block")}}; }

 private:
  const TestingKernelSteps& steps_;
  const Configuration configuration_;
  const Buffer buffer_;
};

class TestingExperiment : public Experiment {
 public:
  TestingExperiment(const TestingKernelSteps& steps, Device& device)
      : steps_(steps), device_(device) {}
  absl::StatusOr<std::unique_ptr<Candidate>> Prepare(const Configuration& configuration) override {
    ATTUNE_RETURN_IF_ERROR(Take(steps_.prepare, configuration));
    ATTUNE_ASSIGN_OR_RETURN(Buffer buffer,
                            device_.Allocate(TestingKernelFamily::candidate_bytes()));
    return std::make_unique<TestingCandidate>(steps_, configuration, std::move(buffer));
  }

 private:
  const TestingKernelSteps& steps_;
  Device& device_;
};

}  // namespace

TestingKernelFamily::TestingKernelFamily(std::string name, TestingKernelSteps steps,
                                         int64_t min_size, int64_t max_size)
    : name_(std::move(name)),
      steps_(std::move(steps)),
      min_size_(min_size),
      max_size_(max_size),
      space_(ParameterSpace::Parse(kSpace, "testing_kernel_family.cc").value()) {}

Workload TestingKernelFamily::MakeWorkload(int64_t n) {
  return {.operator_name = "testing_op", .traits = {}, .sizes = {{"n", n}}};
}

absl::Status TestingKernelFamily::Supports(const Workload& workload, const DeviceInfo&) const {
  const int64_t n = workload.sizes.at("n");
  if (n < min_size_) return absl::UnimplementedError(absl::StrCat("n is below ", min_size_));
  if (n <= max_size_) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("n is above ", max_size_));
}

absl::StatusOr<Variables> TestingKernelFamily::Model(const Workload& workload, const Configuration&,
                                                     const DeviceInfo&) const {
  return Variables{{"n", static_cast<double>(workload.sizes.at("n"))}};
}

absl::StatusOr<std::unique_ptr<Experiment>> TestingKernelFamily::Open(const Workload&,
                                                                      Device& device,
                                                                      uint64_t) const {
  return std::make_unique<TestingExperiment>(steps_, device);
}

}  // namespace attune
