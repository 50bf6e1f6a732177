#include "absl/strings/match.h"
#include "attention/cuda/cuda_families.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(CudaFamiliesWithoutToolkitTest, ThereAreNoneAndTheReasonIsSaid) {
  EXPECT_TRUE(CudaAttentionFamilies().families.empty());
  EXPECT_TRUE(absl::StrContains(CudaAttentionFamilies().absent, "CUDA_HOME"));
}

}  // namespace
}  // namespace attune
