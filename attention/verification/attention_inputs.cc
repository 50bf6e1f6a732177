#include "attention/verification/attention_inputs.h"

#include <xxhash.h>

#include <cassert>
#include <cmath>
#include <cstring>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "attention/reference/forward.h"
#include "attention/verification/random_buffers.h"
#include "attention/verification/random_lengths.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

uint64_t HashOf(const HostTensor& tensor) {
  return XXH3_64bits(tensor.array.bytes().data(), tensor.array.bytes().size());
}

// Calls `visit(n, offset)` for the n-th element in the order [batch, head, length, dim].
template <typename Visit>
void ForEachElement(const HostTensor& tensor, Visit visit) {
  const TensorShape& shape = tensor.shape;
  const Strides& strides = tensor.strides;
  for (int64_t n = 0; n < shape.elements(); ++n) {
    const int64_t row = n / shape.dim;
    const int64_t head = row / shape.length;
    visit(n, head / shape.heads * strides.batch + head % shape.heads * strides.head +
                 row % shape.length * strides.length + n % shape.dim);
  }
}

absl::Status CheckGaps(const HostTensor& tensor) {
  // Elements do not overlap (Validate): as many as there is memory leave no gap.
  if (tensor.array.elements() == tensor.shape.elements()) return absl::OkStatus();
  std::vector<bool> is_element(tensor.array.elements(), false);
  ForEachElement(tensor, [&](int64_t, int64_t offset) { is_element[offset] = true; });
  for (int64_t i = 0; i < tensor.array.elements(); ++i) {
    if (is_element[i] || tensor.array.IsPoison(i)) continue;
    return absl::DataLossError(absl::StrCat(TensorRoleName(tensor.role),
                                            ": memory between rows was written, ", i,
                                            " elements from the first element"));
  }
  return absl::OkStatus();
}

Strides ContiguousRows(const Problem& problem) {
  const int64_t rows = QueryRows(problem);
  return {.batch = problem.q_heads * rows, .head = rows, .length = 1};
}

// What tensors of both directions have.
template <typename Tensors>
void BindShared(const std::function<void*(TensorRole)>& address, Tensors& tensors) {
  tensors.query = address(TensorRole::kQuery);
  tensors.key = address(TensorRole::kKey);
  tensors.value = address(TensorRole::kValue);
  tensors.alibi_slopes = static_cast<const float*>(address(TensorRole::kAlibiSlopes));
  tensors.cumulative_query_lengths =
      static_cast<const int32_t*>(address(TensorRole::kCumulativeQueryLengths));
  tensors.cumulative_key_lengths =
      static_cast<const int32_t*>(address(TensorRole::kCumulativeKeyLengths));
  tensors.out = address(TensorRole::kOut);
}

}  // namespace

absl::string_view TensorRoleName(TensorRole role) {
  constexpr absl::string_view kNames[] = {"query",
                                          "key",
                                          "value",
                                          "alibi_slopes",
                                          "out",
                                          "log_sum_exp",
                                          "d_out",
                                          "d_query",
                                          "d_key",
                                          "d_value",
                                          "cumulative_query_lengths",
                                          "cumulative_key_lengths",
                                          "buffer 0",
                                          "buffer 1",
                                          "buffer 2",
                                          "buffer 3",
                                          "buffer 4",
                                          "buffer 5",
                                          "buffer 6",
                                          "buffer 7"};
  static_assert(std::size(kNames) == static_cast<int>(TensorRole::kFirstBuffer) + kMaxNamedBuffers);
  return kNames[static_cast<int>(role)];
}

TensorRole BufferRole(int64_t index) {
  return static_cast<TensorRole>(static_cast<int64_t>(TensorRole::kFirstBuffer) + index);
}

std::vector<double> HostTensor::Contiguous() const {
  return LoadContiguous(array.dtype(), array.data(), shape, strides);
}

ForwardTensors BindForward(const std::function<void*(TensorRole)>& address) {
  ForwardTensors tensors;
  BindShared(address, tensors);
  tensors.log_sum_exp = static_cast<float*>(address(TensorRole::kLogSumExp));
  for (int64_t i = 0; i < kMaxNamedBuffers; ++i) tensors.buffers[i] = address(BufferRole(i));
  return tensors;
}

BackwardTensors BindBackward(const std::function<void*(TensorRole)>& address) {
  BackwardTensors tensors;
  BindShared(address, tensors);
  tensors.log_sum_exp = static_cast<const float*>(address(TensorRole::kLogSumExp));
  tensors.d_out = address(TensorRole::kDOut);
  tensors.d_query = address(TensorRole::kDQuery);
  tensors.d_key = address(TensorRole::kDKey);
  tensors.d_value = address(TensorRole::kDValue);
  return tensors;
}

AttentionInputs::AttentionInputs(const Problem& problem, Direction direction, uint64_t seed)
    : problem_(problem),
      direction_(direction),
      seed_(seed),
      lengths_(RandomLengths(problem, seed)) {
  assert(Validate(problem).ok());
  assert(!problem.has_expressions() || direction == Direction::kForward);
  const bool backward = direction == Direction::kBackward;
  const Dtype dtype = problem.dtype;
  // Extents are of the whole tensors, elements only the rows of sequences.
  const Problem used = WithoutUnusedRows(problem, lengths_);
  const auto add = [&](TensorRole role, bool is_output, const TensorShape& shape,
                       const Strides& strides,
                       int64_t extent) { Add(role, is_output, dtype, shape, strides, extent); };
  const auto add_like_inputs = [&](TensorRole q, TensorRole k, TensorRole v, bool is_output) {
    add(q, is_output, QueryShape(used), QueryStrides(problem), QueryExtent(problem));
    add(k, is_output, KeyShape(used), KeyStrides(problem), KeyExtent(problem));
    add(v, is_output, ValueShape(used), ValueStrides(problem), ValueExtent(problem));
  };
  add_like_inputs(TensorRole::kQuery, TensorRole::kKey, TensorRole::kValue, false);
  for (const TensorRole role : {TensorRole::kQuery, TensorRole::kKey, TensorRole::kValue}) {
    FillNormals(role);
  }
  AddSmallInputs();
  add(TensorRole::kOut, !backward, OutShape(used), OutStrides(problem), OutExtent(problem));
  Add(TensorRole::kLogSumExp, !backward, Dtype::kFloat32, LogSumExpShape(used),
      ContiguousRows(problem), LogSumExpExtent(problem));
  if (backward) {
    AddBackwardInputs();
    add_like_inputs(TensorRole::kDQuery, TensorRole::kDKey, TensorRole::kDValue, true);
  }
  for (const HostTensor& tensor : tensors_) input_hashes_.push_back(HashOf(tensor));
}

void AttentionInputs::AddSmallInputs() {
  if (problem_.packed) {
    AddBytes(TensorRole::kCumulativeQueryLengths, lengths_.query.data(), problem_.batch + 1);
    AddBytes(TensorRole::kCumulativeKeyLengths, lengths_.key.data(), problem_.batch + 1);
  }
  for (size_t i = 0; i < problem_.buffers.size(); ++i) {
    const TensorRole role = BufferRole(static_cast<int64_t>(i));
    const std::vector<uint8_t> bytes =
        RandomBuffer(problem_.buffers[i], RandomBits(seed_, static_cast<uint64_t>(role)));
    AddBytes(role, bytes.data(), problem_.buffers[i].extent);
  }
  if (!problem_.alibi) return;
  const int64_t heads = problem_.q_heads;
  Add(TensorRole::kAlibiSlopes, false, Dtype::kFloat32, {1, heads, 1, 1}, {0, 1, 0}, heads);
  FillWith(TensorRole::kAlibiSlopes, [&](int64_t head) {
    return std::exp2(-8.0 * static_cast<double>(head + 1) / static_cast<double>(heads));
  });
}

void AttentionInputs::AddBytes(TensorRole role, const void* data, int64_t elements) {
  Add(role, false, Dtype::kFloat32, {1, 1, 1, elements}, {}, elements);
  std::memcpy(tensor(role).array.data(), data,
              static_cast<size_t>(elements * DtypeBytes(Dtype::kFloat32)));
}

void AttentionInputs::AddBackwardInputs() {
  const Problem used = WithoutUnusedRows(problem_, lengths_);
  Add(TensorRole::kDOut, false, problem_.dtype, OutShape(used), OutStrides(problem_),
      OutExtent(problem_));
  FillNormals(TensorRole::kDOut);
  const ReferenceForward forward = ComputeReferenceForward(problem_, Forward());
  FillWith(TensorRole::kOut, [&](int64_t n) { return forward.out[n]; });
  FillWith(TensorRole::kLogSumExp, [&](int64_t n) { return forward.log_sum_exp[n]; });
}

void AttentionInputs::Add(TensorRole role, bool is_output, Dtype dtype, const TensorShape& shape,
                          const Strides& strides, int64_t extent) {
  tensors_.push_back({role, is_output, shape, strides, GuardedArray(dtype, extent)});
}

void AttentionInputs::FillWith(TensorRole role, const std::function<double(int64_t)>& value) {
  HostTensor& filled = tensor(role);
  ForEachElement(filled, [&](int64_t n, int64_t offset) {
    StoreElement(filled.array.dtype(), filled.array.data(), offset, static_cast<float>(value(n)));
  });
}

void AttentionInputs::FillNormals(TensorRole role) {
  const uint64_t stream = RandomBits(seed_, static_cast<uint64_t>(role));
  std::vector<float> normals(tensor(role).shape.elements());
  FillNormal(stream, Dtype::kFloat32, normals.data(), static_cast<int64_t>(normals.size()));
  FillWith(role, [&](int64_t n) { return normals[n]; });
}

HostTensor& AttentionInputs::tensor(TensorRole role) {
  for (HostTensor& tensor : tensors_) {
    if (tensor.role == role) return tensor;
  }
  assert(false && "no tensor of this role in this direction");
  return tensors_.front();
}

const HostTensor& AttentionInputs::tensor(TensorRole role) const {
  return const_cast<AttentionInputs*>(this)->tensor(role);
}

ForwardTensors AttentionInputs::Forward() {
  return BindForward([&](TensorRole role) -> void* {
    for (HostTensor& tensor : tensors_) {
      if (tensor.role == role) return tensor.array.data();
    }
    return nullptr;
  });
}

BackwardTensors AttentionInputs::Backward() {
  return BindBackward([&](TensorRole role) -> void* {
    for (HostTensor& tensor : tensors_) {
      if (tensor.role == role) return tensor.array.data();
    }
    return nullptr;
  });
}

ReferenceInputs AttentionInputs::Reference() const {
  ReferenceInputs inputs;
  inputs.lengths = lengths_;
  inputs.query = tensor(TensorRole::kQuery).Contiguous();
  inputs.key = tensor(TensorRole::kKey).Contiguous();
  inputs.value = tensor(TensorRole::kValue).Contiguous();
  if (problem_.alibi) inputs.alibi_slopes = tensor(TensorRole::kAlibiSlopes).Contiguous();
  for (size_t i = 0; i < problem_.buffers.size(); ++i) {
    inputs.buffers.push_back(
        LoadBuffer(problem_.buffers[i], tensor(BufferRole(static_cast<int64_t>(i))).array.data()));
  }
  if (direction_ == Direction::kBackward) inputs.d_out = tensor(TensorRole::kDOut).Contiguous();
  return inputs;
}

void AttentionInputs::ResetOutputs() {
  for (HostTensor& tensor : tensors_) {
    if (!tensor.is_output) continue;
    tensor.array = GuardedArray(tensor.array.dtype(), tensor.array.elements());
  }
}

absl::Status AttentionInputs::CheckCanaries() const {
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const HostTensor& tensor = tensors_[i];
    if (absl::Status guards = tensor.array.CheckGuards(TensorRoleName(tensor.role)); !guards.ok()) {
      return guards;
    }
    if (tensor.is_output) {
      if (absl::Status gaps = CheckGaps(tensor); !gaps.ok()) return gaps;
    } else if (HashOf(tensor) != input_hashes_[i]) {
      return absl::DataLossError(
          absl::StrCat(TensorRoleName(tensor.role), ": the run changed this input"));
    }
  }
  return absl::OkStatus();
}

}  // namespace attune
