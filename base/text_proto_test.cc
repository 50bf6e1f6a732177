#include "base/text_proto.h"

#include <google/protobuf/wrappers.pb.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(TextProtoTest, Parses) {
  google::protobuf::Int64Value message;
  message.set_value(1);
  ASSERT_TRUE(ParseTextProto("value: 7  # seven", "f", &message).ok());
  EXPECT_EQ(message.value(), 7);
  ASSERT_TRUE(ParseTextProto("", "f", &message).ok());
  EXPECT_EQ(message.value(), 0);
}

TEST(TextProtoTest, NamesThePlaceOfTheFirstMistakeOnOneLine) {
  google::protobuf::Int64Value message;
  const absl::Status status = ParseTextProto("value: 7\n  valve: 8\nx", "dir/f", &message);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith("dir/f:2:"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("valve"));
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos);
  EXPECT_THAT(std::string(ParseTextProto("valve: 8", "f", &message).message()),
              HasSubstr("\"google.protobuf.Int64Value\" has no field named \"valve\""));
  EXPECT_THAT(std::string(ParseTextProto("value: ", "f", &message).message()),
              HasSubstr("got: the end of the file"));
}

}  // namespace
}  // namespace attune
