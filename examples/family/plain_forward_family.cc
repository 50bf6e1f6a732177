#include "examples/family/plain_forward_family.h"

#include <algorithm>
#include <cassert>
#include <variant>

#include "absl/status/status.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "examples/family/plain_forward_kernel.h"

namespace attune {
namespace {

PlainForwardVariant FindVariant(const Configuration& configuration) {
  const PlainForwardConfiguration wanted = {.key_block =
                                                static_cast<int>(configuration.Get("key_block"))};
  const std::vector<PlainForwardVariant> variants = PlainForwardVariants();
  const auto found =
      std::find_if(variants.begin(), variants.end(),
                   [&](const PlainForwardVariant& v) { return v.configuration == wanted; });
  assert(found != variants.end());  // The variants are generated from the space.
  return *found;
}

class PlainForwardKernel : public AttentionKernel {
 public:
  PlainForwardKernel(const Problem& problem, const PlainForwardVariant& variant)
      : problem_(problem), variant_(variant) {}

  int64_t workspace_bytes() const override { return 0; }
  Resources resources() const override { return {{"workspace_bytes", 0}}; }

  absl::Status Run(const AttentionTensors& tensors, void*, Stream&) const override {
    const auto* forward = std::get_if<ForwardTensors>(&tensors);
    if (forward == nullptr) return absl::InvalidArgumentError("plain_forward needs ForwardTensors");
    ParallelFor(problem_.batch * problem_.q_heads, AvailableThreads(), [&](int64_t n, int64_t) {
      variant_.attend(problem_, *forward, n / problem_.q_heads, n % problem_.q_heads);
    });
    return absl::OkStatus();
  }

 private:
  const Problem problem_;
  const PlainForwardVariant variant_;
};

}  // namespace

const ParameterSpace& PlainForwardFamily::space() const {
  static const auto* const space = new ParameterSpace(
      ParameterSpace::Parse(PlainForwardSpaceText(), "plain_forward.space.textproto").value());
  return *space;
}

std::string PlainForwardFamily::fingerprint() const {
  return std::string(PlainForwardFingerprint());
}

absl::Status PlainForwardFamily::Supports(const Problem& problem, const DeviceInfo& device) const {
  if (device.kind != DeviceKind::kCpu) {
    return absl::UnimplementedError("plain_forward runs on the CPU");
  }
  if (problem.dtype != Dtype::kFloat32 || problem.packed || problem.has_expressions()) {
    return absl::UnimplementedError(
        "plain_forward computes in fp32, and neither packed sequences nor expressions");
  }
  return absl::OkStatus();
}

Variables PlainForwardFamily::Model(const Problem&, const Configuration&, const DeviceInfo&) const {
  return {{kWorkspaceBytesVariable, 0}};
}

absl::StatusOr<std::unique_ptr<AttentionKernel>> PlainForwardFamily::Prepare(
    const Problem& problem, const Configuration& configuration, Device& device) const {
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  ATTUNE_RETURN_IF_ERROR(Supports(problem, device.info()));
  ATTUNE_RETURN_IF_ERROR(space().Validate(configuration));
  return std::make_unique<PlainForwardKernel>(problem, FindVariant(configuration));
}

}  // namespace attune
