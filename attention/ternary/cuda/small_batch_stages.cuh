// A warp's ring of stages in shared memory, each 128 columns: weights of some row chunks, their
// scales, activations.
//
// Every address that a lane copies from is kept and moved along: the arithmetic of copies competes
// with the weights' for issue slots. On sm_90 a copy costs four of them besides (CUDA 13.0 puts
// three loads that do nothing before each), and addresses computed afresh cost 110 to 200 a stage
// where the products took 290 (H200, 2026-11-23: bf16 stopped at 0.61 to 0.68 of the read
// bandwidth).
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

// Stages are filled in the order in which the warp takes them, kC.warps stages of columns apart:
// each block begins at one of its own and goes round, lest all blocks read the same activations,
// and weights a power of two apart, at the same time (H200, 2026-11-23: 4096x4096 in int8 takes 1
// to 2 % less). Weights of a stage are read by the lane that copied them; scales and activations by
// all lanes.
template <SmallBatchTraits kT, SmallBatchConfiguration kC>
class WarpStages {
  static constexpr int kPitch = ActivationPitch(kT);
  static constexpr int kScales = ScalesPerStage(kT);
  static constexpr int kElementBytes = ActivationBytes(kT.activation);
  static constexpr int kRowBytes = kStageColumns * kElementBytes;
  static constexpr int kScaleOffset = WeightStageBytes(kC);
  static constexpr int kActivationOffset = kScaleOffset + ScaleStageBytes(kT, kC);
  static constexpr int kScalePieces = kC.row_chunks * kScales * 8;
  static constexpr int kRowPieces = kRowBytes / 16;
  static constexpr int kPieceRows = kLanes / kRowPieces;  // that the warp copies at once

 public:
  // Registers of the matrix products' activation operand for one chunk and eight batch rows.
  static constexpr int kOperandRegisters = kRowBytes / kStageChunks / 16;

  // `batch`: the first batch row; `begin`, `end`: of the warp's stages, counted along the matrix.
  __device__ __forceinline__ WarpStages(const SmallBatchParameters& p, int row_chunk, int batch,
                                        int begin, int end, unsigned char* shared)
      : p_(p),
        batch_(batch),
        batch_rows_(min(p.batch - batch, BlockBatch(kC))),
        lane_(threadIdx.x % kLanes),
        end_(end),
        round_(max(1, (end - begin + kC.warps - 1) / kC.warps) * kC.warps),
        shared_(ptx::SharedAddressOf(shared)) {
    const int first = begin + static_cast<int>(blockIdx.x % (round_ / kC.warps)) * kC.warps;
    weight_stage_ = first;
    activation_stage_ = first;
    const long long row_bytes = static_cast<long long>(p.columns) * kElementBytes;
    activations_ = static_cast<const unsigned char*>(p.activations) +
                   (batch_ + lane_ / kRowPieces) * row_bytes +
                   static_cast<long long>(first) * kRowBytes + lane_ % kRowPieces * 16;
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
      // Rows beyond the matrix are multiplied like others, and not stored.
      const int present = min(row_chunk + r, p.row_chunks - 1);
      weights_[r] =
          static_cast<const unsigned char*>(p.chunks) +
          (static_cast<long long>(present) * p.column_chunks + first * kStageChunks) * kChunkBytes +
          lane_ * 16;
    }
    if constexpr (kScales > 0) {
#pragma unroll
      for (int j = 0; j < kScaleCopies; ++j) {
        const int piece = (lane_ + j * kLanes) % kScalePieces;
        const int present = min(row_chunk + piece / (kScales * 8), p.row_chunks - 1);
        const long long group = static_cast<long long>(present) * p.groups +
                                static_cast<long long>(first) * kScales + piece / 8 % kScales;
        scales_[j] = p.packed_scales + group * kChunkRows + piece % 8 * kLaneRows;
      }
    }
  }

  // Fills `stage` with the next weights. Needs nothing that an earlier kernel wrote.
  __device__ __forceinline__ void CopyWeights(int stage) {
    // The last stage may be one chunk: its second is the first once more, times activations of 0.
    const int second = kStageChunks * weight_stage_ + 1 < p_.column_chunks ? kChunkBytes : 0;
    const cuda::std::uint32_t to = At(stage) + lane_ * 16;
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) {
      ptx::CopyAsync<16>(to + r * kStageChunks * kChunkBytes, weights_[r]);
      ptx::CopyAsync<16>(to + (r * kStageChunks + 1) * kChunkBytes, weights_[r] + second);
      weights_[r] += kC.warps * kStageChunks * kChunkBytes;
    }
    if constexpr (kScales > 0) CopyScales(stage);
    weight_stage_ += kC.warps;
    if (weight_stage_ < end_) return;
    weight_stage_ -= round_;
#pragma unroll
    for (int r = 0; r < kC.row_chunks; ++r) weights_[r] -= round_ * kStageChunks * kChunkBytes;
    if constexpr (kScales > 0) {
#pragma unroll
      for (int j = 0; j < kScaleCopies; ++j) scales_[j] -= round_ * kScales * kChunkRows;
    }
  }

  // Fills `stage` with the next activations.
  __device__ __forceinline__ void CopyActivations(int stage) {
    if constexpr (kT.vector_bytes == 16) {
      CopyRows(stage);
    } else {
      CopyElements(stage);
    }
    activation_stage_ += kC.warps;
    if (activation_stage_ < end_) return;
    activation_stage_ -= round_;
    activations_ -= round_ * kRowBytes;
  }

  // Words of the lane's rows g, g + 8, g + 16 and g + 24 of row chunk `r`.
  __device__ __forceinline__ uint4 Weights(int stage, int r, int chunk) const {
    return Read16(At(stage) + (r * kStageChunks + chunk) * kChunkBytes + lane_ * 16);
  }
  // Scales of the same rows.
  __device__ __forceinline__ uint4 Scales(int stage, int r, int number) const {
    return Read16(At(stage) + kScaleOffset + ((r * kScales + number) * 8 + lane_ / 4) * 16);
  }
  __device__ __forceinline__ void Activations(
      int stage, int batch_tile, int chunk,
      cuda::std::uint32_t (&operand)[kOperandRegisters]) const {
    const cuda::std::uint32_t row = At(stage) + kActivationOffset +
                                    (batch_tile * kTileBatch + lane_ % 8) * kPitch +
                                    chunk * (kRowBytes / kStageChunks);
#pragma unroll
    for (int i = 0; i < kOperandRegisters / 4; ++i) {
      cuda::std::uint32_t part[4];
      ptx::LoadMatrices(part, row + (i * 4 + lane_ / 8) * 16);
#pragma unroll
      for (int j = 0; j < 4; ++j) operand[4 * i + j] = part[j];
    }
  }

 private:
  static constexpr int kScaleCopies = kScales == 0 ? 1 : (kScalePieces + kLanes - 1) / kLanes;

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

  __device__ __forceinline__ void CopyScales(int stage) {
#pragma unroll
    for (int j = 0; j < kScaleCopies; ++j) {
      const int piece = lane_ + j * kLanes;
      if (kScalePieces % kLanes == 0 || piece < kScalePieces) {
        const bool present = weight_stage_ * kScales + piece / 8 % kScales < p_.groups;
        ptx::CopyAsync<16>(At(stage) + kScaleOffset + piece * 16,
                           present ? scales_[j] : p_.packed_scales, present);
      }
      scales_[j] += kC.warps * kScales * kChunkRows;
    }
  }

  __device__ __forceinline__ void CopyRows(int stage) {
    const long long row_bytes = static_cast<long long>(p_.columns) * kElementBytes;
    const int byte = lane_ % kRowPieces * 16;
    const bool present = activation_stage_ * kStageColumns + byte / kElementBytes < p_.columns;
    const unsigned char* source =
        present ? activations_ : static_cast<const unsigned char*>(p_.activations);
    const long long step = present ? kPieceRows * row_bytes : 0;
    const cuda::std::uint32_t to =
        At(stage) + kActivationOffset + lane_ / kRowPieces * kPitch + byte;
#pragma unroll
    for (int j = 0; j < BlockBatch(kC) / kPieceRows; ++j) {
      // The same for all lanes: fewer rows than this copies take no issue slots.
      if (j * kPieceRows >= batch_rows_) break;
      if (j * kPieceRows + lane_ / kRowPieces < batch_rows_) {
        ptx::CopyAsync<16>(to + j * kPieceRows * kPitch, source, present);
      }
      source += step;
    }
    activations_ += kC.warps * kRowBytes;
  }

  // Rows that begin anywhere: element by element.
  __device__ __forceinline__ void CopyElements(int stage) const {
    using Bits = cuda::std::conditional_t<kElementBytes == 1, unsigned char, unsigned short>;
    const Bits* const source =
        static_cast<const Bits*>(p_.activations) + static_cast<long long>(batch_) * p_.columns;
    for (int i = lane_; i < batch_rows_ * kStageColumns; i += kLanes) {
      const int row = i / kStageColumns;
      const int column = activation_stage_ * kStageColumns + i % kStageColumns;
      const Bits bits =
          column < p_.columns ? source[static_cast<long long>(row) * p_.columns + column] : Bits{0};
      Store(At(stage) + kActivationOffset + row * kPitch + i % kStageColumns * kElementBytes, bits);
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
  int batch_;
  int batch_rows_;
  int lane_;
  int end_;               // of the warp's stages
  int round_;             // stages from its first to where it begins again
  int weight_stage_;      // the next to be filled
  int activation_stage_;  // likewise
  cuda::std::uint32_t shared_;
  // What the lane copies next.
  const unsigned char* weights_[kC.row_chunks];
  const float* scales_[kScaleCopies];
  const unsigned char* activations_;
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_SMALL_BATCH_STAGES_CUH_
