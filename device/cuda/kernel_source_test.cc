#include "device/cuda/kernel_source.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(CompileArchitectureTest, AddsTheFeaturesOfOneArchitectureWhereThereAreAny) {
  EXPECT_EQ(CompileArchitecture("sm_80"), "sm_80");
  EXPECT_EQ(CompileArchitecture("sm_89"), "sm_89");
  EXPECT_EQ(CompileArchitecture("sm_90"), "sm_90a");
  EXPECT_EQ(CompileArchitecture("sm_120"), "sm_120a");
  EXPECT_EQ(CompileArchitecture("sm_90a"), "sm_90a");
}

TEST(ReachedHeadersTest, FollowsIncludesThroughTheSetAndLeavesOutTheRest) {
  KernelSource source;
  source.text = "#include \"a.cuh\"\n  #  include <cuda_fp16.h>\n// #include \"comment.cuh\"\n";
  source.headers = std::make_shared<HeaderSet>(HeaderSet{{"a.cuh", "#include <dir/b.cuh>\n"},
                                                         {"dir/b.cuh", "#include \"a.cuh\"\n"},
                                                         {"comment.cuh", ""},
                                                         {"unused.cuh", ""}});
  const absl::StatusOr<HeaderSet> reached = ReachedHeaders(source);
  ASSERT_TRUE(reached.ok()) << reached.status();
  EXPECT_EQ(*reached, (HeaderSet{{"a.cuh", "#include <dir/b.cuh>\n"},
                                 {"dir/b.cuh", "#include \"a.cuh\"\n"}}));
}

TEST(ReachedHeadersTest, FindsFilesInIncludeDirectoriesAndBesideTheIncluder) {
  const std::string directory = absl::StrCat(testing::TempDir(), "/reached_headers");
  ASSERT_TRUE(CreateDirectories(directory + "/sub").ok());
  ASSERT_TRUE(WriteFileAtomically(directory + "/sub/a.cuh", "#include \"b.cuh\"\n").ok());
  ASSERT_TRUE(WriteFileAtomically(directory + "/sub/b.cuh", "int b;\n").ok());
  KernelSource source;
  source.text = "#include \"sub/a.cuh\"\n";
  source.include_directories = {directory};
  const absl::StatusOr<HeaderSet> reached = ReachedHeaders(source);
  ASSERT_TRUE(reached.ok()) << reached.status();
  EXPECT_EQ(reached->size(), 2);
  EXPECT_EQ(reached->count(directory + "/sub/b.cuh"), 1);
}

}  // namespace
}  // namespace attune
