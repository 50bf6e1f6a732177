#include "attention/cuda/hopper/hopper_forward_support.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "base/status_macros.h"

namespace attune::hopper {
namespace {

constexpr int64_t kHeadDimGrain = 16;
// Of tensor maps: strides are multiples of 16 bytes below 2^40.
constexpr int64_t kStrideGrain = 8;
constexpr int64_t kMaxStride = int64_t{1} << 39;
// Dynamic scheduling counts up to a block's worth of tiles per multiprocessor beyond the last.
constexpr int64_t kMaxTiles = std::numeric_limits<int32_t>::max() - (1 << 16);

template <typename... Parts>
absl::Status Unimplemented(const Parts&... parts) {
  return absl::UnimplementedError(absl::StrCat("hopper_forward ", parts...));
}

absl::Status CheckScores(const Problem& problem) {
  if (problem.soft_cap != 0) return Unimplemented("does not cap scores; soft_cap is not 0");
  if (problem.alibi) return Unimplemented("has no ALiBi; alibi is set");
  if (problem.has_expressions()) {
    return Unimplemented(
        "takes no code of a user's own; score_expression or mask_expression is given");
  }
  if (!(static_cast<float>(SoftmaxScale(problem)) > 0)) {
    return Unimplemented(
        "folds the softmax scale into exponents, for which it must be above 0; it is ",
        SoftmaxScale(problem));
  }
  return absl::OkStatus();
}

absl::Status CheckHeadDim(absl::string_view name, int64_t dim) {
  if (dim % kHeadDimGrain == 0) return absl::OkStatus();
  return Unimplemented("takes head dims that are multiples of ", kHeadDimGrain, "; ", name, " is ",
                       dim);
}

absl::Status CheckStrides(absl::string_view tensor, const Strides& strides) {
  for (const int64_t stride : {strides.batch, strides.head, strides.length}) {
    if (stride % kStrideGrain != 0 || stride >= kMaxStride) {
      return Unimplemented("copies by TMA, which needs strides that are multiples of ",
                           kStrideGrain, " elements below 2^39; ", tensor, " has a stride of ",
                           stride);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSize(const Problem& problem) {
  const int64_t blocks = (problem.q_len + kWarpgroupRows - 1) / kWarpgroupRows;
  if (blocks == 0 || problem.batch <= kMaxTiles / problem.q_heads / blocks) return absl::OkStatus();
  return Unimplemented("counts tiles in 32 bits: batch x heads x length / ", kWarpgroupRows,
                       " must not be above ", kMaxTiles);
}

}  // namespace

absl::Status CheckProblem(const Problem& problem) {
  if (problem.dtype == Dtype::kFloat32) {
    return Unimplemented("computes fp16 and bf16; dtype is ", DtypeName(problem.dtype));
  }
  if (problem.packed.has_value()) {
    return Unimplemented("takes sequences of equal lengths; those of this problem are packed");
  }
  ATTUNE_RETURN_IF_ERROR(CheckHeadDim("qk_dim", problem.qk_dim));
  ATTUNE_RETURN_IF_ERROR(CheckHeadDim("v_dim", problem.v_dim));
  ATTUNE_RETURN_IF_ERROR(CheckScores(problem));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("query", QueryStrides(problem)));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("key", KeyStrides(problem)));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("value", ValueStrides(problem)));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("out", OutStrides(problem)));
  return CheckSize(problem);
}

}  // namespace attune::hopper
