// The main function of tests that need a GPU. Exit codes: 0, all passed; 1, some failed; 2, there
// is no GPU to run them on, which is neither (docs/design.md, "Tests"). To Bazel, which runs them
// only when asked to, 2 is a failure.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "base/worker/worker_program.h"
#include "testing/gpu/gpu.h"

int main(int argc, char** argv) {
  // Kernels are compiled in processes of their own.
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  testing::InitGoogleTest(&argc, argv);
  // A cache of the tests' own, unless somebody names one: compiled kernels are kept, and what this
  // machine was tuned for is not seen.
  setenv("ATTUNE_CACHE_DIR", (testing::TempDir() + "attune_gpu_tests").c_str(), /*overwrite=*/0);
  // Which tests there are can be asked anywhere.
  if (!GTEST_FLAG_GET(list_tests)) {
    const auto device = attune::SharedGpu();
    if (!device.ok()) {
      std::cout << "BLOCKED: " << device.status().message() << std::endl;
      return 2;
    }
    std::cout << (*device)->info().ToString() << std::endl;
  }
  return RUN_ALL_TESTS();
}
