// How the CUDA families keep ternary weights: the same two bits a weight as bit planes, in the
// order in which the tensor cores' operand registers take them. Host and device code both include
// this.
//
// A weight is a code of two bits in two's complement: 00 is 0, 01 is +1, 11 is -1. Shifted to the
// top of a 16-bit half it is the floating-point number 0, 2 or -2 (sign, and the top bit of the
// exponent, in bfloat16 and half precision alike); at the top of a byte it is the integer 0, 64 or
// -64. So one shift and one mask make two elements, or four.
//
// A chunk is 32 rows by 64 columns, 512 bytes: 16 bytes for each lane of a warp, one word for each
// of the rows g, g + 8, g + 16 and g + 24, where g = lane / 4. A word holds the 16 columns of the
// chunk that lane % 4 gives the tensor core (PTX ISA, "Matrix fragments for mma"): they differ
// between 16-bit and 8-bit products, so weights are prepared for one kind of activations.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_PACKED_LAYOUT_H_
#define ATTUNE_ATTENTION_TERNARY_CUDA_PACKED_LAYOUT_H_

#ifdef __CUDACC__
#define ATTUNE_TERNARY_HOST_DEVICE __host__ __device__
#else
#define ATTUNE_TERNARY_HOST_DEVICE
#endif

namespace attune::ternary_cuda {

inline constexpr int kChunkRows = 32;
inline constexpr int kChunkColumns = 64;
inline constexpr int kChunkBytes = kChunkRows * kChunkColumns / 4;
inline constexpr int kLaneRows = 4;       // rows of a chunk that one lane holds, eight apart
inline constexpr int kWordColumns = 16;   // columns of a chunk that one lane holds
inline constexpr int kPlaneColumns = 32;  // of one word of a bit plane

// What a word's columns are ordered for.
enum class CodeOrder { kHalves, kBytes };

struct CodePlace {
  int column;  // in the chunk, 0 to 63
  int shift;   // of the code's lower bit in the word
};

// The place of code `index` (0 to 15) in the words of the lanes with lane % 4 == `quarter`.
ATTUNE_TERNARY_HOST_DEVICE constexpr CodePlace PlaceOf(CodeOrder order, int quarter, int index) {
  if (order == CodeOrder::kHalves) {
    // Register index / 2 of the four depth-16 steps' two column registers; its lower and upper
    // half.
    const int pair = index / 2;
    const int half = index % 2;
    return {8 * pair + 2 * quarter + half, 16 * half + 2 * pair};
  }
  const int number = index / 4;  // of the two depth-32 steps' two column registers
  const int byte = index % 4;
  return {16 * number + 4 * quarter + byte, 8 * byte + 2 * number};
}

ATTUNE_TERNARY_HOST_DEVICE constexpr long long RowChunks(long long rows) {
  return (rows + kChunkRows - 1) / kChunkRows;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr long long ColumnChunks(long long columns) {
  return (columns + kChunkColumns - 1) / kChunkColumns;
}
// Chunks follow each other along the columns.
ATTUNE_TERNARY_HOST_DEVICE constexpr long long PackedBytes(long long rows, long long columns) {
  return RowChunks(rows) * ColumnChunks(columns) * kChunkBytes;
}

// Scales: for each 32 rows, for each group of columns (one if scales are per row), for each g the
// rows g, g + 8, g + 16 and g + 24: what a lane needs is one load of 16 bytes.
ATTUNE_TERNARY_HOST_DEVICE constexpr long long PackedScales(long long rows, long long groups) {
  return RowChunks(rows) * groups * kChunkRows;
}
ATTUNE_TERNARY_HOST_DEVICE constexpr long long ScaleIndex(long long row, long long group,
                                                          long long groups) {
  const long long in_chunk = row % kChunkRows;
  return (row / kChunkRows * groups + group) * kChunkRows + in_chunk % 8 * kLaneRows + in_chunk / 8;
}

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_PACKED_LAYOUT_H_
