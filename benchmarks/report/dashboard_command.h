// The command line that writes the dashboard.
#ifndef ATTUNE_BENCHMARKS_REPORT_DASHBOARD_COMMAND_H_
#define ATTUNE_BENCHMARKS_REPORT_DASHBOARD_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

#include "benchmarks/report/page.h"

namespace attune {

// `page` has everything but its data. Returns the exit code: 0, or 2 where no page was written.
int RunDashboardCommand(const std::vector<std::string>& arguments, PageParts page,
                        std::ostream& out, std::ostream& err);

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_DASHBOARD_COMMAND_H_
