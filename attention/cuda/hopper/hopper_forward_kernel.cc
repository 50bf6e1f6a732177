#include "attention/cuda/hopper/hopper_forward_kernel.h"

#include <algorithm>
#include <cstring>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "device/cuda/tensor_map.h"

namespace attune {
namespace {

constexpr uintptr_t kAddressGrain = 16;

static_assert(sizeof(hopper::ForwardArguments::query) == sizeof(CUtensorMap));

// A tensor [batch, heads, length, dim] in boxes of `box_rows` rows and 64 columns.
TensorMapSpec SpecOf(Dtype dtype, const Strides& strides, int64_t batch, int64_t heads,
                     int64_t length, int64_t dim, int64_t box_rows) {
  const auto bytes = [&](int64_t stride, int64_t extent) {
    // Nothing lies one step further where there is but one: any stride will do.
    return extent > 1 ? stride * hopper::kElementBytes : int64_t{16};
  };
  TensorMapSpec spec;
  // Replaced before each launch.
  spec.address = reinterpret_cast<const void*>(uintptr_t{4096});
  spec.element =
      dtype == Dtype::kFloat16 ? TensorMapElement::kFloat16 : TensorMapElement::kBfloat16;
  spec.rank = 4;
  // A tensor without rows has a map all the same, through which nothing is copied.
  spec.dims = {dim, std::max<int64_t>(1, length), heads, batch};
  spec.strides = {hopper::kElementBytes, bytes(strides.length, length), bytes(strides.head, heads),
                  bytes(strides.batch, batch)};
  spec.box = {hopper::kPartColumns, box_rows, 1, 1};
  spec.swizzle = TensorMapSwizzle::k128Bytes;
  spec.l2_promotion = TensorMapL2Promotion::k256Bytes;
  return spec;
}

absl::Status CheckAddress(absl::string_view tensor, const void* address) {
  const uintptr_t misalignment = reinterpret_cast<uintptr_t>(address) % kAddressGrain;
  if (misalignment == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("hopper_forward copies by TMA, which needs addresses that are multiples of ",
                   kAddressGrain, "; that of ", tensor, " is ", misalignment, " beyond one."));
}

absl::Status CheckAddresses(const ForwardTensors& tensors) {
  ATTUNE_RETURN_IF_ERROR(CheckAddress("query", tensors.query));
  ATTUNE_RETURN_IF_ERROR(CheckAddress("key", tensors.key));
  ATTUNE_RETURN_IF_ERROR(CheckAddress("value", tensors.value));
  return CheckAddress("out", tensors.out);
}

// `encoded` for a tensor at `address` into `argument`. A tensor that is not there is not copied
// from.
absl::Status SetAddress(const CudaContext& context, const CUtensorMap& encoded, const void* address,
                        ptx::TensorMap& argument) {
  CUtensorMap map = encoded;
  if (address != nullptr) {
    ATTUNE_RETURN_IF_ERROR(ReplaceTensorMapAddress(context, address, map));
  }
  std::memcpy(&argument, &map, sizeof(map));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<HopperForwardKernel::Maps> HopperForwardKernel::EncodeMaps(
    const Problem& p, const hopper::HopperForwardConfiguration& variant,
    const CudaContext& context) {
  const int64_t rows = hopper::kWarpgroupRows;
  Maps maps;
  ATTUNE_ASSIGN_OR_RETURN(
      maps.query, EncodeTensorMap(context, SpecOf(p.dtype, QueryStrides(p), p.batch, p.q_heads,
                                                  p.q_len, p.qk_dim, rows)));
  ATTUNE_ASSIGN_OR_RETURN(
      maps.key, EncodeTensorMap(context, SpecOf(p.dtype, KeyStrides(p), p.batch, p.kv_heads,
                                                p.kv_len, p.qk_dim, variant.block_n)));
  ATTUNE_ASSIGN_OR_RETURN(
      maps.value, EncodeTensorMap(context, SpecOf(p.dtype, ValueStrides(p), p.batch, p.kv_heads,
                                                  p.kv_len, p.v_dim, variant.block_n)));
  ATTUNE_ASSIGN_OR_RETURN(
      maps.out, EncodeTensorMap(context, SpecOf(p.dtype, OutStrides(p), p.batch, p.q_heads, p.q_len,
                                                p.v_dim, rows)));
  return maps;
}

absl::StatusOr<std::unique_ptr<HopperForwardKernel>> HopperForwardKernel::Load(
    const Problem& problem, const hopper::HopperForwardConfiguration& variant,
    const hopper::LaunchChoice& choice, const KernelImage& image, CudaDevice& device) {
  const hopper::ForwardLaunch launch =
      hopper::LaunchOf(problem, variant, device.info().Attribute("multiprocessors"));
  ATTUNE_ASSIGN_OR_RETURN(KernelModule module,
                          KernelModule::Load(device.context(), image, launch.shared_bytes));
  ATTUNE_ASSIGN_OR_RETURN(const Maps maps, EncodeMaps(problem, variant, *device.context()));
  LaunchShape shape;
  shape.grid.x = static_cast<uint32_t>(launch.blocks);
  shape.block.x = static_cast<uint32_t>(launch.threads);
  shape.dynamic_shared_bytes = static_cast<uint32_t>(launch.shared_bytes);
  return std::unique_ptr<HopperForwardKernel>(
      new HopperForwardKernel(std::move(module), shape, ArgumentsOf(problem, variant, choice), maps,
                              launch.workspace_bytes));
}

Resources HopperForwardKernel::resources() const {
  const KernelResources& used = module_.resources();
  return {{"registers", used.registers},
          {"shared_bytes", shape_.dynamic_shared_bytes + used.static_shared_bytes},
          {"spill_bytes", used.spill_store_bytes + used.spill_load_bytes},
          {"workspace_bytes", workspace_bytes_}};
}

absl::Status HopperForwardKernel::PrepareWorkspace(void* workspace, Device& device) const {
  return device.Fill(workspace, 0, workspace_bytes_);
}

absl::Status HopperForwardKernel::SetAddresses(const ForwardTensors& tensors,
                                               hopper::ForwardArguments& arguments) const {
  const CudaContext& context = module_.context();
  ATTUNE_RETURN_IF_ERROR(SetAddress(context, maps_.query, tensors.query, arguments.query));
  ATTUNE_RETURN_IF_ERROR(SetAddress(context, maps_.key, tensors.key, arguments.key));
  ATTUNE_RETURN_IF_ERROR(SetAddress(context, maps_.value, tensors.value, arguments.value));
  ATTUNE_RETURN_IF_ERROR(SetAddress(context, maps_.out, tensors.out, arguments.out));
  arguments.out_base = tensors.out;
  arguments.log_sum_exp = tensors.log_sum_exp;
  return absl::OkStatus();
}

absl::Status HopperForwardKernel::Run(const AttentionTensors& tensors, void* workspace,
                                      Stream& stream) const {
  const auto* forward = std::get_if<ForwardTensors>(&tensors);
  if (forward == nullptr) {
    return absl::InvalidArgumentError(
        "hopper_forward was given the tensors of a backward pass; it needs ForwardTensors.");
  }
  ATTUNE_RETURN_IF_ERROR(CheckAddresses(*forward));
  if (shape_.grid.x == 0) return absl::OkStatus();
  hopper::ForwardArguments arguments = arguments_;
  ATTUNE_RETURN_IF_ERROR(SetAddresses(*forward, arguments));
  arguments.counters = static_cast<hopper::TileCounters*>(workspace);
  return LaunchWith(stream, module_, shape_, arguments);
}

}  // namespace attune
