#include "attention/ternary/model/quantize_command.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "attention/ternary/model/safetensors.h"
#include "attention/ternary/model/ternary_file.h"
#include "base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

class QuantizeCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = absl::StrCat(::testing::TempDir(), "/",
                         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(root_);
    ASSERT_TRUE(CreateDirectories(In("in")).ok());
    weights_.resize(4 * 64 * 4);
    FillNormal(1, Dtype::kFloat32, weights_.data(), 4 * 64);
  }

  std::string In(const std::string& name) const { return absl::StrCat(root_, "/", name); }

  void WriteModel(const std::string& name) {
    const std::string content = FormatSafetensors(
        {.tensors = {{"w", "F32", {4, 64}, weights_}, {"norm", "F32", {1}, "abcd"}}});
    ASSERT_TRUE(WriteFileAtomically(In("in/" + name), content).ok());
  }

  int Run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    return RunQuantizeCommand(arguments, out_, err_);
  }

  void ExpectNothingWritten(const std::vector<std::string>& arguments, const std::string& what) {
    EXPECT_EQ(Run(arguments), 1);
    EXPECT_THAT(err_.str(), HasSubstr(what));
    const std::string text = err_.str();
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(root_), {}), 1) << what;
  }

  std::string root_;
  std::string weights_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(QuantizeCommandTest, FoldersGoThereAndBack) {
  WriteModel("a.safetensors");
  WriteModel("b.safetensors");
  ASSERT_EQ(Run({In("in"), In("out"), "--least_elements=1", "--group=32"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("cosine"));
  const std::string stored = ReadFile(In("out/b.ternary")).value();
  const auto file = ParseTernaryFile(stored);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->tensors[0].ternary->matrix.shape.group, 32);
  ASSERT_EQ(Run({In("out"), In("back"), "--unpack"}), 0) << err_.str();
  const std::string back = ReadFile(In("back/a.safetensors")).value();
  EXPECT_EQ(ParseSafetensors(back)->tensors[1].data, "abcd");
}

TEST_F(QuantizeCommandTest, AnEmptyListSkipsNothing) {
  const std::string content =
      FormatSafetensors({.tensors = {{"lm_head.weight", "F32", {4, 64}, weights_}}});
  ASSERT_TRUE(WriteFileAtomically(In("in/a.safetensors"), content).ok());
  const auto is_ternary = [&](const std::string& out) {
    const std::string stored = ReadFile(In(out + "/a.ternary")).value();
    return ParseTernaryFile(stored)->tensors[0].ternary.has_value();
  };
  ASSERT_EQ(Run({In("in"), In("kept"), "--least_elements=1"}), 0) << err_.str();
  EXPECT_FALSE(is_ternary("kept"));
  ASSERT_EQ(Run({In("in"), In("out"), "--least_elements=1", "--skip="}), 0) << err_.str();
  EXPECT_TRUE(is_ternary("out"));
}

TEST_F(QuantizeCommandTest, NothingIsWrittenWhereOneFileIsWrong) {
  WriteModel("a.safetensors");
  StoreElement(Dtype::kFloat32, weights_.data(), 70, INFINITY);
  WriteModel("b.safetensors");
  ExpectNothingWritten({In("in"), In("out"), "--least_elements=1"},
                       "b.safetensors: tensor \"w\": weight (1, 6) of 4x64 is inf");
  ASSERT_TRUE(WriteFileAtomically(In("in/b.safetensors"), "cut").ok());
  ExpectNothingWritten({In("in"), In("out")}, "b.safetensors: the file has 3 bytes");
}

TEST_F(QuantizeCommandTest, WrongArgumentsAreNamed) {
  WriteModel("a.safetensors");
  ExpectNothingWritten({In("in")}, "two folders");
  ExpectNothingWritten({In("in"), In("out"), "--group=7"}, "groups of 7");
  ExpectNothingWritten({In("in"), In("out"), "--threshold=best"}, "best");
  ExpectNothingWritten({In("in"), In("out"), "--threshold=manual"}, "needs a parameter");
  ExpectNothingWritten({In("in"), In("out"), "--parameter=x"}, "--parameter");
  ExpectNothingWritten({In("in"), In("out"), "--what=x"}, "no flag --what;");
  ExpectNothingWritten({In("in"), In("out"), "--what"}, "no flag --what;");
  ExpectNothingWritten({In("in"), In("out"), "--skip"}, "--skip needs a value: --skip=A,B");
  ExpectNothingWritten({In("in"), In("out"), "--group"}, "--group needs a value: --group=COLUMNS");
  ExpectNothingWritten({In("in"), In("out"), "--unpack", "--group=32"},
                       "--group says how to quantize, and --unpack does not");
  ExpectNothingWritten({In("nowhere"), In("out")}, "no .safetensors file");
  ExpectNothingWritten({In("in"), In("in")}, "exists");
}

TEST_F(QuantizeCommandTest, HelpIsPrinted) {
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_THAT(out_.str(), HasSubstr("--unpack"));
}

}  // namespace
}  // namespace attune
