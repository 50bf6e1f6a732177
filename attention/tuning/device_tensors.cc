#include "attention/tuning/device_tensors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attention/attention.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr int64_t kPoolElements = int64_t{1} << 20;

std::vector<TensorRole> OutputRoles(Direction direction) {
  if (direction == Direction::kForward) return {TensorRole::kOut, TensorRole::kLogSumExp};
  return {TensorRole::kDQuery, TensorRole::kDKey, TensorRole::kDValue};
}

// The elements of an output that a run writes.
struct OutputView {
  Dtype dtype;
  TensorShape shape;
  Strides strides;
};

// `used` is `problem` without the rows of no sequence.
OutputView ViewOf(const Problem& problem, const Problem& used, TensorRole role) {
  const int64_t rows = QueryRows(problem);
  switch (role) {
    case TensorRole::kLogSumExp:
      return {Dtype::kFloat32,
              LogSumExpShape(used),
              {.batch = problem.q_heads * rows, .head = rows, .length = 1}};
    case TensorRole::kDQuery:
      return {problem.dtype, QueryShape(used), QueryStrides(problem)};
    case TensorRole::kDKey:
      return {problem.dtype, KeyShape(used), KeyStrides(problem)};
    case TensorRole::kDValue:
      return {problem.dtype, ValueShape(used), ValueStrides(problem)};
    default:
      return {problem.dtype, OutShape(used), OutStrides(problem)};
  }
}

absl::Status CheckWritten(TensorRole role, const OutputView& view,
                          const std::vector<uint8_t>& bytes) {
  const TensorShape& shape = view.shape;
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      for (int64_t row = 0; row < shape.length; ++row) {
        const int64_t first =
            b * view.strides.batch + h * view.strides.head + row * view.strides.length;
        for (int64_t i = first; i < first + shape.dim; ++i) {
          if (!std::isnan(LoadElement(view.dtype, bytes.data(), i))) continue;
          return absl::DataLossError(
              absl::StrCat(TensorRoleName(role), " element ", i, " of ",
                           bytes.size() / static_cast<size_t>(DtypeBytes(view.dtype)),
                           " was not written, or is NaN"));
        }
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeviceTensors> DeviceTensors::Create(const Problem& problem, Direction direction,
                                                    Device& device, uint64_t seed) {
  DeviceTensors tensors(problem, direction, device, seed);
  const int64_t element = DtypeBytes(problem.dtype);
  ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kQuery, QueryExtent(problem), seed));
  ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kKey, KeyExtent(problem), seed));
  ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kValue, ValueExtent(problem), seed));
  if (problem.alibi) ATTUNE_RETURN_IF_ERROR(tensors.AddSlopes());
  if (problem.packed) ATTUNE_RETURN_IF_ERROR(tensors.AddLengths());
  ATTUNE_RETURN_IF_ERROR(tensors.AddBuffers(seed));
  ATTUNE_RETURN_IF_ERROR(tensors.Add(TensorRole::kOut, OutExtent(problem) * element));
  ATTUNE_RETURN_IF_ERROR(
      tensors.Add(TensorRole::kLogSumExp, LogSumExpExtent(problem) * DtypeBytes(Dtype::kFloat32)));
  if (direction == Direction::kBackward) {
    ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kDOut, OutExtent(problem), seed));
    ATTUNE_RETURN_IF_ERROR(tensors.Add(TensorRole::kDQuery, QueryExtent(problem) * element));
    ATTUNE_RETURN_IF_ERROR(tensors.Add(TensorRole::kDKey, KeyExtent(problem) * element));
    ATTUNE_RETURN_IF_ERROR(tensors.Add(TensorRole::kDValue, ValueExtent(problem) * element));
    ATTUNE_RETURN_IF_ERROR(tensors.RunForward());
  }
  return tensors;
}

AttentionTensors DeviceTensors::Bind() const {
  const auto address = [this](TensorRole role) -> void* {
    const auto buffer = buffers_.find(role);
    return buffer == buffers_.end() ? nullptr : buffer->second.data();
  };
  if (direction_ == Direction::kForward) return BindForward(address);
  return BindBackward(address);
}

absl::StatusOr<std::vector<uint8_t>> DeviceTensors::CopyToHost(TensorRole role) const {
  const Buffer& buffer = buffers_.at(role);
  std::vector<uint8_t> bytes(static_cast<size_t>(buffer.bytes()));
  ATTUNE_RETURN_IF_ERROR(device_->CopyToHost(bytes.data(), buffer.data(), buffer.bytes()));
  return bytes;
}

absl::Status DeviceTensors::PoisonOutputs() {
  for (const TensorRole role : OutputRoles(direction_)) {
    const Buffer& buffer = buffers_.at(role);
    ATTUNE_RETURN_IF_ERROR(device_->Fill(buffer.data(), 0xff, buffer.bytes()));
  }
  return absl::OkStatus();
}

absl::Status DeviceTensors::CheckAllWritten() const {
  const Problem used = WithoutUnusedRows(problem_, lengths_);
  for (const TensorRole role : OutputRoles(direction_)) {
    ATTUNE_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, CopyToHost(role));
    ATTUNE_RETURN_IF_ERROR(CheckWritten(role, ViewOf(problem_, used, role), bytes));
  }
  return absl::OkStatus();
}

absl::Status DeviceTensors::AddCopy(TensorRole role, const void* data, int64_t bytes) {
  ATTUNE_RETURN_IF_ERROR(Add(role, bytes));
  return device_->CopyToDevice(buffers_[role].data(), data, bytes);
}

absl::Status DeviceTensors::AddLengths() {
  const int64_t bytes = (problem_.batch + 1) * static_cast<int64_t>(sizeof(int32_t));
  ATTUNE_RETURN_IF_ERROR(
      AddCopy(TensorRole::kCumulativeQueryLengths, lengths_.query.data(), bytes));
  return AddCopy(TensorRole::kCumulativeKeyLengths, lengths_.key.data(), bytes);
}

absl::Status DeviceTensors::AddBuffers(uint64_t seed) {
  for (size_t i = 0; i < problem_.buffers.size(); ++i) {
    const TensorRole role = BufferRole(static_cast<int64_t>(i));
    const std::vector<uint8_t> bytes =
        RandomBuffer(problem_.buffers[i], RandomBits(seed, static_cast<uint64_t>(role)));
    ATTUNE_RETURN_IF_ERROR(AddCopy(role, bytes.data(), static_cast<int64_t>(bytes.size())));
  }
  return absl::OkStatus();
}

absl::Status DeviceTensors::Add(TensorRole role, int64_t bytes) {
  ATTUNE_ASSIGN_OR_RETURN(buffers_[role], device_->Allocate(bytes));
  return absl::OkStatus();
}

absl::Status DeviceTensors::AddNormals(TensorRole role, int64_t elements, uint64_t seed) {
  const int64_t element = DtypeBytes(problem_.dtype);
  ATTUNE_RETURN_IF_ERROR(Add(role, elements * element));
  std::vector<uint8_t> pool(static_cast<size_t>(std::min(elements, kPoolElements) * element));
  FillNormal(RandomBits(seed, static_cast<uint64_t>(role)), problem_.dtype, pool.data(),
             std::min(elements, kPoolElements));
  auto* destination = static_cast<uint8_t*>(buffers_[role].data());
  for (int64_t done = 0; done < elements * element; done += static_cast<int64_t>(pool.size())) {
    ATTUNE_RETURN_IF_ERROR(device_->CopyToDevice(
        destination + done, pool.data(),
        std::min<int64_t>(static_cast<int64_t>(pool.size()), elements * element - done)));
  }
  return absl::OkStatus();
}

absl::Status DeviceTensors::AddSlopes() {
  std::vector<float> slopes;
  for (int64_t head = 0; head < problem_.q_heads; ++head) {
    slopes.push_back(
        std::exp2(-8.0f * static_cast<float>(head + 1) / static_cast<float>(problem_.q_heads)));
  }
  const int64_t bytes = problem_.q_heads * DtypeBytes(Dtype::kFloat32);
  return AddCopy(TensorRole::kAlibiSlopes, slopes.data(), bytes);
}

absl::Status DeviceTensors::RunForward() {
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, Attention::Plan(problem_, {.device = device_}));
  return plan.Run(BindForward([this](TensorRole role) -> void* {
    const auto buffer = buffers_.find(role);
    return buffer == buffers_.end() ? nullptr : buffer->second.data();
  }));
}

}  // namespace attune
