#include "attention/cuda/portable/portable_forward_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attention/cuda/functors/problem_functors.h"
#include "attention/cuda/functors/user_functors.h"
#include "autotune/space/untuned.h"

namespace attune::portable {
namespace {

constexpr double kLog2E = 1.4426950408889634;
constexpr int kMaxVectorBytes = 16;
static_assert(functors::kMaxBuffers == kMaxNamedBuffers);
constexpr char kNamespace[] = "attune::portable::";

ElementType ElementOf(Dtype dtype) {
  switch (dtype) {
    case Dtype::kBfloat16:
      return ElementType::kBfloat16;
    case Dtype::kFloat16:
      return ElementType::kHalf;
    default:
      return ElementType::kFloat;
  }
}

const char* ElementName(ElementType element) {
  switch (element) {
    case ElementType::kBfloat16:
      return "kBfloat16";
    case ElementType::kHalf:
      return "kHalf";
    case ElementType::kFloat:
      return "kFloat";
  }
  return "";
}

// The largest power of two up to kMaxVectorBytes that divides `bytes`.
int AlignmentOf(uint64_t bytes) {
  int alignment = kMaxVectorBytes;
  while (bytes % alignment != 0) alignment /= 2;
  return alignment;
}

int StridesAlignment(const Strides& strides, int64_t element_bytes) {
  int alignment = kMaxVectorBytes;
  for (const int64_t stride : {strides.batch, strides.head, strides.length}) {
    alignment = std::min(alignment, AlignmentOf(static_cast<uint64_t>(stride * element_bytes)));
  }
  return alignment;
}

TensorStrides ForKernel(const Strides& strides) {
  return {strides.batch, strides.head, strides.length};
}

int ClampBound(const std::optional<int64_t>& bound) {
  const int64_t limit = kUnbounded;
  return static_cast<int>(std::clamp(bound.value_or(limit), -limit, limit));
}

// Half of L2 for the keys and values of the heads that run side by side: the rest is for queries,
// output, and the next section's start.
int HeadsPerSection(const Problem& problem, int64_t l2_bytes) {
  const int64_t head_bytes = std::max<int64_t>(
      1, problem.kv_len * (problem.qk_dim + problem.v_dim) * DtypeBytes(problem.dtype));
  const int64_t group = problem.q_heads / problem.kv_heads;
  const int64_t kv_heads = std::max<int64_t>(1, l2_bytes / 2 / head_bytes);
  return static_cast<int>(std::min(kv_heads * group, problem.batch * problem.q_heads));
}

int64_t QueryBlocks(const Problem& problem, const PortableForwardConfiguration& configuration) {
  return (problem.q_len + configuration.block_m - 1) / configuration.block_m;
}

// Addresses, the walk over keys, softmax state, and fragments on their way from shared memory: what
// nvcc 13.0 was seen to need on top of the fragments before it spills.
int WorkingRegisters(const Problem& problem, const PortableForwardConfiguration& configuration) {
  int registers = 56;
  if (configuration.lazy_rescale == 0) registers += 16;
  if (configuration.overlap != 0) registers += 40;
  if (configuration.stages == 1) registers += 8;
  if (WarpRows(configuration) * configuration.block_n >= 32 * 128) registers += 16;
  if (configuration.warps < 4) registers += 8;  // more copies for each thread
  if (problem.dtype == Dtype::kFloat32) {
    registers += 16;
    // 4 to 12 bytes spilled at head dim 128 with 16 or 32 keys, by architecture; none at 96 (NVRTC
    // 13.0, 2026-11-23).
    if (WarpRows(configuration) == 32 && problem.v_dim > 96) registers += 40;
  }
  if (functors::ModifierType(problem) != functors::QualifiedName("Identity")) registers += 24;
  if (!problem.mask_expression.empty()) registers += 16;
  return registers;
}

int RegisterLimit(const PortableForwardConfiguration& configuration) {
  constexpr int kRegistersPerMultiprocessor = 65536;
  constexpr int kGrain = 8;
  const int share =
      kRegistersPerMultiprocessor / (Threads(configuration) * configuration.blocks_per_sm);
  return std::min(255, share / kGrain * kGrain);
}

}  // namespace

PortableForwardTraits TraitsOf(const Problem& problem) {
  const int64_t bytes = DtypeBytes(problem.dtype);
  PortableForwardTraits traits;
  traits.element = ElementOf(problem.dtype);
  traits.qk_dim = static_cast<int>(problem.qk_dim);
  traits.v_dim = static_cast<int>(problem.v_dim);
  traits.vector_bytes = kMaxVectorBytes;
  for (const Strides& strides :
       {QueryStrides(problem), KeyStrides(problem), ValueStrides(problem), OutStrides(problem)}) {
    traits.vector_bytes = std::min(traits.vector_bytes, StridesAlignment(strides, bytes));
  }
  return traits;
}

int AddressAlignment(const ForwardTensors& tensors) {
  // The lowest bit of them all; asked at each run, hence no divisions.
  uintptr_t bits = kMaxVectorBytes;
  for (const void* address :
       {tensors.query, tensors.key, tensors.value, static_cast<const void*>(tensors.out)}) {
    bits |= reinterpret_cast<uintptr_t>(address);
  }
  return static_cast<int>(bits & -bits);
}

PortableForwardConfiguration ConfigurationOf(const Configuration& configuration) {
  const auto get = [&](absl::string_view name) {
    return static_cast<int>(configuration.Get(name));
  };
  return {.block_m = get("block_m"),
          .block_n = get("block_n"),
          .warps = get("warps"),
          .stages = get("stages"),
          .blocks_per_sm = get("blocks_per_sm"),
          .query_registers = get("query_registers"),
          .lazy_rescale = get("lazy_rescale"),
          .longest_first = get("longest_first"),
          .overlap = get("overlap")};
}

absl::StatusOr<ForwardLaunch> LaunchOf(const Problem& problem,
                                       const PortableForwardConfiguration& configuration) {
  const int64_t blocks = QueryBlocks(problem, configuration) * problem.batch * problem.q_heads;
  if (blocks > std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("portable_forward: ", problem.ToString(), " needs ", blocks,
                     " thread blocks, more than the 2^31 - 1 of one launch; split the batch"));
  }
  return ForwardLaunch{blocks, Threads(configuration),
                       SharedBytes(TraitsOf(problem), configuration)};
}

PortableForwardParameters ParametersOf(const Problem& problem,
                                       const PortableForwardConfiguration& configuration,
                                       const ForwardTensors& tensors, int64_t l2_bytes) {
  PortableForwardParameters p = {};
  SetAddresses(problem, tensors, p);
  p.query_strides = ForKernel(QueryStrides(problem));
  p.key_strides = ForKernel(KeyStrides(problem));
  p.value_strides = ForKernel(ValueStrides(problem));
  p.out_strides = ForKernel(OutStrides(problem));
  p.log_sum_exp_batch_stride = problem.q_heads * problem.q_len;
  p.log_sum_exp_head_stride = QueryRows(problem);
  p.q_len = static_cast<int>(problem.q_len);
  p.kv_len = static_cast<int>(problem.kv_len);
  p.q_heads = static_cast<int>(problem.q_heads);
  p.group = static_cast<int>(problem.q_heads / problem.kv_heads);
  p.q_blocks = static_cast<int>(QueryBlocks(problem, configuration));
  p.heads = static_cast<int>(problem.batch * problem.q_heads);
  p.heads_per_section = HeadsPerSection(problem, l2_bytes);
  p.left = ClampBound(problem.mask.left);
  p.right = ClampBound(problem.mask.right);
  p.bottom_right = problem.mask.alignment == Alignment::kBottomRight ? 1 : 0;
  p.scale = static_cast<float>(SoftmaxScale(problem));
  p.scale_log2 = static_cast<float>(SoftmaxScale(problem) * kLog2E);
  p.soft_cap = static_cast<float>(problem.soft_cap);
  return p;
}

void SetAddresses(const Problem& problem, const ForwardTensors& tensors,
                  PortableForwardParameters& p) {
  p.query = tensors.query;
  p.key = tensors.key;
  p.value = tensors.value;
  p.out = tensors.out;
  p.log_sum_exp = tensors.log_sum_exp;
  p.alibi_slopes = tensors.alibi_slopes;
  std::copy(tensors.buffers.begin(), tensors.buffers.end(), p.buffers);
  if (!problem.packed) return;  // To the kernel, lengths mean that there is no batch dimension.
  p.cumulative_query_lengths = tensors.cumulative_query_lengths;
  p.cumulative_key_lengths = tensors.cumulative_key_lengths;
}

Variables ForwardVariables(const Problem& problem,
                           const PortableForwardConfiguration& configuration) {
  const PortableForwardTraits traits = TraitsOf(problem);
  return {
      {"shared_bytes", SharedBytes(traits, configuration)},
      {"accumulator_registers", AccumulatorRegisters(traits, configuration)},
      {"query_fragment_registers", QueryRegisters(traits, configuration)},
      {"working_registers", WorkingRegisters(problem, configuration)},
      {"register_limit", RegisterLimit(configuration)},
  };
}

Variables UntunedVariables(const Problem& problem) {
  // So fp32 takes 1.05 ms at head dim 64, length 2048, causal, batch 4 with 32 heads, PyTorch's
  // memory-efficient kernel 2.15 (NVIDIA H200, 2026-11-22).
  const bool longest_first = problem.dtype == Dtype::kFloat32 && problem.mask.right == 0;
  return {{absl::StrCat(kUntunedPrefix, "longest_first"), longest_first ? 1 : 0}};
}

std::string MaskType(const Problem& problem) {
  if (problem.mask_expression.empty()) return absl::StrCat(kNamespace, "BandMask");
  return absl::StrCat(kNamespace, "BandAnd<", functors::UserPredicateType(), ">");
}

std::string KernelExpression(const PortableForwardTraits& t, const PortableForwardConfiguration& c,
                             const std::string& mask_type, const std::string& modifier_type) {
  return absl::StrCat(
      kNamespace, "PortableForward<", kNamespace, "PortableForwardTraits{.element = ", kNamespace,
      "ElementType::", ElementName(t.element), ", .qk_dim = ", t.qk_dim, ", .v_dim = ", t.v_dim,
      ", .vector_bytes = ", t.vector_bytes, "}, ", kNamespace,
      "PortableForwardConfiguration{.block_m = ", c.block_m, ", .block_n = ", c.block_n,
      ", .warps = ", c.warps, ", .stages = ", c.stages, ", .blocks_per_sm = ", c.blocks_per_sm,
      ", .query_registers = ", c.query_registers, ", .lazy_rescale = ", c.lazy_rescale,
      ", .longest_first = ", c.longest_first, ", .overlap = ", c.overlap, "}, ", mask_type, ", ",
      modifier_type, ">");
}

}  // namespace attune::portable
