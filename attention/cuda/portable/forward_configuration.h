// What a variant of the portable forward kernel is, and the sizes that follow from it.
//
// Host and device code both include this, so that the host-side model cannot drift from the kernel.
#ifndef ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_CONFIGURATION_H_
#define ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_CONFIGURATION_H_

#ifdef __CUDACC__
#define ATTUNE_HOST_DEVICE __host__ __device__
#else
#define ATTUNE_HOST_DEVICE
#endif

namespace attune::portable {

enum class ElementType { kBfloat16, kHalf, kFloat };

// Of the problem: what no tuner chooses.
struct PortableForwardTraits {
  ElementType element = ElementType::kBfloat16;
  int qk_dim = 128;  // multiples of 8
  int v_dim = 128;
  // The largest of 16, 8, 4, 2 that divides the addresses of all tensors' rows. Copies of two bytes
  // cannot be asynchronous and are slow.
  int vector_bytes = 16;
};

// Of the algorithm: the parameters of portable_forward.space.textproto, by the same names.
struct PortableForwardConfiguration {
  int block_m = 128;        // query rows per thread block
  int block_n = 64;         // key rows per stage
  int warps = 4;            // each takes block_m / warps query rows, 16 or 32
  int stages = 2;           // key and value blocks in shared memory at once
  int blocks_per_sm = 2;    // what the compiler limits registers for
  int query_registers = 0;  // 1: queries stay in registers (16-bit elements only)
  int lazy_rescale = 1;     // 1: accumulators follow the row maximum only once it grows by 2^8
  int longest_first = 0;    // 1: query blocks from the last to the first, heads side by side
  int overlap = 0;  // 1: a block's exponentials among the products of the next block's scores
};

inline constexpr int kWarpThreads = 32;
inline constexpr int kChunkBytes = 16;  // what one lane gives ldmatrix, and the unit of the swizzle

ATTUNE_HOST_DEVICE constexpr int ElementBytes(ElementType element) {
  return element == ElementType::kFloat ? 4 : 2;
}

// Head dims in shared memory, in elements: whole steps of the matrix products, of depth 16 for
// 16-bit elements and 8 for fp32. The rest is zeros.
ATTUNE_HOST_DEVICE constexpr int PaddedDim(ElementType element, int dim) {
  const int step = element == ElementType::kFloat ? 8 : 16;
  return (dim + step - 1) / step * step;
}

ATTUNE_HOST_DEVICE constexpr int Threads(const PortableForwardConfiguration& c) {
  return c.warps * kWarpThreads;
}

// Query rows of one warp.
ATTUNE_HOST_DEVICE constexpr int WarpRows(const PortableForwardConfiguration& c) {
  return c.block_m / c.warps;
}

ATTUNE_HOST_DEVICE constexpr int QueryRowBytes(const PortableForwardTraits& t) {
  return PaddedDim(t.element, t.qk_dim) * ElementBytes(t.element);
}
ATTUNE_HOST_DEVICE constexpr int ValueRowBytes(const PortableForwardTraits& t) {
  return PaddedDim(t.element, t.v_dim) * ElementBytes(t.element);
}

ATTUNE_HOST_DEVICE constexpr int QueryBytes(const PortableForwardTraits& t,
                                            const PortableForwardConfiguration& c) {
  return c.block_m * QueryRowBytes(t);
}
ATTUNE_HOST_DEVICE constexpr int KeyStageBytes(const PortableForwardTraits& t,
                                               const PortableForwardConfiguration& c) {
  return c.block_n * QueryRowBytes(t);
}
ATTUNE_HOST_DEVICE constexpr int ValueStageBytes(const PortableForwardTraits& t,
                                                 const PortableForwardConfiguration& c) {
  return c.block_n * ValueRowBytes(t);
}

// Dynamic shared memory of a block: queries, stages of keys, stages of values; at the end the
// output takes their place.
ATTUNE_HOST_DEVICE constexpr int SharedBytes(const PortableForwardTraits& t,
                                             const PortableForwardConfiguration& c) {
  const int inputs = QueryBytes(t, c) + c.stages * (KeyStageBytes(t, c) + ValueStageBytes(t, c));
  const int output = c.block_m * ValueRowBytes(t);
  return inputs > output ? inputs : output;
}

// Registers per thread that hold scores (with overlap, two blocks') and output at once, the largest
// part of a thread's state.
ATTUNE_HOST_DEVICE constexpr int AccumulatorRegisters(const PortableForwardTraits& t,
                                                      const PortableForwardConfiguration& c) {
  const int scores = c.block_n * (c.overlap != 0 ? 2 : 1);
  return WarpRows(c) * (scores + PaddedDim(t.element, t.v_dim)) / kWarpThreads;
}
// Registers per thread that hold queries throughout.
ATTUNE_HOST_DEVICE constexpr int QueryRegisters(const PortableForwardTraits& t,
                                                const PortableForwardConfiguration& c) {
  return c.query_registers != 0 ? WarpRows(c) * QueryRowBytes(t) / 4 / kWarpThreads : 0;
}

ATTUNE_HOST_DEVICE constexpr bool IsValid(const PortableForwardTraits& t,
                                          const PortableForwardConfiguration& c) {
  const bool traits = t.qk_dim % 8 == 0 && t.qk_dim >= 8 && t.qk_dim <= 256 && t.v_dim % 8 == 0 &&
                      t.v_dim >= 8 && t.v_dim <= 256 &&
                      (t.vector_bytes == 16 || t.vector_bytes == 8 || t.vector_bytes == 4 ||
                       (t.vector_bytes == 2 && t.element != ElementType::kFloat));
  return traits && c.warps >= 1 && c.warps <= 16 && c.block_m % (16 * c.warps) == 0 &&
         (WarpRows(c) == 16 || WarpRows(c) == 32) && c.block_n % 16 == 0 && c.block_n >= 16 &&
         c.stages >= 1 + c.overlap && c.stages <= 4 && c.blocks_per_sm >= 1 &&
         !(c.query_registers != 0 && t.element == ElementType::kFloat);
}

}  // namespace attune::portable

#endif  // ATTUNE_ATTENTION_CUDA_PORTABLE_FORWARD_CONFIGURATION_H_
