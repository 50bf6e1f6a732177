// The program behind //benchmarks:compare.
#include <iostream>
#include <string>
#include <vector>

#include "benchmarks/report/compare_command.h"

int main(int argc, char** argv) {
  return attune::RunCompareCommand(std::vector<std::string>(argv + 1, argv + argc), std::cout,
                                   std::cerr);
}
