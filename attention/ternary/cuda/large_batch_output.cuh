// From a warp's accumulators to output. They hold columns of output (weight rows) along lanes and
// batch rows along registers; through shared memory, OutputBatch batch rows at a time, each lane
// gets neighbouring columns of some of them.
#ifndef ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_OUTPUT_CUH_
#define ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_OUTPUT_CUH_

#include "attention/cuda/ptx/element.cuh"
#include "attention/ternary/cuda/large_batch_configuration.h"
#include "attention/ternary/cuda/large_batch_parameters.h"
#include "attention/ternary/cuda/packed_layout.h"

namespace attune::ternary_cuda {

template <LargeBatchTraits kT, LargeBatchConfiguration kC>
class WarpOutput {
  static constexpr int kRows = WarpRows(kC);
  static constexpr int kPitch = kRows + kOutputPad;
  static constexpr int kPerLane = kRows / 4;  // neighbouring values that a lane stores
  static constexpr int kEightsAtOnce = OutputBatch(kC) / 8;
  static constexpr int kEights = kC.block_batch / 8;
  static constexpr int kLaneScales = kC.block_batch / 32;
  static constexpr int kBytes = kT.output == Output::kFloat ? 4 : 2;

 public:
  // `shared`: OutputFloats of the warp's own. The warp's rows begin at `row`, which is a multiple
  // of 16, the tile's batch at `batch`.
  __device__ __forceinline__ WarpOutput(const LargeBatchParameters& p, float* shared, int row,
                                        int batch)
      : p_(p), shared_(shared), row_(row), batch_(batch), lane_(threadIdx.x % 32) {
    first_ = row_ + lane_ % 4 * kPerLane;
#pragma unroll
    for (int i = 0; i < kPerLane; ++i) {
      const bool has = p_.bias != nullptr && first_ + i < p_.rows;
      bias_[i] = has ? p_.bias[first_ + i] : 0.0f;
    }
    // Stores of all the lane's values at once need them inside the matrix, and every row aligned.
    whole_ = first_ + kPerLane <= p_.rows && p_.rows % kPerLane == 0;
    // All at once: each load in its turn would add a latency to every eight batch rows (H200,
    // 2026-11-23: by the times of 4096 and 14336 columns, 7 of the 10 us that the output of 256
    // batch rows took).
#pragma unroll
    for (int i = 0; i < kLaneScales; ++i) {
      const int at = batch_ + 32 * i + lane_;
      activation_scales_[i] =
          p_.activation_scales != nullptr && at < p_.batch ? p_.activation_scales[at] : 1.0f;
    }
  }

  // `unit` is what an accumulator of 1 is worth; scales per row come on top.
  template <typename Sum>
  __device__ __forceinline__ void Write(const Sum (&sums)[kC.row_tiles][kC.block_batch / 2],
                                        float unit) {
    float scales[kC.row_tiles][2];
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        const int row = row_ + 16 * tile + 8 * half + lane_ / 4;
        const bool own = kT.group == 0 && row < p_.rows;
        scales[tile][half] = own ? unit * p_.packed_scales[ScaleIndex(row, 0, 1)] : unit;
      }
    }
#pragma unroll
    for (int first = 0; first < kEights; first += kEightsAtOnce) {
      if (batch_ + 8 * first >= p_.batch) break;
#pragma unroll
      for (int i = first; i < min(first + kEightsAtOnce, kEights); ++i) {
        Stage(sums, scales, i, (i - first) * 8);
      }
      __syncwarp();
#pragma unroll
      for (int i = first; i < min(first + kEightsAtOnce, kEights); ++i) {
        StoreRow(batch_ + 8 * i + lane_ / 4, (i - first) * 8 + lane_ / 4,
                 __shfl_sync(0xffffffffu, activation_scales_[i / 4], i % 4 * 8 + lane_ / 4));
      }
      __syncwarp();
    }
  }

 private:
  // The `eight`-th eight batch rows to shared memory, from row `to` on.
  template <typename Sum>
  __device__ __forceinline__ void Stage(const Sum (&sums)[kC.row_tiles][kC.block_batch / 2],
                                        const float (&scales)[kC.row_tiles][2], int eight,
                                        int to) const {
#pragma unroll
    for (int tile = 0; tile < kC.row_tiles; ++tile) {
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        shared_[(to + lane_ % 4 * 2 + j % 2) * kPitch + 16 * tile + j / 2 * 8 + lane_ / 4] =
            scales[tile][j / 2] * static_cast<float>(sums[tile][4 * eight + j]);
      }
    }
  }

  // Batch row `batch`, staged at `from`, times `scale`.
  __device__ __forceinline__ void StoreRow(int batch, int from, float scale) const {
    if (batch >= p_.batch) return;
    float values[kPerLane];
#pragma unroll
    for (int i = 0; i < kPerLane; i += 4) {
      const float4 read =
          *reinterpret_cast<const float4*>(shared_ + from * kPitch + lane_ % 4 * kPerLane + i);
      values[i] = fmaf(read.x, scale, bias_[i]);
      values[i + 1] = fmaf(read.y, scale, bias_[i + 1]);
      values[i + 2] = fmaf(read.z, scale, bias_[i + 2]);
      values[i + 3] = fmaf(read.w, scale, bias_[i + 3]);
    }
    char* const out =
        static_cast<char*>(p_.out) + (static_cast<long long>(batch) * p_.rows + first_) * kBytes;
    if (whole_) {
      StoreAll(out, values);
    } else {
#pragma unroll
      for (int i = 0; i < kPerLane; ++i) {
        if (first_ + i < p_.rows) StoreOne(out + i * kBytes, values[i]);
      }
    }
  }

  static __device__ __forceinline__ unsigned Pair(float low, float high) {
    return ptx::Pack<Element::kBfloat16>(low, high);
  }

  static __device__ __forceinline__ void StoreAll(char* out, const float (&v)[kPerLane]) {
    if constexpr (kT.output == Output::kFloat) {
#pragma unroll
      for (int i = 0; i < kPerLane; i += 4) {
        reinterpret_cast<float4*>(out)[i / 4] = make_float4(v[i], v[i + 1], v[i + 2], v[i + 3]);
      }
    } else if constexpr (kPerLane == 8) {
      *reinterpret_cast<uint4*>(out) =
          make_uint4(Pair(v[0], v[1]), Pair(v[2], v[3]), Pair(v[4], v[5]), Pair(v[6], v[7]));
    } else {
      *reinterpret_cast<uint2*>(out) = make_uint2(Pair(v[0], v[1]), Pair(v[2], v[3]));
    }
  }

  static __device__ __forceinline__ void StoreOne(char* out, float value) {
    if constexpr (kT.output == Output::kFloat) {
      *reinterpret_cast<float*>(out) = value;
    } else {
      *reinterpret_cast<unsigned short*>(out) = static_cast<unsigned short>(Pair(value, 0));
    }
  }

  const LargeBatchParameters& p_;
  float* shared_;
  int row_;
  int batch_;
  int lane_;
  int first_;  // the lane's first column of output
  bool whole_;
  float bias_[kPerLane];
  float activation_scales_[kLaneScales];  // of every 32nd batch row, from the lane's on
};

}  // namespace attune::ternary_cuda

#endif  // ATTUNE_ATTENTION_TERNARY_CUDA_LARGE_BATCH_OUTPUT_CUH_
