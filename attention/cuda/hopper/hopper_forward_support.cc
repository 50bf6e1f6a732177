#include "attention/cuda/hopper/hopper_forward_support.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attention/cuda/hopper/forward_configuration.cuh"
#include "attention/cuda/hopper/hopper_forward_functors.h"
#include "base/status_macros.h"

namespace attune::hopper {
namespace {

constexpr int64_t kMaxPackedWindowDim = 128;
// Of tensor maps: strides are multiples of 16 bytes below 2^40.
constexpr int64_t kStrideGrain = 8;
constexpr int64_t kMaxStride = int64_t{1} << 39;
// Dynamic scheduling counts up to a block's worth of tiles per multiprocessor beyond the last.
constexpr int64_t kMaxTiles = std::numeric_limits<int32_t>::max() - (1 << 16);

template <typename... Parts>
absl::Status Unimplemented(const Parts&... parts) {
  return absl::UnimplementedError(absl::StrCat("hopper_forward ", parts...));
}

// The producer of packed sequences, which finds a window's tiles as well, spilled 8 bytes beside
// them.
absl::Status CheckFunctors(const Problem& problem) {
  const bool general =
      ScoreCodeOf(problem) == ScoreCode::kGeneral || !problem.mask_expression.empty();
  const int64_t dim = std::max(problem.qk_dim, problem.v_dim);
  if (!general || !problem.packed.has_value() || !problem.mask.left.has_value()) {
    return absl::OkStatus();
  }
  if (dim <= kMaxPackedWindowDim) return absl::OkStatus();
  return Unimplemented(
      "has no registers for expressions, or a soft cap and ALiBi together, in windows of packed "
      "sequences at head dims above ",
      kMaxPackedWindowDim, "; the larger is ", dim);
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

absl::Status CheckSoftCap(const Problem& problem) {
  if (HasTanhSeries(problem)) return absl::OkStatus();
  return Unimplemented(
      "expands tanh in powers of softmax_scale / soft_cap, of which the fifth has to fit fp32; "
      "softmax_scale is ",
      SoftmaxScale(problem), " and soft_cap ", problem.soft_cap);
}

// TileBound of the shortest tiles, which may not fit 64 bits.
absl::Status CheckSize(const Problem& problem) {
  const int64_t blocks = (problem.q_len + kWarpgroupRows - 1) / kWarpgroupRows;
  int64_t heads_blocks = blocks;
  int64_t batch = problem.batch;
  if (problem.packed.has_value()) {
    heads_blocks = problem.packed->total_q_len / kWarpgroupRows + problem.batch;
    batch = 1;
  }
  if (blocks == 0 || batch <= kMaxTiles / problem.q_heads / heads_blocks) return absl::OkStatus();
  return Unimplemented("counts tiles in 32 bits: batch x heads x length / ", kWarpgroupRows,
                       " must not be above ", kMaxTiles);
}

}  // namespace

absl::Status CheckProblem(const Problem& problem) {
  if (problem.dtype == Dtype::kFloat32) {
    return Unimplemented("computes fp16 and bf16; dtype is ", DtypeName(problem.dtype));
  }
  ATTUNE_RETURN_IF_ERROR(CheckFunctors(problem));
  ATTUNE_RETURN_IF_ERROR(CheckSoftCap(problem));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("query", QueryStrides(problem)));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("key", KeyStrides(problem)));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("value", ValueStrides(problem)));
  ATTUNE_RETURN_IF_ERROR(CheckStrides("out", OutStrides(problem)));
  return CheckSize(problem);
}

}  // namespace attune::hopper
