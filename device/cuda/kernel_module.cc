#include "device/cuda/kernel_module.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

absl::StatusOr<int64_t> FunctionAttribute(const Driver& driver, CUfunction function,
                                          CUfunction_attribute attribute) {
  int value = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, FuncGetAttribute, &value, attribute, function);
  return value;
}

absl::StatusOr<int64_t> DeviceAttribute(const CudaContext& context, CUdevice_attribute attribute) {
  int value = 0;
  ATTUNE_CUDA_RETURN_IF_ERROR(context.driver(), DeviceGetAttribute, &value, attribute,
                              context.device());
  return value;
}

absl::Status LoadError(const CudaContext& context, CUresult result, const KernelImage& image) {
  const absl::Status status = DriverStatus(context.driver(), result, "cuModuleLoadData");
  const int version = context.driver().cuda_version;
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(), "; ", image.lowered_name, " was compiled for ",
                   image.architecture, " by NVRTC ", image.compiler_version,
                   ", the driver supports CUDA ", version / 1000, ".", version % 1000 / 10));
}

}  // namespace

absl::StatusOr<KernelModule> KernelModule::Load(std::shared_ptr<const CudaContext> context,
                                                const KernelImage& image,
                                                int64_t dynamic_shared_bytes) {
  const ScopedContext scope(*context);
  ATTUNE_RETURN_IF_ERROR(scope.status());
  const Driver& driver = context->driver();
  CUmodule handle = nullptr;
  if (const CUresult result = driver.ModuleLoadData(&handle, image.cubin.data());
      result != CUDA_SUCCESS) {
    return LoadError(*context, result, image);
  }
  KernelModule module(std::move(context), handle);
  ATTUNE_RETURN_IF_ERROR(module.Configure(image, dynamic_shared_bytes));
  return module;
}

absl::Status KernelModule::Configure(const KernelImage& image, int64_t dynamic_shared_bytes) {
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), ModuleGetFunction, &function_, module_,
                              image.lowered_name.c_str());
  ATTUNE_RETURN_IF_ERROR(ReadResources(image));
  ATTUNE_RETURN_IF_ERROR(AllowSharedMemory(image, dynamic_shared_bytes));
  return AllowLargeClusters();
}

absl::Status KernelModule::ReadResources(const KernelImage& image) {
  const Driver& driver = context_->driver();
  resources_ = image.resources;
  ATTUNE_ASSIGN_OR_RETURN(resources_.registers,
                          FunctionAttribute(driver, function_, CU_FUNC_ATTRIBUTE_NUM_REGS));
  ATTUNE_ASSIGN_OR_RETURN(resources_.stack_bytes,
                          FunctionAttribute(driver, function_, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES));
  ATTUNE_ASSIGN_OR_RETURN(
      resources_.static_shared_bytes,
      FunctionAttribute(driver, function_, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES));
  ATTUNE_ASSIGN_OR_RETURN(
      max_threads_per_block_,
      FunctionAttribute(driver, function_, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
  return absl::OkStatus();
}

absl::Status KernelModule::AllowSharedMemory(const KernelImage& image,
                                             int64_t dynamic_shared_bytes) {
  ATTUNE_ASSIGN_OR_RETURN(
      const int64_t limit,
      DeviceAttribute(*context_, CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN));
  if (dynamic_shared_bytes < 0 || dynamic_shared_bytes > limit - resources_.static_shared_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(image.lowered_name, " needs ", dynamic_shared_bytes, " bytes of dynamic and ",
                     resources_.static_shared_bytes,
                     " of static shared memory; a block of this GPU can have ", limit, " in all"));
  }
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), FuncSetAttribute, function_,
                              CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                              static_cast<int>(dynamic_shared_bytes));
  return absl::OkStatus();
}

absl::Status KernelModule::AllowLargeClusters() {
  ATTUNE_ASSIGN_OR_RETURN(const int64_t clusters,
                          DeviceAttribute(*context_, CU_DEVICE_ATTRIBUTE_CLUSTER_LAUNCH));
  if (clusters == 0) return absl::OkStatus();
  // Without it a cluster has at most 8 blocks.
  ATTUNE_CUDA_RETURN_IF_ERROR(context_->driver(), FuncSetAttribute, function_,
                              CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1);
  return absl::OkStatus();
}

KernelModule& KernelModule::operator=(KernelModule&& other) noexcept {
  std::swap(context_, other.context_);
  std::swap(module_, other.module_);
  std::swap(function_, other.function_);
  std::swap(resources_, other.resources_);
  std::swap(max_threads_per_block_, other.max_threads_per_block_);
  return *this;
}

KernelModule::~KernelModule() {
  if (module_ == nullptr) return;
  const ScopedContext scope(*context_);
  context_->driver().ModuleUnload(module_);
}

}  // namespace attune
