#include "operators/cuda/kernel_store.h"

#include <cstdlib>
#include <string>

#include "base/file.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(KernelStoreTest, KernelsAreKeptInTheTuningCachesDirectory) {
  const std::string directory = testing::TempDir() + "kernel_store_test";
  ASSERT_EQ(setenv("ATTUNE_CACHE_DIR", directory.c_str(), 1), 0);
  const absl::StatusOr<KernelCache*> cache = SharedKernelCache();
  ASSERT_TRUE(cache.ok()) << cache.status();
  const KernelSource source{.name = "nothing.cu",
                            .text = "extern \"C\" __global__ void Nothing() {}\n",
                            .name_expression = "Nothing",
                            .architecture = "sm_80"};
  const auto image = (*cache)->Get(source);
  ASSERT_TRUE(image.ok()) << image.status();
  const auto files = ListFiles(directory + "/kernels", ".kernel");
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(files->size(), 1u);

  const auto again = SharedKernelCache();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *cache);
  EXPECT_EQ(*(*again)->Get(source), *image);
  EXPECT_EQ((*cache)->stats().compilations, 1);
  EXPECT_EQ((*cache)->stats().hits, 1);
}

}  // namespace
}  // namespace attune
