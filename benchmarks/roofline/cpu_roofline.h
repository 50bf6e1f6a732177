// What a CPU can do at most: multiply-adds, and memory.
#ifndef ATTUNE_BENCHMARKS_ROOFLINE_CPU_ROOFLINE_H_
#define ATTUNE_BENCHMARKS_ROOFLINE_CPU_ROOFLINE_H_

#include <cstdint>

#include "absl/types/span.h"

namespace attune {

// One thread: `rounds` times as many multiply-adds in fp32 as fill its vector units. Returns a
// number that depends on all of them.
float MultiplyAdds(int64_t rounds);
// Floating-point operations of a round, a multiply and an add each, with the vectors of this
// processor.
int64_t OperationsPerRound();

// One thread: the sum of all elements, in any order.
float Sum(absl::Span<const float> values);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_ROOFLINE_CPU_ROOFLINE_H_
