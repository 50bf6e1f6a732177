// The program behind tools/gpu_test.
#include <iostream>
#include <string>
#include <vector>

#include "testing/report/gpu_test.h"

int main(int argc, char** argv) {
  return attune::GpuTest(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}
