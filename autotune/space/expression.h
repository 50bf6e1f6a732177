// Arithmetic over named numbers, as constraints write it.
#ifndef ATTUNE_AUTOTUNE_SPACE_EXPRESSION_H_
#define ATTUNE_AUTOTUNE_SPACE_EXPRESSION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "autotune/space/variables.h"

namespace attune {

// An expression, parsed once and evaluated many times. The language is a closed subset of C++'s
// expressions over doubles:
//   numbers and names; + - * / % ( ); < <= > >= == !=; && || ! ?:;
//   abs(a) ceil(a) floor(a) log2(a) min(a, ...) max(a, ...) ceil_div(a, b)
// Truth is 1 and 0. `/` is exact division of reals, never rounded; ceil_div and % want integers of
// at most 2^53 and are exact. && and || evaluate both sides (guard a division with ?: instead). A
// sign or ! does not follow another directly. Thread-safe. Movable.
class CompiledExpression {
 public:
  // InvalidArgument names the text, what was wrong with it and, where one is known, the character
  // (from 1).
  static absl::StatusOr<CompiledExpression> Parse(absl::string_view text);

  CompiledExpression(CompiledExpression&&) noexcept;
  CompiledExpression& operator=(CompiledExpression&&) noexcept;
  ~CompiledExpression();

  const std::string& text() const;
  // The names it uses, sorted and distinct.
  const std::vector<std::string>& names() const;

  // `values` in the order of names(). InvalidArgument where the value is not finite, or % or
  // ceil_div met a zero divisor or something else than integers.
  absl::StatusOr<double> EvaluateInOrder(absl::Span<const double> values) const;
  // Also InvalidArgument where `variables` lacks a name.
  absl::StatusOr<double> Evaluate(const Variables& variables) const;

 private:
  struct Impl;
  explicit CompiledExpression(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

// Whether `name` can stand in an expression for a number: a C++ identifier that is none of its
// functions.
bool IsVariableName(absl::string_view name);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SPACE_EXPRESSION_H_
