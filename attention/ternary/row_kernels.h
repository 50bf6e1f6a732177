// Loops over the weights of a row, for the best instruction set that this machine has.
#ifndef ATTUNE_ATTENTION_TERNARY_ROW_KERNELS_H_
#define ATTUNE_ATTENTION_TERNARY_ROW_KERNELS_H_

#include <cstdint>

namespace attune {

// All counts below are multiples of kRowStep: who has fewer weights puts zeros behind them.
inline constexpr int64_t kRowStep = 32;

struct SumAndCount {
  double sum = 0;
  int64_t count = 0;

  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
};

// What statistics are made of, with w the weights and t what they became.
struct ErrorSums {
  int64_t kept = 0;
  double absolute_error = 0;
  double squared_error = 0;
  double max_error = 0;
  double squared_weights = 0;
  double squared_ternary = 0;
  double product = 0;  // <w, t>
};

// Writes the magnitudes of `weights` to `magnitudes`; false if one is NaN or infinite.
bool Magnitudes(const float* weights, int64_t count, float* magnitudes);

float Largest(const float* magnitudes, int64_t count);

// Of the magnitudes above `threshold`.
SumAndCount SumAbove(const float* magnitudes, int64_t count, float threshold);

// Copies the magnitudes in (low, high] to `selected`, of `count` elements and a vector more, in
// their order; returns how many they are.
int64_t SelectBetween(const float* magnitudes, int64_t count, float low, float high,
                      float* selected);

// A bit for each weight above `threshold`, and below its negative, in count / 32 words each.
void PackSigns(const float* weights, int64_t count, float threshold, uint32_t* plus,
               uint32_t* minus);

// Of magnitudes that become `scale` where they are above `threshold`, and zero elsewhere.
ErrorSums MeasureError(const float* magnitudes, int64_t count, float threshold, float scale);

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_ROW_KERNELS_H_
