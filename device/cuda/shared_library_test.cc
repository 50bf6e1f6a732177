#include "device/cuda/shared_library.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(SharedLibraryTest, OpensTheFirstCandidateThatExists) {
  const absl::StatusOr<SharedLibrary> library =
      SharedLibrary::OpenFirst("the C library", {"/nowhere/libc.so.6", "libc.so.6"});
  ASSERT_TRUE(library.ok()) << library.status();
  EXPECT_TRUE(absl::StrContains(library->path(), "libc")) << library->path();
  EXPECT_NE(library->Find("malloc"), nullptr);
  EXPECT_EQ(library->Find("no_such_symbol_anywhere"), nullptr);
}

TEST(SharedLibraryTest, BindsWhatThereIsAndNamesTheRest) {
  const absl::StatusOr<SharedLibrary> library =
      SharedLibrary::OpenFirst("the C library", {"libc.so.6"});
  ASSERT_TRUE(library.ok()) << library.status();
  int (*absolute)(int) = nullptr;
  int (*nothing)(int) = &std::abs;
  std::vector<std::string> missing;
  library->Bind("abs", absolute, missing);
  library->Bind("no_such_symbol_anywhere", nothing, missing);
  EXPECT_EQ(absolute(-3), 3);
  EXPECT_EQ(nothing, nullptr);
  EXPECT_EQ(missing, std::vector<std::string>{"no_such_symbol_anywhere"});
}

TEST(SharedLibraryTest, SaysThatNoCandidateExists) {
  const absl::Status status =
      SharedLibrary::OpenFirst("a library", {"/nowhere/liba.so", "/nowhere/libb.so"}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(),
            "a library cannot be opened: no file /nowhere/liba.so, /nowhere/libb.so");
}

TEST(SharedLibraryTest, PrefersTheReasonOfACandidateThatExists) {
  const absl::Status status =
      SharedLibrary::OpenFirst("a library", {"/nowhere/liba.so", "/etc/passwd"}).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "/etc/passwd")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "/nowhere")) << status;
  EXPECT_FALSE(absl::StrContains(status.message(), "\n")) << status;
}

}  // namespace
}  // namespace attune
