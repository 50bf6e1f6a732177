// cuBLAS as the dense rival: y = x W^T through cublasGemmEx, the library opened at run time.
#ifndef ATTUNE_BENCHMARKS_TERNARY_GPU_CUBLAS_H_
#define ATTUNE_BENCHMARKS_TERNARY_GPU_CUBLAS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device/buffer.h"
#include "device/cuda/cuda_device.h"
#include "device/cuda/stream.h"

namespace attune {

enum class DenseType { kFloat16, kBfloat16, kInt8 };

// "fp16", "bf16", "int8".
std::string DenseTypeName(DenseType type);
int64_t DenseBytes(DenseType type);
// Of an output: 16-bit types give themselves, int8 gives int32.
int64_t DenseOutputBytes(DenseType type);

// Bound to one stream.
class GpuCublas {
 public:
  // Opens libcublas.so.13 where the loader or the toolkit has it. NotFound if neither has.
  static absl::StatusOr<std::unique_ptr<GpuCublas>> Open(CudaDevice& device, CudaStream& stream);

  // out [batch, rows] = activations [batch, columns] times weights [rows, columns] transposed, sums
  // in fp32 or int32, on the stream. The algorithm is the library's choice.
  absl::Status Multiply(DenseType type, int64_t batch, int64_t rows, int64_t columns,
                        const void* activations, const void* weights, void* out) const;

  // Such as "13.1.0"; for the context of results.
  const std::string& version() const { return version_; }

 private:
  struct Functions;
  GpuCublas() = default;

  std::shared_ptr<const Functions> functions_;
  std::shared_ptr<const CudaContext> context_;
  void* handle_ = nullptr;  // lives as long as the process
  Buffer workspace_;
  std::string version_;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_TERNARY_GPU_CUBLAS_H_
