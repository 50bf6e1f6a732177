#include "benchmarks/roofline/cpu_roofline.h"

#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(CpuRooflineTest, MultiplyAddsConvergeToWhatTheyShould) {
  // Every chain goes to 0.001 / (1 - 0.999) = 1, in every lane; operations per round are two each.
  EXPECT_NEAR(MultiplyAdds(100000), static_cast<double>(OperationsPerRound()) / 2,
              0.001 * static_cast<double>(OperationsPerRound()));
  // Only half of the chains begin there.
  EXPECT_NEAR(MultiplyAdds(0), static_cast<double>(OperationsPerRound()) / 4, 1e-3);
}

TEST(CpuRooflineTest, SumReadsEveryElement) {
  for (const size_t count : {0, 1, 63, 64, 65, 1000}) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 1.0f);
    EXPECT_EQ(Sum(values), static_cast<float>(count * (count + 1) / 2)) << count;
  }
}

}  // namespace
}  // namespace attune
