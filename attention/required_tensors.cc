#include "attention/required_tensors.h"

#include <cstdint>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

absl::Status Require(const char* name, const void* data, int64_t extent) {
  if (data != nullptr || extent == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", name, " is null, and the problem has ", extent, " elements of it"));
}

// Bytes of the address of `data` beyond a multiple of `bytes`, a power of two.
uintptr_t BytesBeyond(const void* data, int64_t bytes) {
  return reinterpret_cast<uintptr_t>(data) & static_cast<uintptr_t>(bytes - 1);
}

absl::Status RequireAligned(const char* name, const void* data, int64_t bytes) {
  const uintptr_t beyond = BytesBeyond(data, bytes);
  if (beyond == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("tensor ", name, " is at an address ", beyond, " bytes beyond a multiple of ",
                   bytes, ", the size of its elements; expected such a multiple"));
}

// Of fp32 and int32, whatever the problem's dtype.
constexpr int64_t kWordBytes = 4;

absl::Status RequireWords(const char* name, const void* data, int64_t extent) {
  return data != nullptr ? RequireAligned(name, data, kWordBytes) : Require(name, data, extent);
}

// Asks for the extent only of a tensor that is null: every run checks its tensors, and the extents
// of four are more work than all else that it does before the launch.
absl::Status Require(const char* name, const void* data, const Problem& problem,
                     int64_t (*extent)(const Problem&)) {
  return data != nullptr ? RequireAligned(name, data, DtypeBytes(problem.dtype))
                         : Require(name, data, extent(problem));
}

template <typename Tensors>
absl::Status CheckInputs(const Problem& problem, const Tensors& tensors) {
  ATTUNE_RETURN_IF_ERROR(Require("query", tensors.query, problem, QueryExtent));
  ATTUNE_RETURN_IF_ERROR(Require("key", tensors.key, problem, KeyExtent));
  ATTUNE_RETURN_IF_ERROR(Require("value", tensors.value, problem, ValueExtent));
  ATTUNE_RETURN_IF_ERROR(Require("out", tensors.out, problem, OutExtent));
  if (problem.packed) {
    ATTUNE_RETURN_IF_ERROR(RequireWords("cumulative_query_lengths",
                                        tensors.cumulative_query_lengths, problem.batch + 1));
    ATTUNE_RETURN_IF_ERROR(
        RequireWords("cumulative_key_lengths", tensors.cumulative_key_lengths, problem.batch + 1));
  }
  if (!problem.alibi) return absl::OkStatus();
  return RequireWords("alibi_slopes", tensors.alibi_slopes, problem.q_heads);
}

absl::Status Check(const Problem& problem, const ForwardTensors& tensors) {
  ATTUNE_RETURN_IF_ERROR(CheckInputs(problem, tensors));
  ATTUNE_RETURN_IF_ERROR(RequireAligned("log_sum_exp", tensors.log_sum_exp, kWordBytes));
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    // A name is put together only to be reported: runs allocate nothing.
    if (tensors.buffers[i] != nullptr && BytesBeyond(tensors.buffers[i], kWordBytes) == 0) continue;
    ATTUNE_RETURN_IF_ERROR(RequireWords(absl::StrCat("buffer ", problem.buffers[i].name).c_str(),
                                        tensors.buffers[i], problem.buffers[i].extent));
  }
  return absl::OkStatus();
}

absl::Status Check(const Problem& problem, const BackwardTensors& tensors) {
  ATTUNE_RETURN_IF_ERROR(CheckInputs(problem, tensors));
  ATTUNE_RETURN_IF_ERROR(
      RequireWords("log_sum_exp", tensors.log_sum_exp, LogSumExpExtent(problem)));
  ATTUNE_RETURN_IF_ERROR(Require("d_out", tensors.d_out, problem, OutExtent));
  ATTUNE_RETURN_IF_ERROR(Require("d_query", tensors.d_query, problem, QueryExtent));
  ATTUNE_RETURN_IF_ERROR(Require("d_key", tensors.d_key, problem, KeyExtent));
  return Require("d_value", tensors.d_value, problem, ValueExtent);
}

}  // namespace

absl::Status CheckTensors(const Problem& problem, Direction direction,
                          const AttentionTensors& tensors) {
  const bool forward = std::holds_alternative<ForwardTensors>(tensors);
  if (forward != (direction == Direction::kForward)) {
    return absl::FailedPreconditionError(
        absl::StrCat("a plan of ", OperatorName(direction), " was given the tensors of ",
                     OperatorName(forward ? Direction::kForward : Direction::kBackward)));
  }
  return std::visit([&](const auto& given) { return Check(problem, given); }, tensors);
}

}  // namespace attune
