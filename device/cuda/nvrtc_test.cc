#include "device/cuda/nvrtc.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(NvrtcTest, LooksIntoToolkitsBeforeTheSystem) {
  const std::vector<std::string> candidates =
      NvrtcCandidates({.library = "", .toolkits = {"", "/a"}});
  ASSERT_FALSE(candidates.empty());
  EXPECT_EQ(candidates.front(), "/a/lib64/libnvrtc.so.13");
  EXPECT_EQ(candidates.back(), "libnvrtc.so.12");
  for (const std::string& candidate : candidates) EXPECT_FALSE(absl::StartsWith(candidate, "/lib"));
}

TEST(NvrtcTest, GivenLibraryIsTheOnlyCandidate) {
  EXPECT_EQ(NvrtcCandidates({.library = "/b/libnvrtc.so", .toolkits = {"/a"}}),
            std::vector<std::string>{"/b/libnvrtc.so"});
}

TEST(NvrtcTest, MissingLibraryIsOneClearLineThatSaysWhatToDo) {
  const absl::Status status =
      OpenNvrtc({.library = "/nowhere/libnvrtc.so.13", .toolkits = {}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(status.message(), "no file /nowhere/libnvrtc.so.13")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "CUDA_HOME")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "\n")) << status;
}

TEST(NvrtcTest, LibraryThatIsNoCompilerIsNamed) {
  const absl::Status status = OpenNvrtc({.library = "libc.so.6", .toolkits = {}}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "nvrtcCompileProgram")) << status;
}

TEST(NvrtcTest, TheBuildsToolkitIsFoundWithItsHeaders) {
  const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
  EXPECT_FALSE((*nvrtc)->version.empty());
  EXPECT_FALSE((*nvrtc)->include_directories.empty());
  EXPECT_FALSE((*nvrtc)->cccl_version.empty());
}

}  // namespace
}  // namespace attune
