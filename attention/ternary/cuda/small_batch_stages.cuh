// A warp's ring of stages in shared memory, each one chunk of columns: weights of some row chunks,
// their scales, activations.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_STAGES_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_STAGES_CUH_

#include <cuda/std/cstdint>
#include <cuda/std/type_traits>

#include "attention/cuda/ptx/cp_async.cuh"
#include "attention/cuda/ptx/ldmatrix.cuh"
#include "attention/ternary/cuda/packed_layout.h"
#include "attention/ternary/cuda/small_batch_configuration.h"
#include "attention/ternary/cuda/small_batch_parameters.h"

namespace attune::ternary_cuda {

// Weights of a stage are read by the lane that copied them; scales and activations by all lanes.
template <SmallBatchTraits kT, SmallBatchConfiguration kC>
class WarpStages {
  static constexpr int kPitch = ActivationPitch(kT);
  static constexpr int kScales = ScalesPerChunk(kT);
  static constexpr int kElementBytes = ActivationBytes(kT.activation);
  static constexpr int kRowBytes = kChunkColumns * kElementBytes;
  static constexpr int kScaleOffset = WeightStageBytes(kC);
  static constexpr int kActivationOffset = kScaleOffset + ScaleStageBytes(kT, kC);

 public:
  // Registers of the matrix products' activation operand for one chunk and eight batch rows.
  static constexpr int kOperandRegisters = kRowBytes / 16;

  // `batch`: the first batch row.
  __device__ __forceinline__ WarpStages(const SmallBatchParameters& p, int row_chunk, int batch,
                                        unsigned char* shared)
      : p_(p),
        row_chunk_(row_chunk),
        batch_(batch),
        batch_rows_(min(p.batch - batch, BlockBatch(kC))),
        lane_(threadIdx.x % kLanes),
        shared_(ptx::SharedAddressOf(shared)) {}

  // Needs nothing that an earlier kernel wrote.
  __device__ __forceinline__ void CopyWeights(int stage, int column_chunk) const {
    const unsigned char* const chunks = static_cast<const unsigned char*>(p_.chunks);
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
      const bool present = row_chunk_ + r < p_.row_chunks;
      const long long chunk =
          static_cast<long long>(present ? row_chunk_ + r : 0) * p_.column_chunks + column_chunk;
      ptx::CopyAsync<16>(At(stage) + r * kChunkBytes + lane_ * 16,
                         chunks + chunk * kChunkBytes + lane_ * 16, present);
    }
    if constexpr (kScales > 0) CopyScales(stage, column_chunk);
  }

  __device__ __forceinline__ void CopyActivations(int stage, int column_chunk) const {
    if constexpr (kT.vector_bytes == 16) {
      CopyRows(stage, column_chunk);
    } else {
      CopyElements(stage, column_chunk);
    }
  }

  // Words of the lane's rows g, g + 8, g + 16 and g + 24 of row chunk `r`.
  __device__ __forceinline__ uint4 Weights(int stage, int r) const {
    return Read16(At(stage) + r * kChunkBytes + lane_ * 16);
  }
  // Scales of the same rows.
  __device__ __forceinline__ uint4 Scales(int stage, int r, int number) const {
    return Read16(At(stage) + kScaleOffset + ((r * kScales + number) * 8 + lane_ / 4) * 16);
  }
  __device__ __forceinline__ void Activations(
      int stage, int batch_tile, cuda::std::uint32_t (&operand)[kOperandRegisters]) const {
    const cuda::std::uint32_t row =
        At(stage) + kActivationOffset + (batch_tile * kTileBatch + lane_ % 8) * kPitch;
#pragma unroll
    for (int i = 0; i < kOperandRegisters / 4; ++i) {
      cuda::std::uint32_t part[4];
      ptx::LoadMatrices(part, row + (i * 4 + lane_ / 8) * 16);
#pragma unroll
      for (int j = 0; j < 4; ++j) operand[4 * i + j] = part[j];
    }
  }

 private:
  __device__ __forceinline__ cuda::std::uint32_t At(int stage) const {
    return shared_ + stage * StageBytes(kT, kC);
  }

  static __device__ __forceinline__ uint4 Read16(cuda::std::uint32_t address) {
    uint4 value;
    asm volatile("ld.shared.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(value.x), "=r"(value.y), "=r"(value.z), "=r"(value.w)
                 : "r"(address)
                 : "memory");
    return value;
  }

  __device__ __forceinline__ void CopyScales(int stage, int column_chunk) const {
    constexpr int kPieces = kC.row_chunks * kScales * 8;
    const int first = kT.group < kChunkColumns ? column_chunk * kScales
                                               : column_chunk / (kT.group / kChunkColumns);
    for (int i = lane_; i < kPieces; i += kLanes) {
      const int r = i / (kScales * 8);
      const int number = i / 8 % kScales;
      const bool present = row_chunk_ + r < p_.row_chunks && first + number < p_.groups;
      const long long group =
          present ? static_cast<long long>(row_chunk_ + r) * p_.groups + first + number : 0;
      ptx::CopyAsync<16>(At(stage) + kScaleOffset + i * 16,
                         p_.packed_scales + group * kChunkRows + i % 8 * kLaneRows, present);
    }
  }

  __device__ __forceinline__ void CopyRows(int stage, int column_chunk) const {
    constexpr int kRowPieces = kRowBytes / 16;
    const long long row_bytes = static_cast<long long>(p_.columns) * kElementBytes;
    const unsigned char* const source =
        static_cast<const unsigned char*>(p_.activations) + batch_ * row_bytes;
    for (int i = lane_; i < batch_rows_ * kRowPieces; i += kLanes) {
      const int row = i / kRowPieces;
      const int byte = i % kRowPieces * 16;
      const long long offset = static_cast<long long>(column_chunk) * kRowBytes + byte;
      const bool present = offset < row_bytes;
      ptx::CopyAsync<16>(At(stage) + kActivationOffset + row * kPitch + byte,
                         source + row * row_bytes + (present ? offset : 0), present);
    }
  }

  // Rows that begin anywhere: element by element.
  __device__ __forceinline__ void CopyElements(int stage, int column_chunk) const {
    using Bits = cuda::std::conditional_t<kElementBytes == 1, unsigned char, unsigned short>;
    const Bits* const source =
        static_cast<const Bits*>(p_.activations) + static_cast<long long>(batch_) * p_.columns;
    for (int i = lane_; i < batch_rows_ * kChunkColumns; i += kLanes) {
      const int row = i / kChunkColumns;
      const int column = column_chunk * kChunkColumns + i % kChunkColumns;
      const Bits bits =
          column < p_.columns ? source[static_cast<long long>(row) * p_.columns + column] : Bits{0};
      Store(At(stage) + kActivationOffset + row * kPitch + i % kChunkColumns * kElementBytes, bits);
    }
  }
  static __device__ __forceinline__ void Store(cuda::std::uint32_t address, unsigned char bits) {
    asm volatile("st.shared.u8 [%0], %1;" ::"r"(address), "r"(static_cast<unsigned>(bits))
                 : "memory");
  }
  static __device__ __forceinline__ void Store(cuda::std::uint32_t address, unsigned short bits) {
    asm volatile("st.shared.u16 [%0], %1;" ::"r"(address), "h"(bits) : "memory");
  }

  const SmallBatchParameters& p_;
  int row_chunk_;
  int batch_;
  int batch_rows_;
  int lane_;
  cuda::std::uint32_t shared_;
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_STAGES_CUH_
