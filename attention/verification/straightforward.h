// Attention as one writes it down in a dtype, without tiles and without tricks: fp32 arithmetic,
// operands of matrix products and results rounded to the dtype. Its error is what a kernel's error
// is measured by.
#ifndef ATTUNE_ATTENTION_VERIFICATION_STRAIGHTFORWARD_H_
#define ATTUNE_ATTENTION_VERIFICATION_STRAIGHTFORWARD_H_

#include "attention/problem.h"
#include "attention/reference/backward.h"
#include "attention/reference/forward.h"
#include "attention/reference/inputs.h"

namespace attune {

// Scores and softmax in fp32; probabilities rounded to the dtype, their product with the values
// summed in fp32, out rounded. log_sum_exp is fp32.
ReferenceForward ComputeStraightforward(const Problem& problem, const ReferenceInputs& inputs);

// From `forward`, which is out in the dtype and log_sum_exp in fp32. Probabilities and score
// gradients are rounded to the dtype for the products, which are summed in fp32, over a group of
// query heads too; gradients are rounded.
ReferenceBackward ComputeStraightforward(const Problem& problem, const ReferenceInputs& inputs,
                                         const ReferenceForward& forward);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_STRAIGHTFORWARD_H_
