// The program behind //attention/ternary:quantize.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "attention/ternary/model/quantize_command.h"

int main(int argc, char** argv) {
  // Bazel runs programs elsewhere than where its user is.
  const char* directory = std::getenv("BUILD_WORKING_DIRECTORY");
  if (directory != nullptr && chdir(directory) != 0) {
    std::cerr << "quantize: cannot go to " << directory << "\n";
    return 1;
  }
  return attune::RunQuantizeCommand(std::vector<std::string>(argv + 1, argv + argc), std::cout,
                                    std::cerr);
}
