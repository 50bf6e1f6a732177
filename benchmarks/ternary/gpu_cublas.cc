#include "benchmarks/ternary/gpu_cublas.h"

#include <cstdlib>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "device/cuda/shared_library.h"

namespace attune {
namespace {

// Of cublas_api.h and library_types.h, which a toolkit without cuBLAS lacks.
constexpr int kTransposed = 1;
constexpr int kNotTransposed = 0;
constexpr int kReal16F = 2;
constexpr int kReal16Bf = 14;
constexpr int kReal8I = 3;
constexpr int kReal32I = 10;
constexpr int kCompute32F = 68;
constexpr int kCompute32I = 72;
constexpr int kDefaultAlgorithm = -1;
// What NVIDIA recommends for Hopper is 32 MiB.
constexpr int64_t kWorkspaceBytes = int64_t{64} << 20;

struct Types {
  int operand;
  int output;
  int compute;
};

Types TypesOf(DenseType type) {
  switch (type) {
    case DenseType::kFloat16:
      return {kReal16F, kReal16F, kCompute32F};
    case DenseType::kBfloat16:
      return {kReal16Bf, kReal16Bf, kCompute32F};
    case DenseType::kInt8:
      return {kReal8I, kReal32I, kCompute32I};
  }
  return {};
}

absl::Status Check(int result, absl::string_view what) {
  if (result == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(what, " failed with cublasStatus_t ", result));
}

}  // namespace

struct GpuCublas::Functions {
  int (*create)(void** handle);
  int (*set_stream)(void* handle, CUstream stream);
  int (*set_workspace)(void* handle, void* workspace, size_t bytes);
  int (*get_version)(void* handle, int* version);
  int (*gemm)(void* handle, int a_op, int b_op, int m, int n, int k, const void* alpha,
              const void* a, int a_type, int lda, const void* b, int b_type, int ldb,
              const void* beta, void* c, int c_type, int ldc, int compute, int algorithm);
};

std::string DenseTypeName(DenseType type) {
  switch (type) {
    case DenseType::kFloat16:
      return "fp16";
    case DenseType::kBfloat16:
      return "bf16";
    case DenseType::kInt8:
      return "int8";
  }
  return "";
}

int64_t DenseBytes(DenseType type) { return type == DenseType::kInt8 ? 1 : 2; }
int64_t DenseOutputBytes(DenseType type) { return type == DenseType::kInt8 ? 4 : 2; }

absl::StatusOr<std::unique_ptr<GpuCublas>> GpuCublas::Open(CudaDevice& device, CudaStream& stream) {
  const char* const home = std::getenv("CUDA_HOME");
  ATTUNE_ASSIGN_OR_RETURN(
      const SharedLibrary library,
      SharedLibrary::OpenFirst("cuBLAS", {"libcublas.so.13", "libcublas.so",
                                          absl::StrCat(home != nullptr ? home : "/usr/local/cuda",
                                                       "/lib64/libcublas.so")}));
  auto functions = std::make_shared<Functions>();
  const auto find = [&](const char* name, auto& function) {
    void* const symbol = library.Find(name);
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(symbol);
    return symbol != nullptr;
  };
  if (!find("cublasCreate_v2", functions->create) ||
      !find("cublasSetStream_v2", functions->set_stream) ||
      !find("cublasSetWorkspace_v2", functions->set_workspace) ||
      !find("cublasGetVersion_v2", functions->get_version) ||
      !find("cublasGemmEx", functions->gemm)) {
    return absl::FailedPreconditionError(
        absl::StrCat(library.path(), " lacks functions of cuBLAS 12 or 13"));
  }
  auto cublas = std::unique_ptr<GpuCublas>(new GpuCublas);
  cublas->functions_ = functions;
  cublas->context_ = device.context();
  const ScopedContext scope(*cublas->context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  ATTUNE_RETURN_IF_ERROR(Check(functions->create(&cublas->handle_), "cublasCreate"));
  ATTUNE_ASSIGN_OR_RETURN(cublas->workspace_, device.Allocate(kWorkspaceBytes));
  ATTUNE_RETURN_IF_ERROR(
      Check(functions->set_stream(cublas->handle_, stream.handle()), "cublasSetStream"));
  ATTUNE_RETURN_IF_ERROR(
      Check(functions->set_workspace(cublas->handle_, cublas->workspace_.data(), kWorkspaceBytes),
            "cublasSetWorkspace"));
  int version = 0;
  ATTUNE_RETURN_IF_ERROR(
      Check(functions->get_version(cublas->handle_, &version), "cublasGetVersion"));
  cublas->version_ = absl::StrCat(version / 10000, ".", version % 10000 / 100, ".", version % 100);
  return cublas;
}

absl::Status GpuCublas::Multiply(DenseType type, int64_t batch, int64_t rows, int64_t columns,
                                 const void* activations, const void* weights, void* out) const {
  const ScopedContext scope(*context_);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  const Types types = TypesOf(type);
  const float one = 1;
  const float zero = 0;
  const int int_one = 1;
  const int int_zero = 0;
  const bool integers = type == DenseType::kInt8;
  // Column-major: out is [rows, batch], weights are transposed, activations are as they are.
  const int m = static_cast<int>(rows);
  const int n = static_cast<int>(batch);
  const int k = static_cast<int>(columns);
  return Check(functions_->gemm(handle_, kTransposed, kNotTransposed, m, n, k,
                                integers ? static_cast<const void*>(&int_one) : &one, weights,
                                types.operand, k, activations, types.operand, k,
                                integers ? static_cast<const void*>(&int_zero) : &zero, out,
                                types.output, m, types.compute, kDefaultAlgorithm),
               "cublasGemmEx");
}

}  // namespace attune
