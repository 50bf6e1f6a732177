#include "attention/ternary/cuda/packed_weights.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "attention/ternary/cuda/packed_layout.h"
#include "base/parallel.h"

namespace attune {
namespace {

using ternary_cuda::CodeOrder;
using ternary_cuda::CodePlace;
using ternary_cuda::kChunkColumns;
using ternary_cuda::kChunkRows;
using ternary_cuda::kLaneRows;
using ternary_cuda::kWordColumns;

constexpr int kLanes = 32;
constexpr int kQuarters = 4;  // words of one row of a chunk

// 64 columns of row `row` of a plane; zeros beyond the matrix.
uint64_t PlaneBits(const std::vector<uint32_t>& plane, int64_t words_per_row, int64_t row,
                   int64_t column_chunk) {
  constexpr int kWords = kChunkColumns / kTernaryWordColumns;
  uint64_t bits = 0;
  for (int i = 0; i < kWords; ++i) {
    const int64_t word = column_chunk * kWords + i;
    if (word >= words_per_row) break;
    bits |= uint64_t{plane[row * words_per_row + word]} << (kTernaryWordColumns * i);
  }
  return bits;
}

// The word of one row of a chunk that lanes with lane % 4 == kQuarter hold. The places are
// constants to the compiler, which makes a shift and a mask of each code.
template <CodeOrder kOrder, int kQuarter>
uint32_t PackWord(uint64_t kept, uint64_t negative) {
  uint32_t word = 0;
  for (int i = 0; i < kWordColumns; ++i) {
    const CodePlace place = ternary_cuda::PlaceOf(kOrder, kQuarter, i);
    const uint32_t code = (kept >> place.column & 1) | (negative >> place.column & 1) << 1;
    word |= code << place.shift;
  }
  return word;
}

template <CodeOrder kOrder>
void PackRows(const TernaryMatrix& weights, int64_t row_chunk, uint32_t* chunks) {
  const int64_t words_per_row = WordsPerRow(weights.shape);
  const int64_t column_chunks = ternary_cuda::ColumnChunks(weights.shape.columns);
  const int64_t first = row_chunk * kChunkRows;
  const int64_t rows = std::min<int64_t>(kChunkRows, weights.shape.rows - first);
  for (int64_t column_chunk = 0; column_chunk < column_chunks; ++column_chunk) {
    uint32_t* const chunk = chunks + column_chunk * kLanes * kLaneRows;
    for (int64_t row = 0; row < rows; ++row) {
      const uint64_t plus = PlaneBits(weights.plus, words_per_row, first + row, column_chunk);
      const uint64_t minus = PlaneBits(weights.minus, words_per_row, first + row, column_chunk);
      uint32_t* const lanes = chunk + row % 8 * kQuarters * kLaneRows + row / 8;
      lanes[0 * kLaneRows] = PackWord<kOrder, 0>(plus | minus, minus);
      lanes[1 * kLaneRows] = PackWord<kOrder, 1>(plus | minus, minus);
      lanes[2 * kLaneRows] = PackWord<kOrder, 2>(plus | minus, minus);
      lanes[3 * kLaneRows] = PackWord<kOrder, 3>(plus | minus, minus);
    }
  }
}

void PackScales(const TernaryMatrix& weights, float* scales) {
  const int64_t groups = GroupsPerRow(weights.shape);
  for (int64_t row = 0; row < weights.shape.rows; ++row) {
    for (int64_t group = 0; group < groups; ++group) {
      scales[ternary_cuda::ScaleIndex(row, group, groups)] = weights.scales[row * groups + group];
    }
  }
}

}  // namespace

CodeOrder CodeOrderOf(Activation activation) {
  return activation == Activation::kInt8 ? CodeOrder::kBytes : CodeOrder::kHalves;
}

int64_t CudaScalesOffset(const TernaryShape& shape) {
  return ternary_cuda::PackedBytes(shape.rows, shape.columns);
}

WeightLayout CudaWeightLayout(const TernaryMatmulProblem& problem) {
  const TernaryShape& shape = problem.weights;
  const int64_t scales = ternary_cuda::PackedScales(shape.rows, GroupsPerRow(shape));
  return {.name = CodeOrderOf(problem.activation) == CodeOrder::kBytes ? "cuda_chunks_of_bytes"
                                                                       : "cuda_chunks_of_halves",
          .bytes = CudaScalesOffset(shape) + scales * static_cast<int64_t>(sizeof(float))};
}

void PackCudaWeights(const TernaryMatrix& weights, CodeOrder order, absl::Span<uint8_t> packed) {
  const int64_t offset = CudaScalesOffset(weights.shape);
  assert(reinterpret_cast<uintptr_t>(packed.data()) % alignof(float) == 0);
  std::memset(packed.data(), 0, packed.size());
  auto* const words = reinterpret_cast<uint32_t*>(packed.data());
  const int64_t row_chunks = ternary_cuda::RowChunks(weights.shape.rows);
  const int64_t words_of_rows = offset / row_chunks / static_cast<int64_t>(sizeof(uint32_t));
  ParallelFor(row_chunks, AvailableThreads(), [&](int64_t row_chunk, int64_t) {
    uint32_t* const chunks = words + row_chunk * words_of_rows;
    if (order == CodeOrder::kBytes) {
      PackRows<CodeOrder::kBytes>(weights, row_chunk, chunks);
    } else {
      PackRows<CodeOrder::kHalves>(weights, row_chunk, chunks);
    }
  });
  PackScales(weights, reinterpret_cast<float*>(packed.data() + offset));
}

}  // namespace attune
