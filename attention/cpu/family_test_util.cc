#include "attention/cpu/family_test_util.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

#include "absl/strings/str_cat.h"
#include "attention/reference/backward.h"
#include "attention/reference/forward.h"
#include "base/status_macros.h"
#include "device/cpu/cpu_device.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr uint8_t kPoison = 0xFF;  // NaN in every dtype
constexpr int64_t kCanaryBytes = 256;

std::vector<char> Poisoned(Dtype dtype, int64_t extent) {
  return std::vector<char>(extent * DtypeBytes(dtype) + 1, static_cast<char>(kPoison));
}

std::vector<char> Normal(Dtype dtype, int64_t extent, uint64_t seed) {
  std::vector<char> data = Poisoned(dtype, extent);
  FillNormal(seed, dtype, data.data(), extent);
  return data;
}

bool AllZero(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return value == 0; });
}

std::vector<double> Widened(const std::vector<float>& values, int64_t count) {
  return std::vector<double>(values.begin(), values.begin() + count);
}

}  // namespace

TestTensors::TestTensors(const Problem& p, uint64_t seed)
    : problem(p),
      query(Normal(p.dtype, QueryExtent(p), 16 * seed)),
      key(Normal(p.dtype, KeyExtent(p), 16 * seed + 1)),
      value(Normal(p.dtype, ValueExtent(p), 16 * seed + 2)),
      out(Poisoned(p.dtype, OutExtent(p))),
      d_out(Normal(p.dtype, OutExtent(p), 16 * seed + 3)),
      d_query(Poisoned(p.dtype, QueryExtent(p))),
      d_key(Poisoned(p.dtype, KeyExtent(p))),
      d_value(Poisoned(p.dtype, ValueExtent(p))),
      log_sum_exp(LogSumExpExtent(p) + 1, std::numeric_limits<float>::quiet_NaN()) {
  for (int64_t head = 0; head < p.q_heads; ++head) {
    alibi_slopes.push_back(0.25f / static_cast<float>(head + 1));
  }
}

ForwardTensors TestTensors::forward() {
  return {.query = query.data(),
          .key = key.data(),
          .value = value.data(),
          .alibi_slopes = alibi_slopes.data(),
          .out = out.data(),
          .log_sum_exp = log_sum_exp.data()};
}

BackwardTensors TestTensors::backward() {
  return {.query = query.data(),
          .key = key.data(),
          .value = value.data(),
          .alibi_slopes = alibi_slopes.data(),
          .out = out.data(),
          .log_sum_exp = log_sum_exp.data(),
          .d_out = d_out.data(),
          .d_query = d_query.data(),
          .d_key = d_key.data(),
          .d_value = d_value.data()};
}

absl::Status RunOnCpu(const AttentionFamily& family, const Problem& problem,
                      const Configuration& configuration, const AttentionTensors& tensors) {
  CpuDevice device;
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<AttentionKernel> kernel,
                          family.Prepare(problem, configuration, device));
  const int64_t bytes = kernel->workspace_bytes();
  ATTUNE_ASSIGN_OR_RETURN(const Buffer workspace, device.Allocate(bytes + kCanaryBytes));
  ATTUNE_RETURN_IF_ERROR(device.Fill(workspace.data(), kPoison, workspace.bytes()));
  ATTUNE_ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, device.CreateStream());
  ATTUNE_RETURN_IF_ERROR(kernel->Run(tensors, workspace.data(), *stream));
  const auto* canary = static_cast<const uint8_t*>(workspace.data()) + bytes;
  if (!std::all_of(canary, canary + kCanaryBytes, [](uint8_t byte) { return byte == kPoison; })) {
    return absl::InternalError(absl::StrCat("wrote past its workspace of ", bytes, " bytes"));
  }
  return absl::OkStatus();
}

std::vector<double> Contiguous(const Problem& problem, const std::vector<char>& data,
                               const Strides& strides, int64_t heads, int64_t length, int64_t dim) {
  std::vector<double> result;
  result.reserve(problem.batch * heads * length * dim);
  for (int64_t batch = 0; batch < problem.batch; ++batch) {
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t row = 0; row < length; ++row) {
        const int64_t origin = batch * strides.batch + head * strides.head + row * strides.length;
        for (int64_t i = 0; i < dim; ++i) {
          result.push_back(LoadElement(problem.dtype, data.data(), origin + i));
        }
      }
    }
  }
  return result;
}

Tolerance ToleranceOf(const Problem& problem) {
  if (problem.dtype == Dtype::kFloat32) {
    // ALiBi's far keys make scores large, and fp32 scores carry an absolute error in proportion.
    const double slack = problem.alibi ? 5 : 1;
    return {.mean_absolute = slack * 1e-6,
            .root_mean_square = slack * 1e-6,
            .max_absolute = slack * 2e-5,
            .cosine = 0.9999};
  }
  const double epsilon = DtypeEpsilon(problem.dtype);
  return {.mean_absolute = epsilon / 2,
          .root_mean_square = epsilon,
          .max_absolute = 4 * epsilon,
          .cosine = 0.9999};
}

absl::Status CheckForward(TestTensors& tensors) {
  const Problem& problem = tensors.problem;
  const ReferenceForward expected = ComputeReferenceForward(problem, tensors.forward());
  ATTUNE_RETURN_IF_ERROR(CheckTolerance(
      CompareArrays(expected.out, Contiguous(problem, tensors.out, OutStrides(problem),
                                             problem.q_heads, problem.q_len, problem.v_dim)),
      ToleranceOf(problem), "out"));
  const Tolerance log_sum_exp = {
      .mean_absolute = 1e-5, .root_mean_square = 1e-5, .max_absolute = 1e-4, .cosine = 0.9999};
  return CheckTolerance(
      CompareArrays(expected.log_sum_exp, Widened(tensors.log_sum_exp, LogSumExpExtent(problem))),
      log_sum_exp, "log_sum_exp");
}

absl::Status CheckBackward(TestTensors& tensors) {
  const Problem& problem = tensors.problem;
  const ReferenceBackward expected = ComputeReferenceBackward(problem, tensors.backward());
  const auto check = [&](const std::vector<double>& wanted, const std::vector<char>& data,
                         const Strides& strides, int64_t heads, int64_t length, int64_t dim,
                         absl::string_view name) {
    // Errors grow with the values, which sum over queries and heads.
    double square = 1;
    for (const double x : wanted) {
      if (std::isfinite(x)) square = std::max(square, std::abs(x));
    }
    Tolerance tolerance = ToleranceOf(problem);
    // out and log_sum_exp come in rounded to the dtype.
    const double slack = (problem.dtype == Dtype::kFloat32 ? 4 : 2) * square;
    tolerance.mean_absolute *= slack;
    tolerance.root_mean_square *= slack;
    tolerance.max_absolute *= slack;
    // With one key to attend to softmax is constant: the exact gradient is zero, and what a kernel
    // gives for it is rounding noise (6e-7 at -O1), whose direction means nothing.
    if (AllZero(wanted)) tolerance.cosine = -1;
    return CheckTolerance(
        CompareArrays(wanted, Contiguous(problem, data, strides, heads, length, dim)), tolerance,
        name);
  };
  ATTUNE_RETURN_IF_ERROR(check(expected.d_query, tensors.d_query, QueryStrides(problem),
                               problem.q_heads, problem.q_len, problem.qk_dim, "d_query"));
  ATTUNE_RETURN_IF_ERROR(check(expected.d_key, tensors.d_key, KeyStrides(problem), problem.kv_heads,
                               problem.kv_len, problem.qk_dim, "d_key"));
  return check(expected.d_value, tensors.d_value, ValueStrides(problem), problem.kv_heads,
               problem.kv_len, problem.v_dim, "d_value");
}

void MakeFirstScoresMinusInfinity(TestTensors& tensors) {
  const Problem& problem = tensors.problem;
  for (int64_t row = 0; row < problem.q_len; ++row) {
    StoreElement(problem.dtype, tensors.query.data(), row * problem.qk_dim, 1);
  }
  StoreElement(problem.dtype, tensors.key.data(), 0, -std::numeric_limits<float>::infinity());
}

Problem RandomProblem(uint64_t seed) {
  uint64_t draws = 0;
  const auto draw = [&](int64_t low, int64_t high) {
    return low +
           static_cast<int64_t>(RandomBits(seed, draws++) % static_cast<uint64_t>(high - low + 1));
  };
  constexpr int64_t kLengths[] = {1, 2, 7, 33, 64, 129, 300};
  Problem problem;
  problem.dtype = static_cast<Dtype>(draw(0, 2));
  problem.batch = draw(1, 2);
  problem.kv_heads = draw(1, 2);
  problem.q_heads = problem.kv_heads * draw(1, 4);
  problem.q_len = kLengths[draw(0, 6)];
  problem.kv_len = draw(0, 15) == 0 ? 0 : kLengths[draw(0, 6)];
  problem.qk_dim = kHeadDimStep * draw(1, 16);
  problem.v_dim = kHeadDimStep * draw(1, 16);
  const Alignment alignment = static_cast<Alignment>(draw(0, 1));
  switch (draw(0, 2)) {
    case 0:
      problem.mask = Mask::Causal(alignment);
      break;
    case 1:
      problem.mask = Mask::Window(draw(0, 60), draw(0, 60), alignment);
      break;
  }
  if (draw(0, 2) == 0) problem.soft_cap = static_cast<double>(draw(1, 30));
  problem.alibi = draw(0, 2) == 0;
  problem.layout = static_cast<Layout>(draw(0, 1));
  return problem;
}

}  // namespace attune
