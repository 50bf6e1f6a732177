#include "device/cuda/kernel_cache.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

std::shared_ptr<const HeaderSet> Headers(std::string text) {
  return std::make_shared<HeaderSet>(HeaderSet{{"scale.cuh", std::move(text)}, {"unused.cuh", ""}});
}

KernelSource Source(int scale = 2) {
  KernelSource source;
  source.name = "scale.cu";
  source.text =
      "#include \"scale.cuh\"\n"
      "template <int kScale> __global__ void Scale(float* x) { x[threadIdx.x] *= kScale + kOffset; "
      "}\n";
  source.name_expression = absl::StrCat("Scale<", scale, ">");
  source.architecture = "sm_80";
  source.headers = Headers("constexpr int kOffset = 1;\n");
  return source;
}

class KernelCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::StatusOr<const Nvrtc*> nvrtc = LoadNvrtc();
    ASSERT_TRUE(nvrtc.ok()) << nvrtc.status();
    nvrtc_ = *nvrtc;
    directory_ = absl::StrCat(testing::TempDir(), "/",
                              testing::UnitTest::GetInstance()->current_test_info()->name());
  }

  std::string Key(const KernelSource& source) {
    const absl::StatusOr<std::string> key = KernelKey(*nvrtc_, source);
    EXPECT_TRUE(key.ok()) << key.status();
    return key.ok() ? *key : "";
  }

  const Nvrtc* nvrtc_ = nullptr;
  std::string directory_;
};

TEST_F(KernelCacheTest, WithoutADirectoryNothingIsKept) {
  KernelCache cache(*nvrtc_, "");
  ASSERT_TRUE(cache.Get(Source()).ok());
  ASSERT_TRUE(cache.Get(Source()).ok());
  EXPECT_EQ(cache.stats().compilations, 2);
  EXPECT_TRUE(cache.stats().problems.empty());
}

TEST_F(KernelCacheTest, KeyFollowsWhatDecidesTheMachineCode) {
  const std::string key = Key(Source());
  EXPECT_EQ(key.size(), 32);
  EXPECT_EQ(Key(Source()), key);
  EXPECT_NE(Key(Source(3)), key);
  KernelSource source = Source();
  source.architecture = "sm_89";
  EXPECT_NE(Key(source), key);
  source = Source();
  source.headers = Headers("constexpr int kOffset = 7;\n");
  EXPECT_NE(Key(source), key);
  source = Source();
  source.options = {"-lineinfo"};
  EXPECT_NE(Key(source), key);
  Nvrtc other = *nvrtc_;
  other.version = "99.0";
  EXPECT_NE(*KernelKey(other, Source()), key);
}

TEST_F(KernelCacheTest, KeyIgnoresHeadersThatAreNotReached) {
  const std::string key = Key(Source());
  KernelSource source = Source();
  HeaderSet headers = *source.headers;
  headers["unused.cuh"] = "int unused;\n";
  source.headers = std::make_shared<HeaderSet>(headers);
  EXPECT_EQ(Key(source), key);
}

TEST_F(KernelCacheTest, SecondCacheOfTheDirectoryCompilesNothing) {
  KernelCache first(*nvrtc_, directory_);
  const absl::StatusOr<KernelImage> compiled = first.Get(Source());
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  EXPECT_EQ(first.stats().compilations, 1);
  KernelCache second(*nvrtc_, directory_);
  const absl::StatusOr<KernelImage> loaded = second.Get(Source());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(second.stats().compilations, 0);
  EXPECT_EQ(second.stats().hits, 1);
  EXPECT_TRUE(*loaded == *compiled);
}

TEST_F(KernelCacheTest, DamagedFileIsReportedRecompiledAndReplaced) {
  KernelCache cache(*nvrtc_, directory_);
  const absl::StatusOr<KernelImage> compiled = cache.Get(Source());
  ASSERT_TRUE(compiled.ok()) << compiled.status();
  const std::string path = cache.Path(Key(Source()));
  absl::StatusOr<std::string> content = ReadFile(path);
  ASSERT_TRUE(content.ok()) << content.status();
  content->back() ^= 1;
  ASSERT_TRUE(WriteFileAtomically(path, *content).ok());
  const absl::StatusOr<KernelImage> again = cache.Get(Source());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(*again == *compiled);
  EXPECT_EQ(cache.stats().compilations, 2);
  ASSERT_EQ(cache.stats().problems.size(), 1);
  EXPECT_TRUE(absl::StartsWith(cache.stats().problems[0], path)) << cache.stats().problems[0];
  ASSERT_TRUE(cache.Get(Source()).ok());
  EXPECT_EQ(cache.stats().hits, 1);
}

TEST_F(KernelCacheTest, DirectoryThatCannotBeWrittenCostsNoAnswer) {
  KernelCache cache(*nvrtc_, "/proc/no_such_directory");
  EXPECT_TRUE(cache.Get(Source()).ok());
  EXPECT_EQ(cache.stats().problems.size(), 1);
}

TEST_F(KernelCacheTest, FailedCompilationIsNotKept) {
  KernelCache cache(*nvrtc_, directory_);
  KernelSource source = Source();
  source.headers = Headers("");
  EXPECT_EQ(cache.Get(source).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(cache.Get(source).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(cache.stats().compilations, 2);
}

TEST_F(KernelCacheTest, ThreadsThatWantTheSameKernelCompileItOnce) {
  KernelCache cache(*nvrtc_, directory_);
  const std::vector<KernelSource> sources(4, Source());
  for (const absl::StatusOr<KernelImage>& image : cache.GetAll(sources, 4)) {
    ASSERT_TRUE(image.ok()) << image.status();
  }
  EXPECT_EQ(cache.stats().compilations, 1);
  EXPECT_EQ(cache.stats().hits, 3);
}

TEST_F(KernelCacheTest, SeveralAreCompiledAtOnceAndKeepTheirOrder) {
  KernelCache cache(*nvrtc_, directory_);
  std::vector<KernelSource> sources;
  for (int scale = 1; scale <= 6; ++scale) sources.push_back(Source(scale));
  sources[3].name_expression = "Missing";
  const std::vector<absl::StatusOr<KernelImage>> images = cache.GetAll(sources, 3);
  ASSERT_EQ(images.size(), 6);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(images[i].ok(), i != 3) << i;
    if (!images[i].ok()) continue;
    EXPECT_TRUE(absl::StrContains(images[i]->lowered_name, absl::StrCat("Li", i + 1, "E")))
        << images[i]->lowered_name;
  }
}

}  // namespace
}  // namespace attune
