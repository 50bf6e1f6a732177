#include "device/cuda/driver.h"

#include <cstdlib>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(DriverTest, MissingLibraryIsOneClearLine) {
  const absl::Status status = OpenDriver("/nowhere/libcuda.so.1").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "the NVIDIA driver cannot be opened: no file /nowhere/libcuda.so.1");
}

TEST(DriverTest, LibraryThatIsNoDriverIsNamed) {
  const absl::Status status = OpenDriver("libc.so.6").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "lacks cuCtxGetCurrent")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "525")) << status;
}

// The toolkit's stand-in exports all that a driver does, so every symbol is looked up, and says
// from cuInit what it is.
TEST(DriverTest, ToolkitStubHasEverySymbolAndIsRefused) {
  const char* runfiles = std::getenv("TEST_SRCDIR");
  ASSERT_NE(runfiles, nullptr);
  const std::string stub = std::string(runfiles) + "/cuda/stubs/libcuda.so";
  if (!std::filesystem::exists(stub)) GTEST_SKIP() << "this toolkit has no stub driver";
  const absl::Status status = OpenDriver(stub).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "stand-in for linking")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "LD_LIBRARY_PATH")) << status;
}

TEST(DriverTest, ReadsVersionFromTheLibrarysNameThenTheKernelModule) {
  constexpr char kProc[] =
      "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.10  Sun Jan  5\nGCC version: 12.2.0";
  EXPECT_EQ(ParseDriverVersion("/usr/lib/libcuda.so.580.65.06", kProc), "580.65.06");
  EXPECT_EQ(ParseDriverVersion("libcuda.so.1", kProc), "570.86.10");
  EXPECT_EQ(ParseDriverVersion("libcuda.so.1", ""), "");
}

TEST(DriverTest, ErrorsKeepTheDriversWordsAndGetACode) {
  const Driver driver = MakeFakeDriver();
  EXPECT_TRUE(DriverStatus(driver, CUDA_SUCCESS, "cuX").ok());
  const absl::Status invalid = DriverStatus(driver, CUDA_ERROR_INVALID_VALUE, "cuX");
  EXPECT_EQ(invalid.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(invalid.message(), "cuX failed: CUDA_ERROR_INVALID_VALUE: described by the driver");
  EXPECT_EQ(DriverStatus(driver, CUDA_ERROR_OUT_OF_MEMORY, "cuX").code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(DriverTest, StickyErrorsSayThatTheProcessMustStartAgain) {
  const Driver driver = MakeFakeDriver();
  const absl::Status status = DriverStatus(driver, CUDA_ERROR_ILLEGAL_ADDRESS, "cuX");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(absl::StrContains(status.message(), "start it again")) << status;
}

}  // namespace
}  // namespace attune
