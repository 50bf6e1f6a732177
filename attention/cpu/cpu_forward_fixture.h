// The fixture of the tests of cpu_forward: each runs with each kind of products.
#ifndef ATTUNE_ATTENTION_CPU_CPU_FORWARD_FIXTURE_H_
#define ATTUNE_ATTENTION_CPU_CPU_FORWARD_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "attention/cpu/family_test_util.h"
#include "attention/problem.h"
#include "attention/tensors.h"
#include "autotune/space/configuration.h"

namespace attune {

// The parameter is a value of bf16_products. Skips what this processor does not have.
class CpuForwardFamilyTest : public ::testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override;

  static bool InBf16();
  static Configuration DefaultConfiguration();
  static Problem SmallProblem();
  static absl::Status RunAndCheck(TestTensors& tensors) {
    return RunAndCheck(tensors, DefaultConfiguration());
  }
  static absl::Status RunAndCheck(TestTensors& tensors, const Configuration& configuration);
  static absl::Status RunAndCheck(const Problem& problem, uint64_t seed = 1);
  // As on a machine of `workers` threads.
  static absl::Status RunWith(int64_t workers, const Problem& problem,
                              const ForwardTensors& tensors);
};

std::string ProductsName(const ::testing::TestParamInfo<int64_t>& info);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CPU_CPU_FORWARD_FIXTURE_H_
