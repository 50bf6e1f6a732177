#include "benchmarks/roofline/cpu_tile_rate.h"

#include <gtest/gtest.h>

#include "attention/cpu/tile_kernel.h"

namespace attune {
namespace {

TEST(CpuTileRateTest, EveryRoundAddsTheProductOfTilesOfOnes) {
  if (!HasTileProducts()) GTEST_SKIP() << "this processor has no tiles of bf16 (AMX)";
  ASSERT_TRUE(EnableTileProducts().ok());
  const TileScope scope;
  EXPECT_EQ(TileProducts(0), 0);
  EXPECT_EQ(TileProducts(100), 100 * 2 * kTileWords);
}

TEST(CpuTileRateTest, ARoundIsFourProductsOfSixteenRowsByThirtyTwoElements) {
  EXPECT_EQ(TileOperationsPerRound(), 4 * 2 * 16 * 16 * 32);
}

}  // namespace
}  // namespace attune
