#include "testing/report/written_files.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "base/file.h"

namespace attune {
namespace {

namespace fs = std::filesystem;

class WrittenFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + "/" + test->name();
    fs::remove_all(root_);
    directory_ = root_ + "/reports";
  }

  void Write(const std::string& name) {
    const fs::path path = fs::path(directory_) / name;
    fs::create_directories(path.parent_path());
    ASSERT_TRUE(WriteFileAtomically(path.string(), "text").ok());
  }
  bool Exists(const std::string& name) { return fs::exists(fs::path(directory_) / name); }

  // A run that writes `names`.
  void Run(const std::vector<std::string>& names) {
    auto files = WrittenFiles::Open(directory_);
    ASSERT_TRUE(files.ok()) << files.status();
    for (const std::string& name : names) Write(name);
    const absl::Status status = files->Record();
    ASSERT_TRUE(status.ok()) << status;
  }
  Cleaned Clean() {
    const auto cleaned = RemoveWrittenFiles(directory_);
    EXPECT_TRUE(cleaned.ok()) << cleaned.status();
    return cleaned.ok() ? *cleaned : Cleaned();
  }

  std::string root_;
  std::string directory_;
};

TEST_F(WrittenFilesTest, CleaningRemovesWhatRunsWroteAndTheFolder) {
  Run({"test.json", "artifacts/test/a.log", "kernels/x/y.image"});
  Run({"benchmark.json"});
  const Cleaned cleaned = Clean();
  EXPECT_EQ(cleaned.removed, 4);
  EXPECT_TRUE(cleaned.left.empty());
  EXPECT_FALSE(fs::exists(directory_));
  EXPECT_EQ(Clean().removed, 0);
}

TEST_F(WrittenFilesTest, FilesOfOthersStay) {
  Write("notes.txt");
  Run({"test.json", "artifacts/a.log"});
  Write("artifacts/mine.txt");
  Run({"test.json"});
  const Cleaned cleaned = Clean();
  EXPECT_EQ(cleaned.removed, 2);
  EXPECT_EQ(cleaned.left, (std::vector<std::string>{"artifacts/mine.txt", "notes.txt"}));
  EXPECT_TRUE(Exists("notes.txt") && Exists("artifacts/mine.txt"));
  EXPECT_FALSE(Exists("test.json") || Exists("artifacts/a.log") || Exists(".gpu_test_files"));
}

TEST_F(WrittenFilesTest, FoldersWithoutAListAreLeftAlone) {
  Write("test.json");
  EXPECT_EQ(Clean().removed, 0);
  EXPECT_TRUE(Exists("test.json"));
}

TEST_F(WrittenFilesTest, LinksAreNotFollowed) {
  Run({"artifacts/a.log"});
  fs::create_directories(root_ + "/elsewhere");
  fs::rename(directory_ + "/artifacts/a.log", root_ + "/elsewhere/a.log");
  fs::remove(directory_ + "/artifacts");
  fs::create_directory_symlink(root_ + "/elsewhere", directory_ + "/artifacts");
  EXPECT_EQ(Clean().removed, 0);
  EXPECT_TRUE(fs::exists(root_ + "/elsewhere/a.log"));
}

TEST_F(WrittenFilesTest, ListsThatNameFilesOutsideAreRefused) {
  Run({"test.json"});
  ASSERT_TRUE(WriteFileAtomically(root_ + "/precious", "text").ok());
  for (const std::string& name :
       {std::string("../precious"), root_ + "/precious", std::string("artifacts/../../precious")}) {
    ASSERT_TRUE(WriteFileAtomically(directory_ + "/.gpu_test_files", "test.json\n" + name).ok());
    EXPECT_EQ(RemoveWrittenFiles(directory_).status().code(), absl::StatusCode::kDataLoss) << name;
    EXPECT_TRUE(fs::exists(root_ + "/precious"));
    EXPECT_TRUE(Exists("test.json"));
  }
}

}  // namespace
}  // namespace attune
