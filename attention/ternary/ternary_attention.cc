#include "attention/ternary/ternary_attention.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attention/tensors.h"
#include "base/status_macros.h"
#include "operators/process_defaults.h"

namespace attune {
namespace {

absl::StatusOr<TernaryLinear> MakeLinear(absl::string_view name, int64_t rows, int64_t columns,
                                         TernaryLinearWeights weights,
                                         const TernaryLinearOptions& options) {
  const TernaryShape& shape = weights.matrix.shape;
  if (shape.rows != rows || shape.columns != columns) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the ", name, " projection is ", shape.ToString(), "; expected ", rows, "x", columns));
  }
  absl::StatusOr<TernaryLinear> linear = TernaryLinear::Create(std::move(weights), options);
  if (linear.ok()) return linear;
  return absl::Status(linear.status().code(),
                      absl::StrCat("the ", name, " projection: ", linear.status().message()));
}

absl::Status CheckShape(const TernaryAttentionShape& shape) {
  if (shape.dtype == Dtype::kFloat16) {
    return absl::InvalidArgumentError("a ternary attention layer is fp32 or bf16, not fp16");
  }
  return Validate(Problem{.dtype = shape.dtype,
                          .q_heads = shape.q_heads,
                          .kv_heads = shape.kv_heads,
                          .q_len = 1,
                          .kv_len = 1,
                          .qk_dim = shape.head_dim,
                          .v_dim = shape.head_dim});
}

// What of a layer decides how its cache lies in memory, and in whose.
std::string DescribeCache(const TernaryAttentionShape& shape, const Device& device) {
  return absl::StrCat("kv_heads ", shape.kv_heads, ", head_dim ", shape.head_dim, ", dtype ",
                      DtypeName(shape.dtype), " on ", device.info().id);
}

}  // namespace

absl::StatusOr<KeyValueCache> KeyValueCache::Create(const TernaryAttentionShape& shape,
                                                    int64_t batch, int64_t capacity,
                                                    Device& device) {
  if (batch < 1 || capacity < 1 || capacity > kMaxLength) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a cache of ", batch, " sequences of ", capacity,
        " positions; expected at least one of each, and at most ", kMaxLength, " positions"));
  }
  KeyValueCache cache;
  cache.shape_ = shape;
  cache.device_ = &device;
  cache.batch_ = batch;
  cache.capacity_ = capacity;
  int64_t bytes = 0;
  if (__builtin_mul_overflow(shape.kv_dim() * DtypeBytes(shape.dtype) * capacity, batch, &bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a cache of ", batch, " sequences has 2^63 bytes or more"));
  }
  ATTUNE_ASSIGN_OR_RETURN(cache.key_, device.Allocate(bytes));
  ATTUNE_ASSIGN_OR_RETURN(cache.value_, device.Allocate(bytes));
  return cache;
}

TernaryAttention::TernaryAttention(const TernaryAttentionShape& shape, Device& device,
                                   const TuningCache* cache, TernaryLinear query, TernaryLinear key,
                                   TernaryLinear value, TernaryLinear output)
    : shape_(shape),
      device_(&device),
      cache_(cache),
      query_(std::move(query)),
      key_(std::move(key)),
      value_(std::move(value)),
      output_(std::move(output)) {}

absl::StatusOr<TernaryAttention> TernaryAttention::Create(const TernaryAttentionShape& shape,
                                                          TernaryAttentionWeights weights,
                                                          Device* device,
                                                          const TuningCache* cache) {
  ATTUNE_RETURN_IF_ERROR(CheckShape(shape));
  if (device == nullptr) device = &SharedCpuDevice();
  const TernaryLinearOptions options = {
      .activation = shape.dtype == Dtype::kFloat32 ? Activation::kFloat32 : Activation::kBfloat16,
      .output = shape.dtype,
      .device = device,
      .cache = cache};
  ATTUNE_ASSIGN_OR_RETURN(TernaryLinear query, MakeLinear("query", shape.q_dim(), shape.model_dim,
                                                          std::move(weights.query), options));
  ATTUNE_ASSIGN_OR_RETURN(TernaryLinear key, MakeLinear("key", shape.kv_dim(), shape.model_dim,
                                                        std::move(weights.key), options));
  ATTUNE_ASSIGN_OR_RETURN(TernaryLinear value, MakeLinear("value", shape.kv_dim(), shape.model_dim,
                                                          std::move(weights.value), options));
  ATTUNE_ASSIGN_OR_RETURN(TernaryLinear output, MakeLinear("output", shape.model_dim, shape.q_dim(),
                                                           std::move(weights.output), options));
  return TernaryAttention(shape, *device, cache, std::move(query), std::move(key), std::move(value),
                          std::move(output));
}

absl::StatusOr<KeyValueCache> TernaryAttention::MakeCache(int64_t batch, int64_t capacity) const {
  return KeyValueCache::Create(shape_, batch, capacity, *device_);
}

Problem TernaryAttention::ProblemOf(int64_t length, const KeyValueCache& cache) const {
  // Every sequence's rows are a batch apart: positions are outermost.
  const Strides query = {
      .batch = shape_.q_dim(), .head = shape_.head_dim, .length = cache.batch_ * shape_.q_dim()};
  const Strides key = {
      .batch = shape_.kv_dim(), .head = shape_.head_dim, .length = cache.batch_ * shape_.kv_dim()};
  return {.dtype = shape_.dtype,
          .batch = cache.batch_,
          .q_heads = shape_.q_heads,
          .kv_heads = shape_.kv_heads,
          .q_len = length,
          .kv_len = cache.length_ + length,
          .qk_dim = shape_.head_dim,
          .v_dim = shape_.head_dim,
          .mask = Mask::Causal(),
          .query_strides = query,
          .key_strides = key,
          .value_strides = key,
          .out_strides = query};
}

absl::Status TernaryAttention::CheckCache(const KeyValueCache& cache) const {
  const TernaryAttentionShape& shape = cache.shape_;
  if (shape.kv_heads == shape_.kv_heads && shape.head_dim == shape_.head_dim &&
      shape.dtype == shape_.dtype && cache.device_->info().id == device_->info().id) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("the cache has ",
                                                 DescribeCache(shape, *cache.device_),
                                                 "; expected ", DescribeCache(shape_, *device_)));
}

absl::Status TernaryAttention::Reserve(int64_t rows) {
  const int64_t bytes = rows * shape_.q_dim() * DtypeBytes(shape_.dtype);
  if (query_rows_.bytes() >= bytes) return absl::OkStatus();
  // Both or neither: the size of one stands for both.
  ATTUNE_ASSIGN_OR_RETURN(Buffer query_rows, device_->Allocate(bytes));
  ATTUNE_ASSIGN_OR_RETURN(Buffer attended_rows, device_->Allocate(bytes));
  query_rows_ = std::move(query_rows);
  attended_rows_ = std::move(attended_rows);
  return absl::OkStatus();
}

absl::Status TernaryAttention::Run(int64_t length, const void* hidden, void* out,
                                   KeyValueCache& cache, Stream& stream) {
  ATTUNE_RETURN_IF_ERROR(CheckCache(cache));
  if (length < 1 || length > cache.capacity_ - cache.length_) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot append ", length, " positions to a cache that holds ", cache.length_,
                     " of ", cache.capacity_, "; expected 1 to ", cache.capacity_ - cache.length_));
  }
  const int64_t rows = length * cache.batch_;
  // The latest run may still use the plan and the rows that this one replaces.
  ATTUNE_RETURN_IF_ERROR(stream.Synchronize());
  ATTUNE_RETURN_IF_ERROR(Reserve(rows));
  ATTUNE_ASSIGN_OR_RETURN(
      plan_, Attention::Plan(ProblemOf(length, cache), {.device = device_, .cache = cache_}));
  const int64_t offset = cache.length_ * cache.batch_ * shape_.kv_dim() * DtypeBytes(shape_.dtype);
  const auto at = [&](const Buffer& buffer) { return static_cast<char*>(buffer.data()) + offset; };
  ATTUNE_RETURN_IF_ERROR(
      query_.Run(rows, {.activations = hidden, .out = query_rows_.data()}, stream));
  ATTUNE_RETURN_IF_ERROR(key_.Run(
      rows, {.activations = hidden, .out = at(cache.key_), .shares_activations = true}, stream));
  ATTUNE_RETURN_IF_ERROR(value_.Run(
      rows, {.activations = hidden, .out = at(cache.value_), .shares_activations = true}, stream));
  const ForwardTensors tensors = {.query = query_rows_.data(),
                                  .key = cache.key_.data(),
                                  .value = cache.value_.data(),
                                  .out = attended_rows_.data()};
  ATTUNE_RETURN_IF_ERROR(plan_->Run(AttentionTensors(tensors), stream));
  ATTUNE_RETURN_IF_ERROR(
      output_.Run(rows, {.activations = attended_rows_.data(), .out = out}, stream));
  cache.length_ += length;
  return absl::OkStatus();
}

int64_t TernaryAttention::weight_bytes() const {
  return query_.weight_bytes() + key_.weight_bytes() + value_.weight_bytes() +
         output_.weight_bytes();
}

}  // namespace attune
