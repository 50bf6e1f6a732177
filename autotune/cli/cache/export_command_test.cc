#include "autotune/cli/cache/export_command.h"

#include <filesystem>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/trial_log/trial_log.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class ExportCommandTest : public ::testing::Test {
 protected:
  ExportCommandTest()
      : directory_(absl::StrCat(::testing::TempDir(), "/",
                                ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::remove_all(directory_);
  }
  void Log(const std::string& family) {
    ASSERT_TRUE(CreateDirectories(directory_ + "/trials").ok());
    TrialLogHeader header;
    header.mutable_key()->set_family(family);
    auto log = TrialLogWriter::Open(absl::StrCat(directory_, "/trials/", family, ".log"), header);
    ASSERT_TRUE(log.ok()) << log.status();
    Trial trial;
    *trial.mutable_configuration() = ToProto(Configuration({{"tile", 4}}));
    ASSERT_TRUE(log->Append(trial).ok());
  }
  absl::Status Export(const std::string& entry, const std::string& format,
                      const std::string& path = "") {
    std::ostringstream out;
    const absl::Status status = RunExportCommand({directory_, entry, format, path}, out);
    printed_ = out.str();
    return status;
  }

  const std::string directory_;
  std::string printed_;
};

TEST_F(ExportCommandTest, PrintsOrWritesOneSearch) {
  Log("a");
  Log("b");
  ASSERT_EQ(Export("a", "csv"), absl::OkStatus());
  EXPECT_THAT(printed_, StartsWith("outcome,"));
  const std::string path = directory_ + "/b.json";
  ASSERT_EQ(Export("b", "t4", path), absl::OkStatus());
  EXPECT_THAT(printed_, HasSubstr("wrote 1 trials of b-"));
  EXPECT_THAT(*ReadFile(path), HasSubstr("\"schema_version\": \"1.0.0\""));
}

TEST_F(ExportCommandTest, MistakesSayWhatThereIs) {
  EXPECT_EQ(Export("", "t4").code(), absl::StatusCode::kNotFound);
  Log("a");
  Log("b");
  EXPECT_THAT(std::string(Export("", "t4").message()), HasSubstr("several begin with '': a-"));
  EXPECT_THAT(std::string(Export("a", "xml").message()), HasSubstr("there are t4, csv"));
}

}  // namespace
}  // namespace attune
