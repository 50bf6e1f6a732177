#include "device/cuda/kernel_image.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

KernelImage SomeImage() {
  return {.cubin = std::string("\x7f"
                               "ELF\0\n\xff",
                               7),
          .lowered_name = "_Z1kv",
          .architecture = "sm_90a",
          .compiler_version = "13.0",
          .resources = {.registers = 168,
                        .stack_bytes = 16,
                        .spill_store_bytes = 4,
                        .spill_load_bytes = 8,
                        .static_shared_bytes = 1024,
                        .barriers = 3},
          .performance_warnings = "(C7510) slow"};
}

TEST(KernelImageTest, ComesBackAsItWas) {
  const absl::StatusOr<KernelImage> image = ParseImage(SerializeImage(SomeImage(), "key"), "key");
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_TRUE(*image == SomeImage());
}

TEST(KernelImageTest, RefusesAnotherKey) {
  const absl::Status status = ParseImage(SerializeImage(SomeImage(), "key"), "other").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(absl::StrContains(status.message(), "key")) << status;
}

TEST(KernelImageTest, RefusesEveryDamagedByteAndEveryCut) {
  const std::string content = SerializeImage(SomeImage(), "key");
  for (size_t i = 0; i < content.size(); ++i) {
    std::string damaged = content;
    damaged[i] ^= 1;
    EXPECT_EQ(ParseImage(damaged, "key").status().code(), absl::StatusCode::kDataLoss) << i;
    EXPECT_EQ(ParseImage(content.substr(0, i), "key").status().code(), absl::StatusCode::kDataLoss)
        << i;
  }
}

}  // namespace
}  // namespace attune
