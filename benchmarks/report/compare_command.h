// The command line that compares two result files.
#ifndef ATTUNE_BENCHMARKS_REPORT_COMPARE_COMMAND_H_
#define ATTUNE_BENCHMARKS_REPORT_COMPARE_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

namespace attune {

// Returns the exit code: 0 no regression, 1 a regression, 2 the files could not be compared.
int RunCompareCommand(const std::vector<std::string>& arguments, std::ostream& out,
                      std::ostream& err);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_COMPARE_COMMAND_H_
