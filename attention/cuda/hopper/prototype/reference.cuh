// Direct attention in fp64 on the device, for the check program: exact, and the straightforward
// computation in the element type (probabilities and output rounded to it), whose error sets the
// tolerance (docs/design.md, "Masks, rows and numbers").
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_REFERENCE_CUH_
#define ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_REFERENCE_CUH_

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "attention/cuda/hopper/prototype/launcher.h"

namespace attune::hopper {

struct Kind {  // of a variant
  int qk_dim, v_dim, mask, element, packed, modifier, user_mask;
};

__host__ __device__ inline double Decode(unsigned short bits, int element) {
  if (element == 0) {
    __nv_bfloat16_raw raw;
    raw.x = bits;
    return double(__bfloat162float(__nv_bfloat16(raw)));
  }
  __half_raw raw;
  raw.x = bits;
  return double(__half2float(__half(raw)));
}

__host__ __device__ inline unsigned short Encode(float x, int element) {
  if (element == 0) return static_cast<__nv_bfloat16_raw>(__float2bfloat16(x)).x;
  return static_cast<__half_raw>(__float2half(x)).x;
}

// Element index of a row of a tensor with `heads` heads; `total` rows where packed.
__host__ __device__ inline long long RowAt(const AttuneProblem& p, bool packed, int batch, int row,
                                           int head, int length, int total, int heads, int first,
                                           int dim) {
  if (!packed) return (((long long)(batch)*length + row) * heads + head) * dim;
  const long long at = first + row;
  return (p.heads_outermost ? (long long)(head)*total + at : at * heads + head) * dim;
}

struct Lengths {
  int q_len, kv_len, first_query, first_key;
};

__host__ __device__ inline Lengths LengthsOf(const AttuneProblem& p, bool packed, const int* q,
                                             const int* k, int batch) {
  if (!packed) return {p.q_len, p.kv_len, 0, 0};
  return {q[batch + 1] - q[batch], k[batch + 1] - k[batch], q[batch], k[batch]};
}

__device__ inline double ScoreOf(const AttuneProblem& p, const Kind& kind, double dot, int head,
                                 int q, int kv, int offset) {
  const auto modifier = static_cast<ModifierKind>(kind.modifier);
  double score = dot * p.scale;
  if (modifier == ModifierKind::kSoftCap || modifier == ModifierKind::kSoftCapAlibi) {
    score = p.soft_cap * tanh(score / p.soft_cap);
  }
  if (modifier == ModifierKind::kAlibi || modifier == ModifierKind::kSoftCapAlibi) {
    score -= double(p.alibi_slopes[head]) * abs(q + offset - kv);
  }
  if (modifier == ModifierKind::kUser) score += double(p.bias[head]) * (kv - q);
  return score;
}

// One block per query row, of the longest sequence; grid (rows, heads, batch). Shared: kv_len
// doubles. Writes out [2] arrays of the output's layout, `count` apart, and lse.
static __global__ void Reference(AttuneProblem p, Kind kind, long long count, double* out,
                                 double* lse) {
  extern __shared__ double scores[];
  const int row = blockIdx.x, head = blockIdx.y, batch = blockIdx.z;
  const Lengths lengths =
      LengthsOf(p, kind.packed, p.cumulative_query_lengths, p.cumulative_key_lengths, batch);
  if (row >= lengths.q_len) return;
  const int kv_head = head / (p.q_heads / p.kv_heads);
  const int offset = kind.packed ? lengths.kv_len - lengths.q_len : p.offset;
  const int left = p.left - (kind.packed ? offset : 0);
  const int right = p.right + (kind.packed ? offset : 0);
  const auto* query = static_cast<const unsigned short*>(p.query) +
                      RowAt(p, kind.packed, batch, row, head, p.q_len, p.total_q, p.q_heads,
                            lengths.first_query, kind.qk_dim);
  const auto key_row = [&](int j, int dim) {
    return RowAt(p, kind.packed, batch, j, kv_head, p.kv_len, p.total_kv, p.kv_heads,
                 lengths.first_key, dim);
  };
  for (int j = threadIdx.x; j < lengths.kv_len; j += blockDim.x) {
    const bool visible = (kind.mask < 1 || j <= row + right) &&
                         (kind.mask < 2 || j >= row - left) &&
                         (!kind.user_mask || j % 3 != 1 || j == row);
    double dot = 0;
    if (visible) {
      const auto* key = static_cast<const unsigned short*>(p.key) + key_row(j, kind.qk_dim);
      for (int d = 0; d < kind.qk_dim; ++d) {
        dot += Decode(query[d], kind.element) * Decode(key[d], kind.element);
      }
    }
    scores[j] = visible ? ScoreOf(p, kind, dot, head, row, j, offset) : -INFINITY;
  }
  __syncthreads();
  double max = -INFINITY, sum = 0;
  for (int j = 0; j < lengths.kv_len; ++j) max = fmax(max, scores[j]);
  if (max != -INFINITY) {
    for (int j = 0; j < lengths.kv_len; ++j) {
      sum += scores[j] == -INFINITY ? 0 : exp(scores[j] - max);
    }
  }
  const long long o = RowAt(p, kind.packed, batch, row, head, p.q_len, p.total_q, p.q_heads,
                            lengths.first_query, kind.v_dim);
  for (int d = threadIdx.x; d < kind.v_dim; d += blockDim.x) {
    double exact = 0, straightforward = 0;
    if (sum > 0) {
      for (int j = 0; j < lengths.kv_len; ++j) {
        if (scores[j] == -INFINITY) continue;
        const double weight = exp(scores[j] - max) / sum;
        const double value = Decode(
            static_cast<const unsigned short*>(p.value)[key_row(j, kind.v_dim) + d], kind.element);
        exact += weight * value;
        straightforward += Decode(Encode(float(weight), kind.element), kind.element) * value;
      }
    }
    out[o + d] = exact;
    out[count + o + d] = Decode(Encode(float(straightforward), kind.element), kind.element);
  }
  if (threadIdx.x == 0) {
    const long long at = kind.packed ? (long long)(head)*p.total_q + lengths.first_query + row
                                     : ((long long)(batch)*p.q_heads + head) * p.q_len + row;
    lse[at] = sum > 0 ? max + log(sum) : -INFINITY;
  }
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_PROTOTYPE_REFERENCE_CUH_
