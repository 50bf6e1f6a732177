// The device code of the example: fp32, one query row after the other.
#ifndef ATTUNE_EXAMPLES_FAMILY_PLAIN_FORWARD_KERNEL_H_
#define ATTUNE_EXAMPLES_FAMILY_PLAIN_FORWARD_KERNEL_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "attention/mask.h"
#include "attention/problem.h"
#include "attention/tensors.h"

namespace attune {

// The parameters of plain_forward.space.textproto, as a template argument.
struct PlainForwardConfiguration {
  int key_block;

  friend bool operator==(const PlainForwardConfiguration&,
                         const PlainForwardConfiguration&) = default;
};

struct PlainForwardVariant {
  PlainForwardConfiguration configuration;
  // Computes all rows of query head `head` of sequence `batch`.
  void (*attend)(const Problem& problem, const ForwardTensors& tensors, int64_t batch,
                 int64_t head);
};

template <PlainForwardConfiguration kConfiguration>
class PlainForward {
 public:
  static constexpr PlainForwardVariant Variant() { return {kConfiguration, Attend}; }

 private:
  static void Attend(const Problem& p, const ForwardTensors& tensors, int64_t batch, int64_t head) {
    const auto at = [&](const void* data, const Strides& strides, int64_t h) {
      return static_cast<const float*>(data) + batch * strides.batch + h * strides.head;
    };
    const int64_t kv_head = head / (p.q_heads / p.kv_heads);
    const float* const query = at(tensors.query, QueryStrides(p), head);
    const float* const key = at(tensors.key, KeyStrides(p), kv_head);
    const float* const value = at(tensors.value, ValueStrides(p), kv_head);
    float* const out = const_cast<float*>(at(tensors.out, OutStrides(p), head));
    const float slope = p.alibi ? tensors.alibi_slopes[head] : 0.0f;
    for (int64_t row = 0; row < p.q_len; ++row) {
      const float log_sum_exp = AttendRow(p, row, slope, query + row * QueryStrides(p).length, key,
                                          value, out + row * OutStrides(p).length);
      if (tensors.log_sum_exp == nullptr) continue;
      tensors.log_sum_exp[(batch * p.q_heads + head) * p.q_len + row] = log_sum_exp;
    }
  }

  // Online softmax (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018): one
  // pass over the keys, a block's scores at a time. Gives the row's log-sum-exp.
  static float AttendRow(const Problem& p, int64_t row, float slope, const float* query,
                         const float* key, const float* value, float* out) {
    const KeyRange keys = VisibleKeys(p.mask, p.q_len, p.kv_len, row);
    float scores[kConfiguration.key_block];
    constexpr float kMinusInfinity = -std::numeric_limits<float>::infinity();
    float largest = kMinusInfinity;
    float sum = 0;
    std::fill_n(out, p.v_dim, 0.0f);
    for (int64_t first = keys.begin; first < keys.end; first += kConfiguration.key_block) {
      const int64_t count = std::min<int64_t>(kConfiguration.key_block, keys.end - first);
      float next = largest;
      for (int64_t j = 0; j < count; ++j) {
        scores[j] = Score(p, row, first + j, slope, query, key);
        next = std::max(next, scores[j]);
      }
      const float rescale = next == largest ? 1.0f : std::exp(largest - next);
      // Minus infinity less itself would be NaN.
      const float origin = next == kMinusInfinity ? 0.0f : next;
      sum *= rescale;
      for (int64_t d = 0; d < p.v_dim; ++d) out[d] *= rescale;
      for (int64_t j = 0; j < count; ++j) {
        const float weight = std::exp(scores[j] - origin);
        const float* const of_key = value + (first + j) * ValueStrides(p).length;
        sum += weight;
        for (int64_t d = 0; d < p.v_dim; ++d) out[d] += weight * of_key[d];
      }
      largest = next;
    }
    if (sum == 0) {  // no key, or no score above minus infinity
      std::fill_n(out, p.v_dim, 0.0f);
      return kMinusInfinity;
    }
    for (int64_t d = 0; d < p.v_dim; ++d) out[d] /= sum;
    return largest + std::log(sum);
  }

  static float Score(const Problem& p, int64_t row, int64_t key_index, float slope,
                     const float* query, const float* key) {
    const float* const of_key = key + key_index * KeyStrides(p).length;
    float dot = 0;
    for (int64_t d = 0; d < p.qk_dim; ++d) dot += query[d] * of_key[d];
    float score = static_cast<float>(SoftmaxScale(p)) * dot;
    const float cap = static_cast<float>(p.soft_cap);
    if (cap > 0) score = cap * std::tanh(score / cap);
    const int64_t distance = row + DiagonalOffset(p.mask, p.q_len, p.kv_len) - key_index;
    return score - slope * static_cast<float>(std::abs(distance));
  }
};

// The two generated sources define these: every variant, the space's text, and a fingerprint of the
// code.
std::vector<PlainForwardVariant> PlainForwardVariants();
absl::string_view PlainForwardSpaceText();
absl::string_view PlainForwardFingerprint();

}  // namespace attune

#endif  // ATTUNE_EXAMPLES_FAMILY_PLAIN_FORWARD_KERNEL_H_
