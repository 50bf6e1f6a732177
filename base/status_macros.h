#ifndef ATTUNE_BASE_STATUS_MACROS_H_
#define ATTUNE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function if `expression`, an absl::Status, is an error.
#define ATTUNE_RETURN_IF_ERROR(expression)                                \
  do {                                                                    \
    if (absl::Status attune_status = (expression); !attune_status.ok()) { \
      return attune_status;                                               \
    }                                                                     \
  } while (false)

// Evaluates `expression`, an absl::StatusOr<T>; assigns its value to `declaration`, or returns its
// error.
//   ATTUNE_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
#define ATTUNE_ASSIGN_OR_RETURN(declaration, expression) \
  ATTUNE_ASSIGN_OR_RETURN_AT_(ATTUNE_CONCAT_(attune_status_or_, __LINE__), declaration, expression)

#define ATTUNE_CONCAT_INNER_(a, b) a##b
#define ATTUNE_CONCAT_(a, b) ATTUNE_CONCAT_INNER_(a, b)
#define ATTUNE_ASSIGN_OR_RETURN_AT_(result, declaration, expression) \
  auto result = (expression);                                        \
  if (!result.ok()) return std::move(result).status();               \
  declaration = *std::move(result)

#endif  // ATTUNE_BASE_STATUS_MACROS_H_
