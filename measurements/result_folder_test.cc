#include "measurements/result_folder.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace attune {
namespace {

std::string FileOfDate(absl::string_view date) {
  return absl::StrCat(R"({"context": {"date": ")", date,
                      R"("}, "benchmarks": [{"name": "a", "real_time": 1}]})");
}

TEST(ResultFolderTest, FilesComeByDateAndWhatCannotBeReadIsNamed) {
  const std::string folder = absl::StrCat(::testing::TempDir(), "/results_by_date");
  ASSERT_TRUE(CreateDirectories(absl::StrCat(folder, "/gpu/new")).ok());
  for (const auto& [path, content] :
       {std::pair("/gpu/b.json", FileOfDate("2026-01-02")),
        std::pair("/gpu/new/a.json", FileOfDate("2026-01-03")),
        std::pair("/z.json", FileOfDate("2026-01-01")), std::pair("/cut.json", std::string("{")),
        std::pair("/empty.json", std::string()), std::pair("/gpu/trials.log", std::string("x")),
        std::pair("/notes.txt", std::string("no result")),
        std::pair("/gpu/test.json", std::string(R"({"command": "test", "outcome": "PASS"})"))}) {
    ASSERT_TRUE(WriteFileAtomically(absl::StrCat(folder, path), content).ok());
  }
  const auto results = ReadResultFolder(folder);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->files.size(), 3u);
  EXPECT_EQ(results->files[0].path, "z.json");
  EXPECT_EQ(results->files[1].path, "gpu/b.json");
  EXPECT_EQ(results->files[2].path, "gpu/new/a.json");
  ASSERT_EQ(results->skipped.size(), 2u);
  EXPECT_EQ(results->skipped[0].path, "cut.json");
  EXPECT_EQ(results->skipped[1].path, "empty.json");
  EXPECT_EQ(results->reports, std::vector<std::string>{"gpu/test.json"});
  EXPECT_EQ(results->trial_logs, std::vector<std::string>{"gpu/trials.log"});
}

TEST(ResultFolderTest, FilesComeByInstantWhateverTheirOffsetFromUtc) {
  const std::string folder = absl::StrCat(::testing::TempDir(), "/results_of_offsets");
  ASSERT_TRUE(CreateDirectories(folder).ok());
  const std::pair<const char*, const char*> files[] = {
      {"/f.json", "2017/03/05-12:00:00"},       {"/e.json", "2026-01-01"},
      {"/d.json", "2026-01-02T01:30:00+02:00"}, {"/c.json", "2026-01-02T00:00:00"},
      {"/b.json", "2026-01-01T20:00:00-05:00"}, {"/a.json", "2026-01-02T01:30:00.5Z"}};
  for (const auto& [path, date] : files) {
    ASSERT_TRUE(WriteFileAtomically(absl::StrCat(folder, path), FileOfDate(date)).ok());
  }
  const auto results = ReadResultFolder(folder);
  ASSERT_TRUE(results.ok()) << results.status();
  std::string order;
  for (const NamedResultFile& named : results->files) order += named.path.substr(0, 1);
  EXPECT_EQ(order, "fedcba");
}

TEST(ResultFolderTest, OneFileIsAFolderOfOne) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/alone.json");
  ASSERT_TRUE(WriteFileAtomically(path, FileOfDate("2026-01-01")).ok());
  const auto results = ReadResultFolder(path);
  ASSERT_TRUE(results.ok()) << results.status();
  ASSERT_EQ(results->files.size(), 1u);
  EXPECT_EQ(results->files[0].path, "alone.json");
}

TEST(ResultFolderTest, NothingThereIsNotFound) {
  EXPECT_EQ(ReadResultFolder("/nowhere/at/all").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace attune
