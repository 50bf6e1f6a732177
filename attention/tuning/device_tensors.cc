#include "attention/tuning/device_tensors.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "attention/attention.h"
#include "base/status_macros.h"
#include "numerics/dtype.h"
#include "numerics/nan.h"
#include "numerics/random.h"

namespace attune {
namespace {

// The smallest prime above 2^20.
constexpr int64_t kPoolElements = (int64_t{1} << 20) + 7;
// From where one set begins in the pools to where the next one does.
constexpr int64_t kSetDistance = kPoolElements / 3;

// The pool of `role`. Those of the latest seed are kept: a session tunes many workloads with one.
std::shared_ptr<const std::vector<uint8_t>> NormalPool(TensorRole role, Dtype dtype,
                                                       uint64_t seed) {
  static std::mutex mutex;
  static uint64_t latest_seed = 0;
  static auto* const pools =
      new std::map<std::pair<TensorRole, Dtype>, std::shared_ptr<const std::vector<uint8_t>>>;
  const std::lock_guard<std::mutex> lock(mutex);
  if (latest_seed != seed) pools->clear();
  latest_seed = seed;
  std::shared_ptr<const std::vector<uint8_t>>& pool = (*pools)[{role, dtype}];
  if (pool == nullptr) {
    auto filled = std::make_shared<std::vector<uint8_t>>(kPoolElements * DtypeBytes(dtype));
    FillNormal(RandomBits(seed, static_cast<uint64_t>(role)), dtype, filled->data(), kPoolElements);
    pool = std::move(filled);
  }
  return pool;
}

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
  const int64_t element_bytes = DtypeBytes(view.dtype);
  const int64_t total = static_cast<int64_t>(bytes.size()) / element_bytes;
  const auto check = [&](int64_t first, int64_t count) -> absl::Status {
    const auto index = FirstNan(view.dtype, bytes.data() + first * element_bytes, count);
    if (!index) return absl::OkStatus();
    return absl::DataLossError(absl::StrCat(TensorRoleName(role), " element ", first + *index,
                                            " of ", total, " was not written, or is NaN"));
  };
  if (shape.elements() == total) return check(0, total);
  for (int64_t b = 0; b < shape.batch; ++b) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      for (int64_t row = 0; row < shape.length; ++row) {
        ATTUNE_RETURN_IF_ERROR(check(
            b * view.strides.batch + h * view.strides.head + row * view.strides.length, shape.dim));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DeviceTensors> DeviceTensors::Create(const Problem& problem, Direction direction,
                                                    Device& device, uint64_t seed, int set) {
  DeviceTensors tensors(problem, direction, device, seed);
  const int64_t element = DtypeBytes(problem.dtype);
  ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kQuery, QueryExtent(problem), seed, set));
  ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kKey, KeyExtent(problem), seed, set));
  ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kValue, ValueExtent(problem), seed, set));
  if (problem.alibi) ATTUNE_RETURN_IF_ERROR(tensors.AddSlopes());
  if (problem.packed) ATTUNE_RETURN_IF_ERROR(tensors.AddLengths());
  ATTUNE_RETURN_IF_ERROR(tensors.AddBuffers(seed));
  ATTUNE_RETURN_IF_ERROR(tensors.Add(TensorRole::kOut, OutExtent(problem) * element));
  ATTUNE_RETURN_IF_ERROR(
      tensors.Add(TensorRole::kLogSumExp, LogSumExpExtent(problem) * DtypeBytes(Dtype::kFloat32)));
  if (direction == Direction::kBackward) {
    ATTUNE_RETURN_IF_ERROR(tensors.AddNormals(TensorRole::kDOut, OutExtent(problem), seed, set));
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

absl::StatusOr<HostTensors> DeviceTensors::CopyOutputsToHost() const {
  HostTensors outputs;
  ATTUNE_RETURN_IF_ERROR(CopyOutputsTo(outputs));
  return outputs;
}

absl::Status DeviceTensors::CopyOutputsTo(HostTensors& outputs) const {
  for (const TensorRole role : OutputRoles(direction_)) {
    const Buffer& buffer = buffers_.at(role);
    std::vector<uint8_t>& bytes = outputs[role];
    bytes.resize(static_cast<size_t>(buffer.bytes()));
    ATTUNE_RETURN_IF_ERROR(device_->CopyToHost(bytes.data(), buffer.data(), buffer.bytes()));
  }
  return absl::OkStatus();
}

absl::Status DeviceTensors::CheckAllWritten(const HostTensors& outputs) const {
  const Problem used = WithoutUnusedRows(problem_, lengths_);
  for (const TensorRole role : OutputRoles(direction_)) {
    ATTUNE_RETURN_IF_ERROR(CheckWritten(role, ViewOf(problem_, used, role), outputs.at(role)));
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

absl::Status DeviceTensors::AddNormals(TensorRole role, int64_t elements, uint64_t seed, int set) {
  const int64_t element = DtypeBytes(problem_.dtype);
  ATTUNE_RETURN_IF_ERROR(Add(role, elements * element));
  const std::shared_ptr<const std::vector<uint8_t>> pool = NormalPool(role, problem_.dtype, seed);
  auto* destination = static_cast<uint8_t*>(buffers_[role].data());
  int64_t place = set * kSetDistance % kPoolElements;
  for (int64_t done = 0; done < elements; place = 0) {
    const int64_t count = std::min(kPoolElements - place, elements - done);
    ATTUNE_RETURN_IF_ERROR(device_->CopyToDevice(destination + done * element,
                                                 pool->data() + place * element, count * element));
    done += count;
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
