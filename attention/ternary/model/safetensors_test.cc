#include "attention/ternary/model/safetensors.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

std::string FileOf(const std::string& header, const std::string& data) {
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

void ExpectError(const std::string& content, const char* what) {
  const auto file = ParseSafetensors(content);
  ASSERT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_THAT(std::string(file.status().message()), HasSubstr(what));
  EXPECT_EQ(file.status().message().find('\n'), absl::string_view::npos);
}

TEST(SafetensorsTest, FilesRoundTrip) {
  const SafetensorsFile file = {.metadata = {{"format", "pt"}},
                                .tensors = {{"b", "F32", {1, 2}, "12345678"},
                                            {"a", "BF16", {3}, "abcdef"},
                                            {"empty", "I64", {0, 7}, ""},
                                            {"scalar", "U8", {}, "x"}}};
  const std::string content = FormatSafetensors(file);
  const auto parsed = ParseSafetensors(content);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, file);
}

TEST(SafetensorsTest, TensorsAreReadInTheOrderOfTheirData) {
  const std::string content = FileOf(R"({"z":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},)"
                                     R"("y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   )",
                                     "abc");
  const auto parsed = ParseSafetensors(content);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->tensors[0].name, "y");
  EXPECT_EQ(parsed->tensors[1].data, "bc");
}

TEST(SafetensorsTest, NamesThatAreThereTwiceAreRefused) {
  const std::string entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  ExpectError(FileOf(absl::StrCat("{\"w\":", entry, ",\"v\":1,\"w\":", entry, "}"), "a"),
              "tensor \"w\" is there twice");
  ExpectError(FileOf(R"({"__metadata__":{"a":"b"},"__metadata__":{}})", ""), "is there twice");
  // Further down a name is another one's.
  const std::string content =
      FileOf(absl::StrCat("{\"__metadata__\":{\"w\":\"x\"},\"w\":", entry, "}"), "a");
  EXPECT_TRUE(ParseSafetensors(content).ok());
}

TEST(SafetensorsTest, DamagedFilesSayWhatIsWrong) {
  ExpectError("abc", "3 bytes");
  ExpectError(std::string(8, '\xff') + "{}", "header's length");
  ExpectError(FileOf("[1]", ""), "no JSON object");
  ExpectError(FileOf("{\"a\": ", ""), "no JSON object");
  const auto with = [](const std::string& entry, const std::string& data) {
    return FileOf(absl::StrCat("{\"w\":", entry, "}"), data);
  };
  ExpectError(with(R"({"shape":[1],"data_offsets":[0,1]})", "a"), "\"w\" has no dtype");
  ExpectError(with(R"({"dtype":"U8","data_offsets":[0,1]})", "a"), "\"w\" has no shape");
  ExpectError(with(R"({"dtype":"U8","shape":[1]})", "a"), "\"w\" has no data_offsets");
  ExpectError(with(R"({"dtype":"Q4","shape":[1],"data_offsets":[0,1]})", "a"), "Q4");
  ExpectError(with(R"({"dtype":"U8","shape":[-1],"data_offsets":[0,1]})", "a"), "integers");
  ExpectError(with(R"({"dtype":"F32","shape":[1],"data_offsets":[0,3]})", "abc"), "the 4 bytes");
  ExpectError(with(R"({"dtype":"U8","shape":[4],"data_offsets":[0,4]})", "abc"), "truncated");
  ExpectError(with(R"({"dtype":"U8","shape":[2],"data_offsets":[0,2]})", "abc"), "1 bytes behind");
  ExpectError(with(R"({"dtype":"U8","shape":[2],"data_offsets":[1,3]})", "abc"), "gap");
  ExpectError(
      with(R"({"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]})", "abc"),
      "2^63");
}

}  // namespace
}  // namespace attune
