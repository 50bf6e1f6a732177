// The small problems that candidates are verified on whole.
#ifndef ATTUNE_ATTENTION_TUNING_VERIFICATION_PROBLEM_H_
#define ATTUNE_ATTENTION_TUNING_VERIFICATION_PROBLEM_H_

#include "attention/problem.h"

namespace attune {

// A problem of the same traits as `problem` and the same grouping of heads, small enough for the
// fp64 reference to compute whole in well under a second, yet with several tiles of any family
// along both lengths, and odd tails.
Problem VerificationProblem(const Problem& problem);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_VERIFICATION_PROBLEM_H_
