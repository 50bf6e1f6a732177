// The problem that candidates are verified on whole, and what it must come to.
#ifndef ATTUNE_ATTENTION_TUNING_VERIFICATION_CASE_H_
#define ATTUNE_ATTENTION_TUNING_VERIFICATION_CASE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>

#include "attention/problem.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"

namespace attune {

struct VerificationCase {
  AttentionInputs inputs;
  std::variant<ForwardExpectation, BackwardExpectation> expectation;  // of the inputs' direction
};

// The cases of one session: workloads of the same traits share one, whatever family is tuned. A
// case takes some ten megabytes and up to a second of one processor. Thread-safe.
class VerificationCases {
 public:
  // The case of VerificationProblem(problem) with inputs drawn from `seed`. `problem` must be
  // valid. Problems with expressions share none.
  std::shared_ptr<const VerificationCase> Get(const Problem& problem, Direction direction,
                                              uint64_t seed);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const VerificationCase>> cases_;  // guarded by mutex_
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TUNING_VERIFICATION_CASE_H_
