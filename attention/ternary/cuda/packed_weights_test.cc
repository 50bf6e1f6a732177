#include "attention/ternary/cuda/packed_weights.h"

#include <cstring>
#include <set>
#include <vector>

#include "attention/ternary/cuda/packed_layout.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ternary_cuda::CodeOrder;

TernaryMatrix RandomMatrix(const TernaryShape& shape, uint64_t seed) {
  TernaryMatrix matrix = MakeTernaryMatrix(shape);
  const int64_t words = WordsPerRow(shape);
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (int64_t column = 0; column < shape.columns; ++column) {
      const uint32_t bit = 1u << column % 32;
      const uint64_t draw = RandomBits(seed, row * shape.columns + column) % 3;
      const int64_t word = row * words + column / 32;
      if (draw == 1) matrix.plus[word] |= bit;
      if (draw == 2) matrix.minus[word] |= bit;
    }
  }
  for (size_t i = 0; i < matrix.scales.size(); ++i) matrix.scales[i] = 1.0f + i;
  return matrix;
}

// The weight at (row, column) as the tensor cores will see it: the layout read backwards, code by
// code, from the fragments of the PTX ISA.
int SignAt(const std::vector<uint8_t>& packed, const TernaryShape& shape, CodeOrder order,
           int64_t row, int64_t column) {
  const int64_t chunk = row / 32 * ternary_cuda::ColumnChunks(shape.columns) + column / 64;
  const int in_chunk = static_cast<int>(column % 64);
  int quarter = 0;
  int shift = 0;
  if (order == CodeOrder::kHalves) {
    // Depth-16 step, register of it, half of that.
    quarter = in_chunk % 8 / 2;
    shift = 16 * (in_chunk % 2) + 2 * (in_chunk / 8);
  } else {
    quarter = in_chunk % 16 / 4;
    shift = 8 * (in_chunk % 4) + 2 * (in_chunk / 16);
  }
  const int64_t lane = row % 8 * 4 + quarter;
  uint32_t word = 0;
  std::memcpy(&word, packed.data() + chunk * 512 + lane * 16 + row % 32 / 8 * 4, 4);
  const int code = word >> shift & 3;
  EXPECT_NE(code, 2);
  return code == 0 ? 0 : code == 1 ? 1 : -1;
}

void ExpectPacked(const TernaryShape& shape, Activation activation, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << shape.ToString() << " seed " << seed);
  const TernaryMatrix matrix = RandomMatrix(shape, seed);
  ASSERT_TRUE(Validate(matrix).ok()) << Validate(matrix);
  const WeightLayout layout = CudaWeightLayout({.weights = shape, .activation = activation});
  std::vector<uint8_t> packed(layout.bytes, 0xff);
  PackCudaWeights(matrix, CodeOrderOf(activation), absl::MakeSpan(packed));
  const int64_t padded_rows = (shape.rows + 31) / 32 * 32;
  const int64_t padded_columns = (shape.columns + 63) / 64 * 64;
  for (int64_t row = 0; row < padded_rows; ++row) {
    for (int64_t column = 0; column < padded_columns; ++column) {
      const bool inside = row < shape.rows && column < shape.columns;
      ASSERT_EQ(SignAt(packed, shape, CodeOrderOf(activation), row, column),
                inside ? matrix.Sign(row, column) : 0)
          << row << ", " << column;
    }
  }
  const int64_t groups = GroupsPerRow(shape);
  const auto* const scales =
      reinterpret_cast<const float*>(packed.data() + CudaScalesOffset(shape));
  for (int64_t row = 0; row < shape.rows; ++row) {
    for (int64_t group = 0; group < groups; ++group) {
      ASSERT_EQ(scales[((row / 32 * groups + group) * 8 + row % 8) * 4 + row % 32 / 8],
                matrix.scales[row * groups + group]);
    }
  }
}

TEST(PackedWeightsTest, EveryWeightIsWhereTheTensorCoresTakeIt) {
  uint64_t seed = 1;
  for (const Activation activation : {Activation::kBfloat16, Activation::kInt8}) {
    for (const TernaryShape& shape :
         {TernaryShape{.rows = 32, .columns = 64}, TernaryShape{.rows = 1, .columns = 1},
          TernaryShape{.rows = 77, .columns = 200, .group = 32},
          TernaryShape{.rows = 40, .columns = 96, .group = 128}}) {
      ExpectPacked(shape, activation, seed++);
    }
  }
}

TEST(PackedWeightsTest, EachColumnHasOnePlace) {
  for (const CodeOrder order : {CodeOrder::kHalves, CodeOrder::kBytes}) {
    std::set<int> columns;
    for (int quarter = 0; quarter < 4; ++quarter) {
      std::set<int> shifts;
      for (int i = 0; i < 16; ++i) {
        columns.insert(ternary_cuda::PlaceOf(order, quarter, i).column);
        shifts.insert(ternary_cuda::PlaceOf(order, quarter, i).shift);
      }
      EXPECT_EQ(shifts.size(), 16u);
    }
    EXPECT_EQ(columns.size(), 64u);
  }
}

TEST(PackedWeightsTest, WholeChunksTakeNoMoreThanPlanes) {
  for (const int64_t group : {0, 32, 64, 128}) {
    const TernaryShape shape{.rows = 4096, .columns = 14336, .group = group};
    EXPECT_EQ(CudaWeightLayout({.weights = shape}).bytes, TernaryBytes(shape));
  }
}

TEST(PackedWeightsTest, LayoutsOfBfloat16AndInt8Differ) {
  const TernaryShape shape{.rows = 32, .columns = 64};
  EXPECT_NE(CudaWeightLayout({.weights = shape, .activation = Activation::kInt8}).name,
            CudaWeightLayout({.weights = shape, .activation = Activation::kBfloat16}).name);
}

}  // namespace
}  // namespace attune
