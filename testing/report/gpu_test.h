// gpu_test as a function.
#ifndef ATTUNE_TESTING_REPORT_GPU_TEST_H_
#define ATTUNE_TESTING_REPORT_GPU_TEST_H_

#include <ostream>
#include <string>
#include <vector>

namespace attune {

// Does what `arguments` (without the program's name) ask, writes the reports, and returns the exit
// code: 0 passed, 1 failed (wrong arguments too), 2 blocked. With --without_bundle, what needs no
// bundle; 3 if there is more to do.
int GpuTest(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& errors);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_GPU_TEST_H_
