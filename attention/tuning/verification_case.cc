#include "attention/tuning/verification_case.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "attention/tuning/verification_problem.h"

namespace attune {
namespace {

// Problem's text rounds what it prints of real numbers: they are told apart by their bits.
std::string KeyOf(const Problem& problem, Direction direction, uint64_t seed) {
  return absl::StrCat(
      OperatorName(direction), " ", problem.ToString(),
      absl::StrFormat(" scale %a cap %a seed %d", SoftmaxScale(problem), problem.soft_cap, seed));
}

VerificationCase MakeCase(const Problem& problem, Direction direction, uint64_t seed) {
  AttentionInputs inputs(problem, direction, seed);
  if (direction == Direction::kForward) {
    ForwardExpectation expectation = ExpectForward(inputs);
    return {std::move(inputs), std::move(expectation)};
  }
  BackwardExpectation expectation = ExpectBackward(inputs);
  return {std::move(inputs), std::move(expectation)};
}

}  // namespace

std::shared_ptr<const VerificationCase> VerificationCases::Get(const Problem& problem,
                                                               Direction direction, uint64_t seed) {
  const Problem small = VerificationProblem(problem);
  // Functions cannot be told apart.
  if (small.has_expressions()) {
    return std::make_shared<const VerificationCase>(MakeCase(small, direction, seed));
  }
  // Held while a case is computed, on all threads: who waits for the lock waits for the same case,
  // or could not run beside it.
  const std::lock_guard<std::mutex> lock(mutex_);
  std::shared_ptr<const VerificationCase>& found = cases_[KeyOf(small, direction, seed)];
  if (found == nullptr) {
    found = std::make_shared<const VerificationCase>(MakeCase(small, direction, seed));
  }
  return found;
}

}  // namespace attune
