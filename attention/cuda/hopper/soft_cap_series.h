// tanh's series for soft caps, in units that spare the kernel operations.
//
// Shared by the host, which fills it in, and the device.
#ifndef ATTUNE_ATTENTION_CUDA_HOPPER_SOFT_CAP_SERIES_H_
#define ATTUNE_ATTENTION_CUDA_HOPPER_SOFT_CAP_SERIES_H_

namespace attune::hopper {

// Odd polynomials in the product of query and key: cap * tanh(scale * product / cap) as a power of
// two. Interpolated in the square at Chebyshev's nodes.
struct SoftCapSeries {
  // Coefficients of the first and third power. Relative error 1.7e-6 up to a tenth of the cap.
  float cubic[2];
  // Of the first, third and fifth. 4e-7 up to a quarter.
  float quintic[3];
};
inline constexpr float kCubicLimit = 0.1f;
inline constexpr float kQuinticLimit = 0.25f;

// Of a scale and a cap above zero.
constexpr SoftCapSeries SoftCapSeriesOf(double scale, double cap) {
  constexpr double kLog2OfE = 1.4426950408889634;
  const double x = scale / cap;
  const double first = x * cap * kLog2OfE;
  const double third = first * x * x;
  const double fifth = third * x * x;
  return {{static_cast<float>(0.999998340055528 * first),
           static_cast<float>(-0.3320047058766649 * third)},
          {static_cast<float>(0.9999996034626533 * first),
           static_cast<float>(-0.33321896988991884 * third),
           static_cast<float>(0.12841433927140675 * fifth)}};
}

}  // namespace attune::hopper

#endif  // ATTUNE_ATTENTION_CUDA_HOPPER_SOFT_CAP_SERIES_H_
