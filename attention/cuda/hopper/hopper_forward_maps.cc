#include "attention/cuda/hopper/hopper_forward_maps.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/status_macros.h"
#include "device/cuda/tensor_map.h"

namespace attune {
namespace {

static_assert(sizeof(ptx::TensorMap) == sizeof(CUtensorMap));

// A tensor [batch, heads, length, dim] in boxes of `box_rows` rows and 64 columns.
TensorMapSpec SpecOf(Dtype dtype, const Strides& strides, int64_t batch, int64_t heads,
                     int64_t length, int64_t dim, int64_t box_rows) {
  const auto bytes = [](int64_t stride, int64_t extent) {
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

// The same of a tensor of queries or outputs, each box of `tile_heads` heads' rows of as many
// positions as make `rows` rows. Of one head it is the map above.
TensorMapSpec GroupedSpecOf(Dtype dtype, const Strides& strides, int64_t batch, int64_t heads,
                            int64_t length, int64_t dim, int64_t rows, int64_t tile_heads) {
  TensorMapSpec spec = SpecOf(dtype, strides, batch, heads, length, dim, rows / tile_heads);
  if (tile_heads == 1) return spec;
  spec.rank = 5;
  const int64_t groups = heads / tile_heads;
  const int64_t group_bytes =
      groups > 1 ? tile_heads * strides.head * hopper::kElementBytes : int64_t{16};
  spec.dims = {dim, tile_heads, spec.dims[1], groups, batch};
  spec.strides = {spec.strides[0], spec.strides[2], spec.strides[1], group_bytes, spec.strides[3]};
  spec.box = {hopper::kPartColumns, tile_heads, rows / tile_heads, 1, 1};
  return spec;
}

void Copy(const CUtensorMap& map, ptx::TensorMap& argument) {
  std::memcpy(&argument, &map, sizeof(map));
}

}  // namespace

absl::StatusOr<HopperForwardMaps> HopperForwardMaps::Encode(
    const Problem& p, const hopper::HopperForwardConfiguration& variant,
    std::shared_ptr<const CudaContext> context) {
  const int64_t rows = hopper::kWarpgroupRows;
  const int64_t batch = TensorBatch(p);
  const TensorMapSpec specs[kCount] = {
      GroupedSpecOf(p.dtype, QueryStrides(p), batch, p.q_heads, QueryRows(p), p.qk_dim, rows,
                    variant.tile_heads),
      SpecOf(p.dtype, KeyStrides(p), batch, p.kv_heads, KeyRows(p), p.qk_dim, variant.block_n),
      SpecOf(p.dtype, ValueStrides(p), batch, p.kv_heads, KeyRows(p), p.v_dim, variant.block_n),
      GroupedSpecOf(p.dtype, OutStrides(p), batch, p.q_heads, QueryRows(p), p.v_dim, rows,
                    variant.tile_heads)};
  Maps maps;
  for (int i = 0; i < kCount; ++i) {
    ATTUNE_ASSIGN_OR_RETURN(maps[i], EncodeTensorMap(*context, specs[i]));
  }
  return HopperForwardMaps(std::move(context), maps);
}

size_t HopperForwardMaps::Place(const Addresses& addresses) {
  uint64_t hash = 0;
  for (const void* address : addresses) {
    // Multiplicative hashing by the golden ratio (Knuth, The Art of Computer Programming, 6.4).
    hash = (hash ^ reinterpret_cast<uintptr_t>(address)) * 0x9e3779b97f4a7c15u;
  }
  return hash >> (64 - kEntryBits);
}

absl::Status HopperForwardMaps::SetAddresses(const Addresses& addresses, Maps& maps) const {
  for (int i = 0; i < kCount; ++i) {
    // A tensor that is not there is not copied from.
    if (addresses[i] == nullptr) continue;
    ATTUNE_RETURN_IF_ERROR(ReplaceTensorMapAddress(*context_, addresses[i], maps[i]));
  }
  return absl::OkStatus();
}

absl::Status HopperForwardMaps::Fill(const ForwardTensors& tensors,
                                     hopper::ForwardArguments& arguments) const {
  const Addresses addresses = {tensors.query, tensors.key, tensors.value, tensors.out};
  Entry& entry = recent_->entries[Place(addresses)];
  const std::lock_guard<std::mutex> lock(recent_->mutex);
  if (!entry.used || entry.addresses != addresses) {
    entry.used = false;
    entry.maps = maps_;
    entry.addresses = addresses;
    ATTUNE_RETURN_IF_ERROR(SetAddresses(addresses, entry.maps));
    entry.used = true;
  }
  Copy(entry.maps[kQuery], arguments.query);
  Copy(entry.maps[kKey], arguments.key);
  Copy(entry.maps[kValue], arguments.value);
  Copy(entry.maps[kOut], arguments.out);
  return absl::OkStatus();
}

}  // namespace attune
