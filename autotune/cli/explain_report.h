// An explanation, for people and for programs.
#ifndef ATTUNE_AUTOTUNE_CLI_EXPLAIN_REPORT_H_
#define ATTUNE_AUTOTUNE_CLI_EXPLAIN_REPORT_H_

#include <string>

#include "autotune/cli/output/entry_json.h"
#include "autotune/explain/explanation.h"

namespace attune {

// Sections with tables: what was removed, what failed, the best, what matters, why the winner won.
std::string FormatExplanation(const Explanation& explanation);

Json ToJson(const Explanation& explanation);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_EXPLAIN_REPORT_H_
