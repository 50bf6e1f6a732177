// The whole verdict on one run: did it give the right numbers, everywhere it should and nowhere
// else.
#ifndef ATTUNE_ATTENTION_VERIFICATION_VERIFY_H_
#define ATTUNE_ATTENTION_VERIFICATION_VERIFY_H_

#include "absl/status/status.h"
#include "attention/reference/backward.h"
#include "attention/reference/forward.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/tolerance.h"

namespace attune {

// What a run on given inputs must come to. Computed once, it judges every candidate on those
// inputs.
struct ForwardExpectation {
  ReferenceForward reference;
  ForwardTolerance tolerance;
};
ForwardExpectation ExpectForward(const AttentionInputs& inputs);

struct BackwardExpectation {
  ReferenceBackward reference;
  BackwardTolerance tolerance;
};
BackwardExpectation ExpectBackward(const AttentionInputs& inputs);

// After a run on `inputs` (copied back, if it was on a device): OK, or DataLoss that names the
// tensor and what is wrong with it. Checked in this order: writes outside the outputs, elements
// that were not written, values beyond the tolerance with the worst element's [batch, head, row,
// dim], expected and actual.
absl::Status VerifyForward(const AttentionInputs& inputs, const ForwardExpectation& expectation);
absl::Status VerifyBackward(const AttentionInputs& inputs, const BackwardExpectation& expectation);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_VERIFY_H_
