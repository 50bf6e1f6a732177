// Lengths for the sequences of a packed problem, drawn for tests and for tuning.
#ifndef ATTUNE_ATTENTION_VERIFICATION_RANDOM_LENGTHS_H_
#define ATTUNE_ATTENTION_VERIFICATION_RANDOM_LENGTHS_H_

#include <cstdint>

#include "attention/problem.h"
#include "attention/sequences.h"

namespace attune {

// Lengths between 0 and the problem's, of which one is the problem's own, that come to the totals
// or as near as the batch permits; empty for a problem that is not packed. Where lengths and totals
// of queries and keys agree, so do the lengths of each sequence, as in prefill and training.
CumulativeLengths RandomLengths(const Problem& problem, uint64_t seed);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_VERIFICATION_RANDOM_LENGTHS_H_
