#include "attention/verification/verify.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "attention/reference/inputs.h"
#include "base/status_macros.h"
#include "numerics/error.h"

namespace attune {
namespace {

// "[batch 0, head 1, row 2, dim 3]" of the n-th element.
std::string Position(const TensorShape& shape, int64_t n) {
  const int64_t row = n / shape.dim;
  return absl::StrCat("[batch ", row / shape.length / shape.heads, ", head ",
                      row / shape.length % shape.heads, ", row ", row % shape.length, ", dim ",
                      n % shape.dim, "]");
}

int64_t Offset(const HostTensor& tensor, int64_t n) {
  const TensorShape& shape = tensor.shape;
  const int64_t row = n / shape.dim;
  const int64_t head = row / shape.length;
  return head / shape.heads * tensor.strides.batch + head % shape.heads * tensor.strides.head +
         row % shape.length * tensor.strides.length + n % shape.dim;
}

absl::Status CheckWritten(const HostTensor& tensor, absl::Span<const double> expected) {
  const int64_t count = tensor.shape.elements();
  int64_t unwritten = 0;
  int64_t first = 0;
  for (int64_t n = count - 1; n >= 0; --n) {
    if (!tensor.array.IsPoison(Offset(tensor, n))) continue;
    first = n;
    ++unwritten;
  }
  if (unwritten == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(TensorRoleName(tensor.role), ": ", unwritten, " of ",
                                          count, " elements were not written, first index ", first,
                                          " ", Position(tensor.shape, first), ": expected ",
                                          expected[first], ", actual is the poison put there"));
}

absl::Status CheckOutput(const HostTensor& tensor, absl::Span<const double> expected,
                         const Tolerance& tolerance) {
  ATTUNE_RETURN_IF_ERROR(CheckWritten(tensor, expected));
  const ErrorReport report = CompareArrays(expected, tensor.Contiguous());
  const absl::Status status = CheckTolerance(report, tolerance, TensorRoleName(tensor.role));
  if (status.ok() || report.worst_index < 0) return status;
  return absl::Status(status.code(), absl::StrCat(status.message(), ", which is ",
                                                  Position(tensor.shape, report.worst_index)));
}

}  // namespace

ForwardExpectation ExpectForward(const AttentionInputs& inputs) {
  const ReferenceInputs reference_inputs = inputs.Reference();
  ForwardExpectation expectation;
  expectation.reference = ComputeReferenceForward(inputs.problem(), reference_inputs);
  expectation.tolerance =
      DeriveForwardTolerance(inputs.problem(), reference_inputs, expectation.reference);
  return expectation;
}

BackwardExpectation ExpectBackward(const AttentionInputs& inputs) {
  const ReferenceInputs reference_inputs = inputs.Reference();
  const ReferenceForward given = {
      .out = inputs.tensor(TensorRole::kOut).Contiguous(),
      .log_sum_exp = inputs.tensor(TensorRole::kLogSumExp).Contiguous()};
  BackwardExpectation expectation;
  expectation.reference = ComputeReferenceBackward(inputs.problem(), reference_inputs);
  expectation.tolerance =
      DeriveBackwardTolerance(inputs.problem(), reference_inputs, given, expectation.reference);
  return expectation;
}

absl::Status VerifyForward(const AttentionInputs& inputs, const ForwardExpectation& expectation) {
  ATTUNE_RETURN_IF_ERROR(inputs.CheckCanaries());
  ATTUNE_RETURN_IF_ERROR(CheckOutput(inputs.tensor(TensorRole::kOut), expectation.reference.out,
                                     expectation.tolerance.out));
  return CheckOutput(inputs.tensor(TensorRole::kLogSumExp), expectation.reference.log_sum_exp,
                     expectation.tolerance.log_sum_exp);
}

absl::Status VerifyBackward(const AttentionInputs& inputs, const BackwardExpectation& expectation) {
  ATTUNE_RETURN_IF_ERROR(inputs.CheckCanaries());
  ATTUNE_RETURN_IF_ERROR(CheckOutput(inputs.tensor(TensorRole::kDQuery),
                                     expectation.reference.d_query, expectation.tolerance.d_query));
  ATTUNE_RETURN_IF_ERROR(CheckOutput(inputs.tensor(TensorRole::kDKey), expectation.reference.d_key,
                                     expectation.tolerance.d_key));
  return CheckOutput(inputs.tensor(TensorRole::kDValue), expectation.reference.d_value,
                     expectation.tolerance.d_value);
}

}  // namespace attune
