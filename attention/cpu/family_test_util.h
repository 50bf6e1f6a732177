// What the tests of the CPU families share: seeded tensors, runs on a poisoned workspace,
// comparison with the fp64 reference.
#ifndef ATTUNE_ATTENTION_CPU_FAMILY_TEST_UTIL_H_
#define ATTUNE_ATTENTION_CPU_FAMILY_TEST_UTIL_H_

#include <cstdint>
#include <vector>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "attention/family.h"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "autotune/space/configuration.h"
#include "numerics/error.h"

namespace attune {

// How many random problems each variant meets, and a length of several tiles. The reference, under
// a sanitizer ten times slower, is most of a test's time, and what a sanitizer looks for hangs on
// the variant and the tiles' borders more than on many problems. Above the largest tile (384) all
// the same.
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
inline constexpr int kProblemsPerVariant = 1;
inline constexpr int64_t kLongLength = 400;
#else
inline constexpr int kProblemsPerVariant = 6;
inline constexpr int64_t kLongLength = 1000;
#endif

// Host memory for all tensors of both directions. Inputs are standard normal; outputs hold NaN.
struct TestTensors {
  TestTensors(const Problem& problem, uint64_t seed);

  ForwardTensors forward();
  BackwardTensors backward();

  Problem problem;
  std::vector<char> query, key, value, out, d_out, d_query, d_key, d_value;
  std::vector<float> log_sum_exp, alibi_slopes;
};

// Runs `configuration` with `threads` threads' worth of workspace, which is poisoned before. An
// error if the kernel wrote past what it asked for.
absl::Status RunOnCpu(const AttentionFamily& family, const Problem& problem,
                      const Configuration& configuration, const AttentionTensors& tensors);

// Element order of the reference: [batch, heads, length, dim].
std::vector<double> Contiguous(const Problem& problem, const std::vector<char>& data,
                               const Strides& strides, int64_t heads, int64_t length, int64_t dim);

// For values around one: what rounding to the problem's dtype and fp32 arithmetic give.
Tolerance ToleranceOf(const Problem& problem);

// Compares out and log_sum_exp with the reference.
absl::Status CheckForward(TestTensors& tensors);
// Compares the three gradients.
absl::Status CheckBackward(TestTensors& tensors);

// Key 0 gets scores of minus infinity, of a problem with one head and without padding.
void MakeFirstScoresMinusInfinity(TestTensors& tensors);

// A small problem of random shape, mask, dtype, layout and score modifiers.
Problem RandomProblem(uint64_t seed);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_FAMILY_TEST_UTIL_H_
