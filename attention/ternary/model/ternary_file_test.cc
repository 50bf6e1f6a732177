#include "attention/ternary/model/ternary_file.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "attention/ternary/model/ternary_file.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TernaryFile SmallFile() {
  TernaryMatrix matrix = MakeTernaryMatrix({.rows = 2, .columns = 40, .group = 32});
  matrix.plus = {1, 2, 4, 8};
  matrix.minus = {8, 4, 2, 1};
  matrix.scales = {0.5, 1, 2, 4};
  return {.metadata = {{"format", "pt"}, {"by", "x"}},
          .tensors = {{.dense = {"norm", "F32", {1}, "abcd"}},
                      {.dense = {"w", "BF16", {2, 40}, ""},
                       .ternary = TernaryWeights{matrix, "optimal", 0.9, 0.4, 0.8}}}};
}

std::string SmallContent() { return FormatTernaryFile(SmallFile()).value(); }

// Where the data of tensor "w" begins, which is the last of the file.
size_t DataOfW(const std::string& content) { return content.size() - (8 * 2 * 2 + 4 * 4); }

void ExpectError(const std::string& content, const std::string& what) {
  const auto file = ParseTernaryFile(content);
  ASSERT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument) << what;
  EXPECT_THAT(std::string(file.status().message()), HasSubstr(what));
  EXPECT_EQ(file.status().message().find('\n'), absl::string_view::npos);
}

// A file whose header `change` has changed.
std::string WithHeader(const std::function<void(TernaryFileHeader&)>& change) {
  const std::string content = SmallContent();
  uint64_t length = 0;
  std::memcpy(&length, content.data() + 8, 8);
  TernaryFileHeader header;
  EXPECT_TRUE(header.ParseFromString(content.substr(16, length)));
  change(header);
  const std::string bytes = header.SerializeAsString();
  const uint64_t new_length = bytes.size();
  std::string changed = content.substr(0, 8);
  changed.append(reinterpret_cast<const char*>(&new_length), 8);
  changed += bytes;
  // Offsets stay: the headers here are no longer than to the next multiple of 64.
  changed.resize(DataOfW(content) - 64);
  return changed + content.substr(DataOfW(content) - 64);
}

TEST(TernaryFileTest, FilesRoundTrip) {
  const std::string content = SmallContent();
  const auto parsed = ParseTernaryFile(content);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(*parsed, SmallFile());
  EXPECT_EQ(FormatTernaryFile(*parsed).value(), content);
}

TEST(TernaryFileTest, DataIsAligned) {
  const std::string content = SmallContent();
  EXPECT_EQ(DataOfW(content) % 64, 0);
  uint32_t first = 0;
  std::memcpy(&first, content.data() + DataOfW(content), 4);
  EXPECT_EQ(first, 1);
}

TEST(TernaryFileTest, EveryTruncationIsNoticed) {
  const std::string content = SmallContent();
  for (size_t size = 0; size < content.size(); ++size) {
    const auto parsed = ParseTernaryFile(content.substr(0, size));
    ASSERT_FALSE(parsed.ok()) << size;
    if (size < 8) continue;
    EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("truncated")) << size;
  }
}

TEST(TernaryFileTest, OtherFilesAreRefused) {
  ExpectError("GGUF and whatever follows", "does not begin with TERNARY");
  ExpectError(WithHeader([](TernaryFileHeader& header) { header.set_version(2); }), "version 2");
  std::string damaged = SmallContent();
  for (int i = 16; i < 30; ++i) damaged[i] = '\xff';
  ExpectError(damaged, "protobuf");
}

TEST(TernaryFileTest, BothBitsSetAreNamed) {
  std::string content = SmallContent();
  content[DataOfW(content)] = 9;  // plus of (0, 0) and (0, 3)
  ExpectError(content, "tensor \"w\": element (0, 3)");
}

TEST(TernaryFileTest, BitsBehindTheLastColumnAreNamed) {
  std::string content = SmallContent();
  content[DataOfW(content) + 5] = 1;  // column 40 of row 0
  ExpectError(content, "row 0");
}

TEST(TernaryFileTest, ScalesThatAreNotFiniteAreNamed) {
  for (const float value : {std::nanf(""), -INFINITY}) {
    std::string content = SmallContent();
    std::memcpy(content.data() + content.size() - 4, &value, 4);
    ExpectError(content, "scale 1 of row 1");
  }
}

TEST(TernaryFileTest, SizesThatDoNotFitAreNamed) {
  const auto with_w = [](const std::function<void(TernaryFileTensor&)>& change) {
    return WithHeader([&](TernaryFileHeader& header) { change(*header.mutable_tensor(1)); });
  };
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_shape(1, 80); }), "48 bytes of data");
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_shape(0, 0); }), "0 rows");
  ExpectError(with_w([](TernaryFileTensor& w) { w.add_shape(1); }), "no matrix");
  ExpectError(with_w([](TernaryFileTensor& w) { w.mutable_ternary()->set_group(3); }),
              "groups of 3");
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_dtype("I8"); }), "stands for I8");
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_offset(w.offset() + 1); }), "multiple of 64");
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_offset(1 << 20); }), "truncated");
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_offset(0); }), "multiple of 64");
  ExpectError(with_w([](TernaryFileTensor& w) { w.set_name("norm"); }), "twice");
}

TEST(TernaryFileTest, DataThatOverlapsIsRefused) {
  ExpectError(WithHeader([](TernaryFileHeader& header) {
                header.mutable_tensor(1)->set_offset(header.tensor(0).offset());
              }),
              "tensor \"w\": has its data at byte");
  ExpectError(
      WithHeader([](TernaryFileHeader& header) { header.mutable_tensor(0)->set_offset(64); }),
      "tensor \"norm\": has its data at byte 64; expected a multiple of 64 behind");
}

TEST(TernaryFileTest, WhatNoSafetensorsFileHoldsIsRefused) {
  for (const std::string name : {"", "__metadata__"}) {
    for (const int tensor : {0, 1}) {
      ExpectError(WithHeader([&](TernaryFileHeader& header) {
                    header.clear_metadata();  // room for the longer name
                    header.mutable_tensor(tensor)->set_name(name);
                  }),
                  absl::StrCat("tensor \"", name, "\": is no name"));
      TernaryFile file = SmallFile();
      file.tensors[tensor].dense.name = name;
      EXPECT_THAT(std::string(FormatTernaryFile(file).status().message()), HasSubstr("no name"));
    }
  }
  // Finite in fp32, infinite in bf16.
  const float scale = 3.4e38f;
  std::string content = SmallContent();
  std::memcpy(content.data() + content.size() - 4, &scale, 4);
  ExpectError(content, "tensor \"w\": scale 1 of row 1 is 3.4e+38, more than BF16 holds");
  TernaryFile file = SmallFile();
  file.tensors[1].ternary->matrix.scales[3] = scale;
  EXPECT_FALSE(FormatTernaryFile(file).ok());
  file.tensors[1].dense.dtype = "F32";
  EXPECT_TRUE(FormatTernaryFile(file).ok());
}

TEST(TernaryFileTest, WhatIsNotValidIsNotWritten) {
  TernaryFile file = SmallFile();
  file.tensors[1].ternary->matrix.plus[0] = 9;
  EXPECT_THAT(std::string(FormatTernaryFile(file).status().message()), HasSubstr("\"w\""));
  file = SmallFile();
  file.tensors[1].dense.shape = {2, 41};
  EXPECT_THAT(std::string(FormatTernaryFile(file).status().message()), HasSubstr("another shape"));
  file = SmallFile();
  file.tensors[0].dense.data = "abc";
  EXPECT_THAT(std::string(FormatTernaryFile(file).status().message()), HasSubstr("\"norm\""));
}

}  // namespace
}  // namespace attune
