// A linear layer with ternary weights: out = activations W^T + bias.
#ifndef ATTUNE_ATTENTION_TERNARY_TERNARY_LINEAR_H_
#define ATTUNE_ATTENTION_TERNARY_TERNARY_LINEAR_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "attention/ternary/ternary_matmul.h"
#include "attention/ternary/ternary_matrix.h"
#include "autotune/cache/tuning_cache.h"
#include "device/device.h"
#include "numerics/dtype.h"

namespace attune {

struct TernaryLinearWeights {
  TernaryMatrix matrix;     // [out features, in features]
  std::vector<float> bias;  // [out features]; empty: none
};

struct TernaryLinearOptions {
  Activation activation = Activation::kFloat32;
  Dtype output = Dtype::kFloat32;  // fp32 or bf16
  Device* device = nullptr;        // as in TernaryMatmulOptions, and so is the cache
  const TuningCache* cache = nullptr;
};

// In the device's memory, by the names of TernaryMatmulTensors.
struct TernaryLinearTensors {
  const void* activations = nullptr;         // [batch, in features]
  const float* activation_scales = nullptr;  // [batch], read if activations are int8
  void* out = nullptr;                       // [batch, out features]
  bool shares_activations = false;           // with the layer enqueued just before
};

// Holds its weights on the device, and a plan for each batch that was asked for. Runs must follow
// each other. Movable.
class TernaryLinear {
 public:
  // InvalidArgument: weights that are not valid, a bias of another length, or one with NaN or
  // infinity.
  static absl::StatusOr<TernaryLinear> Create(TernaryLinearWeights weights,
                                              const TernaryLinearOptions& options = {});

  // Makes the plan for `batch` rows, so that Run allocates nothing.
  absl::Status Prepare(int64_t batch);

  // Enqueues the layer for `batch` rows, after Prepare(batch) if that was not called yet.
  absl::Status Run(int64_t batch, const TernaryLinearTensors& tensors, Stream& stream);

  const TernaryShape& shape() const { return weights_.matrix.shape; }
  // Device memory of weights and bias: TernaryBytes, what the kernel's layout pads, and the bias;
  // once for each layout in use.
  int64_t weight_bytes() const;

 private:
  TernaryLinear(TernaryLinearWeights weights, const TernaryLinearOptions& options)
      : weights_(std::move(weights)), options_(options) {}

  struct Planned {
    TernaryMatmulPlan plan;
    const void* weights;
  };

  // On the host, for layouts that later plans may want.
  TernaryLinearWeights weights_;
  TernaryLinearOptions options_;
  Buffer bias_;
  std::map<std::string, Buffer> packed_;  // by layout
  std::map<int64_t, Planned> plans_;      // by batch
};

}  // namespace attune

#endif  // ATTUNE_ATTENTION_TERNARY_TERNARY_LINEAR_H_
