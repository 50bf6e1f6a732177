#include "autotune/timing/drift.h"

#include <vector>

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(DriftCorrectionTest, NoiseIsNoDrift) {
  DriftCorrection drift;
  EXPECT_EQ(drift.Factor(std::vector<double>{100, 101, 99, 100, 102, 98, 100}), 1);
  EXPECT_EQ(drift.Factor(std::vector<double>{101, 102, 103, 101, 102, 103, 101}), 1);
  EXPECT_EQ(drift.Factor(std::vector<double>{97, 98, 99, 97, 98, 97, 98}), 1);
}

TEST(DriftCorrectionTest, WhatIsBeyondTheNoiseIsRelativeToTheFirst) {
  DriftCorrection drift;
  EXPECT_EQ(drift.Factor(std::vector<double>{100, 101, 99, 100, 102, 98, 100}), 1);
  EXPECT_DOUBLE_EQ(drift.Factor(std::vector<double>{110, 110, 111, 109, 110, 112, 110}), 1.1);
  EXPECT_DOUBLE_EQ(drift.Factor(std::vector<double>{90, 90, 91, 89, 90, 92, 90}), 0.9);
  EXPECT_EQ(drift.Factor(std::vector<double>{100, 101, 99, 100, 102, 98, 100}), 1);
}

TEST(DriftCorrectionTest, WithFewSamplesTheExtremesCount) {
  DriftCorrection drift;
  EXPECT_EQ(drift.Factor(std::vector<double>{100, 104}), 1);
  EXPECT_EQ(drift.Factor(std::vector<double>{103, 110}), 1);
  EXPECT_GT(drift.Factor(std::vector<double>{105, 110}), 1.05);
}

}  // namespace
}  // namespace attune
