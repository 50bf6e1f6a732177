#include "attention/ternary/model/quantize_model.h"

#include <cmath>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kRows = 16, kColumns = 64;

std::string Weights(Dtype dtype) {
  std::string data(kRows * kColumns * DtypeBytes(dtype), '\0');
  FillNormal(7, dtype, data.data(), kRows * kColumns);
  return data;
}

ModelQuantizationOptions Options() { return {.least_elements = kRows * kColumns}; }

TEST(QuantizeModelTest, LinearLayersBecomeTernaryAndTheRestIsKept) {
  const std::string fp32 = Weights(Dtype::kFloat32), bf16 = Weights(Dtype::kBfloat16);
  const SafetensorsFile file = {
      .metadata = {{"format", "pt"}},
      .tensors = {{"layers.0.q_proj.weight", "F32", {kRows, kColumns}, fp32},
                  {"layers.0.up.weight", "BF16", {kRows, kColumns}, bf16},
                  {"model.embed_tokens.weight", "F32", {kRows, kColumns}, fp32},
                  {"LM_Head.weight", "F32", {kRows, kColumns}, fp32},
                  {"input_layernorm.weight", "F32", {kRows * kColumns}, fp32},
                  {"post_norm.weight", "F32", {kRows, kColumns}, fp32},
                  {"small.weight",
                   "F32",
                   {kRows, kColumns - 1},
                   absl::string_view(fp32).substr(0, kRows * (kColumns - 1) * 4)},
                  {"ids", "I32", {kRows, kColumns}, fp32},
                  {"conv.weight", "F32", {kRows, 8, 8}, fp32}}};
  const auto model = QuantizeModel(file, Options());
  ASSERT_TRUE(model.ok()) << model.status();
  ASSERT_EQ(model->file.tensors.size(), file.tensors.size());
  EXPECT_EQ(model->file.metadata, file.metadata);
  for (size_t i = 0; i < file.tensors.size(); ++i) {
    EXPECT_EQ(model->file.tensors[i].ternary.has_value(), i < 2) << file.tensors[i].name;
    EXPECT_EQ(absl::string_view(model->reports[i].outcome).substr(0, 4) == "kept", i >= 2);
    if (i < 2) continue;
    EXPECT_EQ(model->file.tensors[i].dense, file.tensors[i]);
  }
  EXPECT_THAT(model->reports[2].outcome, HasSubstr("embed"));
  EXPECT_THAT(model->reports[6].outcome, HasSubstr("fewer than"));
  EXPECT_NEAR(model->file.tensors[0].ternary->cosine, 0.9, 0.01);
}

TEST(QuantizeModelTest, FilesGoThereAndBack) {
  for (const Dtype dtype : {Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16}) {
    const std::string weights = Weights(dtype);
    const char* name = dtype == Dtype::kFloat32 ? "F32" : dtype == Dtype::kFloat16 ? "F16" : "BF16";
    const SafetensorsFile file = {
        .metadata = {{"format", "pt"}},
        .tensors = {{"w", name, {kRows, kColumns}, weights}, {"norm", "F32", {1}, "abcd"}}};
    const auto model = QuantizeModel(file, Options());
    ASSERT_TRUE(model.ok()) << model.status();
    const std::string stored = FormatTernaryFile(model->file).value();
    const std::string unpacked = UnpackModel(ParseTernaryFile(stored).value());
    const auto back = ParseSafetensors(unpacked);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->metadata, file.metadata);
    EXPECT_EQ(back->tensors[1], file.tensors[1]);
    const std::vector<float> expected = Unpack(model->file.tensors[0].ternary->matrix);
    for (int64_t i = 0; i < kRows * kColumns; ++i) {
      ASSERT_NEAR(LoadElement(dtype, back->tensors[0].data.data(), i), expected[i],
                  std::abs(expected[i]) * DtypeEpsilon(dtype));
    }
  }
}

TEST(QuantizeModelTest, DataNeedNotBeAligned) {
  const std::string weights = Weights(Dtype::kFloat32);
  const std::string shifted = "x" + weights;
  const auto tensor = [](absl::string_view data) {
    return SafetensorsFile{.tensors = {{"w", "F32", {kRows, kColumns}, data}}};
  };
  EXPECT_EQ(QuantizeModel(tensor(weights), Options())->file,
            QuantizeModel(tensor(absl::string_view(shifted).substr(1)), Options())->file);
}

TEST(QuantizeModelTest, ErrorsNameTheTensor) {
  std::string weights = Weights(Dtype::kFloat32);
  StoreElement(Dtype::kFloat32, weights.data(), 3 * kColumns + 5, std::nanf(""));
  const auto model =
      QuantizeModel({.tensors = {{"bad.weight", "F32", {kRows, kColumns}, weights}}}, Options());
  EXPECT_EQ(model.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("\"bad.weight\": weight (3, 5)"));
}

}  // namespace
}  // namespace attune
