#include "attention/ternary/ternary_matrix.h"

#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

TernaryMatrix SmallMatrix() {
  TernaryMatrix matrix = MakeTernaryMatrix({.rows = 3, .columns = 40, .group = 32});
  matrix.plus[2 * 2 + 1] = 1u << 7;  // (2, 39)
  matrix.minus[0] = 1u << 31;        // (0, 31)
  matrix.scales = {1, 2, 3, 4, 5, 6};
  return matrix;
}

void ExpectError(const TernaryMatrix& matrix, const char* what) {
  const absl::Status status = Validate(matrix);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(what));
}

TEST(TernaryMatrixTest, ElementsAreReadLeastSignificantBitFirst) {
  const TernaryMatrix matrix = SmallMatrix();
  ASSERT_TRUE(Validate(matrix).ok());
  EXPECT_EQ(matrix.Sign(2, 39), 1);
  EXPECT_EQ(matrix.Sign(0, 31), -1);
  EXPECT_EQ(matrix.Sign(0, 30), 0);
  EXPECT_EQ(matrix.Scale(2, 31), 5);
  EXPECT_EQ(matrix.Scale(2, 32), 6);
}

TEST(TernaryMatrixTest, BytesAreThoseOfPlanesAndScales) {
  EXPECT_EQ(TernaryBytes({.rows = 3, .columns = 40}), 8 * 3 * 2 + 4 * 3);
  EXPECT_EQ(TernaryBytes({.rows = 3, .columns = 40, .group = 32}), 8 * 3 * 2 + 4 * 6);
  EXPECT_EQ(TernaryBytes({.rows = 8192, .columns = 28672, .group = 128}),
            8 * 8192 * 896 + 4 * 8192 * 224);
}

TEST(TernaryMatrixTest, ShapesOutsideTheLimitsAreRefused) {
  EXPECT_THAT(std::string(Validate(TernaryShape{.rows = 0, .columns = 4}).message()),
              HasSubstr("0 rows"));
  EXPECT_THAT(
      std::string(Validate(TernaryShape{.rows = 4, .columns = kMaxTernarySize + 1}).message()),
      HasSubstr("columns"));
  EXPECT_THAT(std::string(Validate(TernaryShape{.rows = 4, .columns = 4, .group = 48}).message()),
              HasSubstr("groups of 48"));
}

TEST(TernaryMatrixTest, BothBitsSetNamesTheElement) {
  TernaryMatrix matrix = SmallMatrix();
  matrix.minus[2 * 2 + 1] = 1u << 7;
  ExpectError(matrix, "(2, 39)");
}

TEST(TernaryMatrixTest, PaddingBitsAreRefused) {
  TernaryMatrix matrix = SmallMatrix();
  matrix.minus[1] = 1u << 8;  // column 40
  ExpectError(matrix, "row 0");
}

TEST(TernaryMatrixTest, ScalesHaveToBeFinite) {
  for (const float scale : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    TernaryMatrix matrix = SmallMatrix();
    matrix.scales[3] = scale;
    ExpectError(matrix, "scale 1 of row 1");
  }
}

TEST(TernaryMatrixTest, SizesHaveToFitTheShape) {
  TernaryMatrix matrix = SmallMatrix();
  matrix.plus.pop_back();
  ExpectError(matrix, "5 plus words; expected 6");
  matrix = SmallMatrix();
  matrix.minus.push_back(0);
  ExpectError(matrix, "7 minus words; expected 6");
  matrix = SmallMatrix();
  matrix.scales.pop_back();
  ExpectError(matrix, "5 scales; expected 6");
}

}  // namespace
}  // namespace attune
