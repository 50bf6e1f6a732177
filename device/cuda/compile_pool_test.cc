#include "device/cuda/compile_pool.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/worker/worker_program.h"
#include "device/cuda/kernel_cache.h"
#include "device/cuda/kernel_compiler.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

KernelSource Source(int scale = 2) {
  return {.name = "scale.cu",
          .text =
              "#include \"scale.cuh\"\n"
              "template <int kScale> __global__ void Scale(float* x) { *x *= kScale; }\n",
          .name_expression = absl::StrCat("Scale<", scale, ">"),
          .architecture = "sm_80",
          .headers = std::make_shared<HeaderSet>(HeaderSet{{"scale.cuh", "// a header\n"}}),
          .options = {"-lineinfo"}};
}

// Instantiates templates without end: each instance asks for two more, to a depth that no compiler
// gets through.
KernelSource EndlessSource() {
  KernelSource source = Source();
  source.name = "endless.cu";
  source.text =
      "template <int kDepth, long kPath> struct Tree {\n"
      "  static constexpr long value = Tree<kDepth - 1, 2 * kPath>::value +\n"
      "                                Tree<kDepth - 1, 2 * kPath + 1>::value;\n"
      "};\n"
      "template <long kPath> struct Tree<0, kPath> { static constexpr long value = 1; };\n"
      "extern \"C\" __global__ void Endless(long* x) { *x = Tree<40, 1>::value; }\n";
  source.name_expression = "Endless";
  return source;
}

TEST(CompilePoolTest, GivesTheImageThatThisProcessWouldCompile) {
  CompilePool pool(1, absl::Minutes(5));
  const absl::StatusOr<KernelImage> image = pool.Compile(Source());
  ASSERT_TRUE(image.ok()) << image.status();
  const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
  EXPECT_EQ(*image, *CompileKernel(**nvrtc, Source()));
}

// What the worker keeps of the headers between compilations is gone with it.
TEST(CompilePoolTest, LeavesNoFilesBehind) {
  // NVRTC takes no long name of a directory for temporary files.
  char name[] = "/tmp/compile_pool_test_XXXXXX";
  const std::string temporary = mkdtemp(name);
  ASSERT_EQ(setenv("TMPDIR", temporary.c_str(), 1), 0);
  {
    CompilePool pool(1, absl::Minutes(5));
    for (const int scale : {1, 2})
      EXPECT_EQ(pool.Compile(Source(scale)).status(), absl::OkStatus());
  }
  unsetenv("TMPDIR");
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(temporary)) {
    left.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(left, testing::IsEmpty());
  std::filesystem::remove_all(temporary);
}

TEST(CompilePoolTest, ErrorsAreTheCompilers) {
  CompilePool pool(1, absl::Minutes(5));
  KernelSource source = Source();
  source.headers = nullptr;
  const absl::Status status = pool.Compile(source).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("scale.cuh"));
}

TEST(CompilePoolTest, ACompilationThatDoesNotEndCostsItselfAlone) {
  CompilePool pool(1, absl::Seconds(3));
  const absl::Status status = pool.Compile(EndlessSource()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("compiling Endless of endless.cu"));
  CompilePool patient(1, absl::Minutes(5));
  EXPECT_TRUE(patient.Compile(Source()).ok());
}

TEST(CompilePoolTest, ACacheCompilesThroughIt) {
  const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
  ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
  CompilePool pool(2, absl::Minutes(5));
  KernelCache cache(**nvrtc, absl::StrCat(testing::TempDir(), "/through_a_pool"),
                    [&](const KernelSource& source) { return pool.Compile(source); });
  const std::vector<KernelSource> sources = {Source(1), Source(2), Source(3)};
  for (const auto& image : cache.GetAll(sources, 3)) EXPECT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(cache.stats().compilations, 3);
  for (const auto& image : cache.GetAll(sources, 3)) EXPECT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(cache.stats().compilations, 3);
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) {
  if (const auto exit_code = attune::MaybeRunWorker(argc, argv)) return *exit_code;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
