// What the benchmark of ternary products on a GPU times: a product of Attune or of cuBLAS, over
// copies of the weights that together exceed the caches, as one graph.
#ifndef ATTUNE_BENCHMARKS_TERNARY_GPU_RIVALS_H_
#define ATTUNE_BENCHMARKS_TERNARY_GPU_RIVALS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "attention/ternary/ternary_matmul.h"
#include "attention/ternary/verification/matmul_inputs.h"
#include "benchmarks/ternary/gpu_cublas.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/graph.h"
#include "device/cuda/stream.h"

namespace attune {

// The same weights at several addresses, in all more than the caches hold.
struct RotatedWeights {
  std::vector<Buffer> copies;
  int64_t bytes = 0;  // of one
};

// Copies `bytes` of the host's memory as often as it takes to fill four times the L2, at least
// twice. ResourceExhausted where the device has not that much memory.
absl::StatusOr<RotatedWeights> RotateWeights(const void* host, int64_t bytes, CudaDevice& device);

// A ternary product's tensors on the device, and what it has to give.
struct TernaryCase {
  MatmulInputs inputs;
  MatmulExpectation expectation;
  std::shared_ptr<const RotatedWeights> weights;
  Buffer activations;
  Buffer scales;
  Buffer out;
};

// `weights`: of the layout that `inputs.problem` is computed with on this device.
absl::StatusOr<std::unique_ptr<TernaryCase>> MakeTernaryCase(
    MatmulInputs inputs, std::shared_ptr<const RotatedWeights> weights, CudaDevice& device);

// Products one behind another on one stream, which outlives them, each with the next copy of the
// weights, so that none finds its weights in the cache.
class RotatedProducts {
 public:
  // Device time of one product in the stream of them.
  absl::StatusOr<absl::Duration> Sample();

  int64_t weight_bytes() const { return weight_bytes_; }
  // The configuration that ran, or cuBLAS's version.
  const std::string& label() const { return label_; }

  // Attune's product, checked first: DataLoss if it is wrong. With `shared`, the products say that
  // they share activations, and may overlap. `ternary` must outlive them.
  static absl::StatusOr<std::unique_ptr<RotatedProducts>> OfAttune(
      const TernaryCase& ternary, bool shared, const TuningCache* cache,
      const std::optional<Configuration>& configuration, CudaStream& stream, CudaDevice& device);

  // The dense product of the same sizes, on standard-normal data (int8: uniform bits).
  static absl::StatusOr<std::unique_ptr<RotatedProducts>> OfCublas(
      const TernaryMatmulProblem& problem, DenseType type, CudaStream& stream, CudaDevice& device);

 private:
  explicit RotatedProducts(CudaStream& stream) : stream_(&stream) {}
  absl::Status Start(CudaDevice& device);
  absl::Status Verify(const TernaryCase& ternary, CudaDevice& device) const;
  absl::Status Capture(const RotatedWeights& weights, double floor_seconds,
                       absl::FunctionRef<absl::Status(const void* weights, Stream& on)> enqueue);

  CudaStream* stream_;
  std::unique_ptr<Timer> timer_;
  std::optional<TernaryMatmulPlan> plan_;
  std::unique_ptr<GpuCublas> cublas_;
  Buffer outs_;
  std::vector<Buffer> dense_tensors_;
  RotatedWeights dense_weights_;
  std::optional<Graph> graph_;
  int64_t launches_ = 0;
  int64_t weight_bytes_ = 0;
  std::string label_;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_TERNARY_GPU_RIVALS_H_
