#include "testing/random_problem.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "attention/mask.h"
#include "numerics/random.h"

namespace attune {
namespace {

// Draws in sequence from one stream.
class Draws {
 public:
  explicit Draws(uint64_t seed) : seed_(seed) {}
  // Uniform on [least, most].
  int64_t Between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(RandomBits(seed_, next_++) %
                                        static_cast<uint64_t>(most - least + 1));
  }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }

 private:
  uint64_t seed_;
  uint64_t next_ = 0;
};

int64_t DrawLength(Draws& draws, const RandomProblemOptions& options) {
  if (options.empty_lengths && draws.OneIn(24)) return 0;
  // Short lengths, where edges are, as often as all lengths together.
  return draws.Between(
      1, draws.OneIn(2) ? options.max_length : std::min<int64_t>(options.max_length, 20));
}

int64_t DrawDim(Draws& draws, const RandomProblemOptions& options) {
  const int64_t steps = (options.max_head_dim - options.min_head_dim) / options.head_dim_step;
  return options.min_head_dim + options.head_dim_step * draws.Between(0, steps);
}

Mask DrawMask(Draws& draws, const RandomProblemOptions& options, int64_t length) {
  Mask mask;
  const int64_t kind = draws.Between(0, 3);
  if (kind == 1 && options.causal) mask = Mask::Causal();
  if (kind >= 2 && options.windows) {
    if (!draws.OneIn(4)) mask.left = draws.Between(0, length);
    if (!draws.OneIn(4)) mask.right = draws.OneIn(2) ? 0 : draws.Between(0, length);
  }
  if (options.top_left && draws.OneIn(3)) mask.alignment = Alignment::kTopLeft;
  return mask;
}

Strides DrawStrides(Draws& draws, Layout layout, int64_t heads, int64_t length, int64_t dim) {
  const auto gap = [&] { return kHeadDimStep * draws.Between(0, 3); };
  const int64_t inner = dim + gap();
  if (layout == Layout::kBatchLengthHead) {
    const int64_t outer = heads * inner + gap();
    return {.batch = length * outer + gap(), .head = inner, .length = outer};
  }
  const int64_t outer = length * inner + gap();
  return {.batch = heads * outer + gap(), .head = outer, .length = inner};
}

void DrawAllStrides(Draws& draws, Problem& p) {
  const auto maybe = [&](int64_t heads, int64_t length, int64_t dim) -> std::optional<Strides> {
    if (draws.OneIn(3)) return std::nullopt;
    return DrawStrides(draws, p.layout, heads, length, dim);
  };
  p.query_strides = maybe(p.q_heads, QueryRows(p), p.qk_dim);
  p.key_strides = maybe(p.kv_heads, KeyRows(p), p.qk_dim);
  p.value_strides = maybe(p.kv_heads, KeyRows(p), p.v_dim);
  p.out_strides = maybe(p.q_heads, QueryRows(p), p.v_dim);
}

// From a stream of its own, so that the other draws of a seed do not depend on it.
std::optional<Packed> DrawPacked(uint64_t seed, const Problem& p) {
  constexpr uint64_t kStream = 0x7061636b;
  Draws draws(RandomBits(seed, kStream));
  if (!draws.OneIn(4)) return std::nullopt;
  // From room for the longest alone to some more than all can take.
  const auto total = [&](int64_t longest) {
    return longest + draws.Between(0, (p.batch - 1) * longest + 4);
  };
  Packed packed = {.total_q_len = total(p.q_len), .total_kv_len = total(p.kv_len)};
  if (p.q_len == p.kv_len && draws.OneIn(2)) packed.total_kv_len = packed.total_q_len;
  return packed;
}

// Adds `problem` changed by `change` if that made it another one. Sizes only ever shrink, features
// only go.
class Candidates {
 public:
  explicit Candidates(const Problem& problem) : problem_(problem) {}

  template <typename T>
  void Try(T Problem::*field, const T& simpler) {
    if (problem_.*field == simpler) return;
    Problem candidate = problem_;
    candidate.*field = simpler;
    found_.push_back(candidate);
  }
  void TryLength(int64_t Problem::*field, int64_t least) {
    const int64_t value = problem_.*field;
    for (const int64_t simpler : {least, least + (value - least) / 2, value - 1}) {
      if (simpler >= least && simpler < value) Try(field, simpler);
    }
  }
  void TryDim(int64_t Problem::*field) {
    const int64_t steps = problem_.*field / kHeadDimStep;
    for (const int64_t simpler : {int64_t{1}, steps / 2, steps - 1}) {
      if (simpler >= 1 && simpler < steps) Try(field, simpler * kHeadDimStep);
    }
  }
  void TryHeads() {
    Problem candidate = problem_;
    candidate.q_heads = candidate.kv_heads = 1;
    if (problem_.q_heads > 1) found_.push_back(candidate);
    if (problem_.q_heads > problem_.kv_heads) Try(&Problem::q_heads, problem_.kv_heads);
    candidate.q_heads = problem_.q_heads / problem_.kv_heads;
    if (problem_.kv_heads > 1 && candidate.q_heads > 1) found_.push_back(candidate);
  }
  void TryRows(int64_t Packed::*rows, int64_t longest) {
    if (!problem_.packed || (*problem_.packed).*rows == longest) return;
    Problem candidate = problem_;
    (*candidate.packed).*rows = longest;
    found_.push_back(candidate);
  }
  // Strides that were those of packed tensors may make others overlap.
  void TryNotPacked() {
    if (!problem_.packed) return;
    Problem candidate = problem_;
    candidate.packed = std::nullopt;
    candidate.query_strides = candidate.key_strides = std::nullopt;
    candidate.value_strides = candidate.out_strides = std::nullopt;
    found_.push_back(candidate);
  }
  std::vector<Problem> Take() { return std::move(found_); }

 private:
  Problem problem_;
  std::vector<Problem> found_;
};

}  // namespace

Problem RandomProblem(uint64_t seed, const RandomProblemOptions& options) {
  constexpr HeadCounts kHeads[] = {{4, 4}, {8, 4}, {8, 1}};
  Draws draws(seed);
  Problem p;
  p.dtype = options.dtypes[draws.Between(0, static_cast<int64_t>(options.dtypes.size()) - 1)];
  p.batch = draws.Between(1, options.max_batch);
  const HeadCounts drawn = kHeads[options.grouped_heads ? draws.Between(0, 2) : 0];
  const HeadCounts heads = options.heads.value_or(drawn);
  p.q_heads = heads.q_heads;
  p.kv_heads = heads.kv_heads;
  p.q_len = DrawLength(draws, options);
  p.kv_len = options.unequal_lengths && !draws.OneIn(4) ? DrawLength(draws, options) : p.q_len;
  p.qk_dim = DrawDim(draws, options);
  p.v_dim = options.unequal_dims && draws.OneIn(3) ? DrawDim(draws, options) : p.qk_dim;
  p.mask = DrawMask(draws, options, std::max(p.q_len, p.kv_len));
  if (options.scale && draws.OneIn(4)) p.softmax_scale = 0.02 * draws.Between(1, 10);
  if (options.soft_cap && draws.OneIn(4)) p.soft_cap = draws.Between(1, 30);
  p.alibi = options.alibi && draws.OneIn(4);
  if (options.head_length_layout && draws.OneIn(2)) p.layout = Layout::kBatchHeadLength;
  if (options.packed) p.packed = DrawPacked(seed, p);
  if (options.strides && draws.OneIn(3)) DrawAllStrides(draws, p);
  assert(Validate(p).ok());
  return p;
}

std::vector<Problem> Shrink(const Problem& problem) {
  Candidates candidates(problem);
  candidates.TryNotPacked();
  candidates.TryLength(&Problem::batch, 1);
  candidates.TryHeads();
  candidates.TryLength(&Problem::q_len, 0);
  candidates.TryLength(&Problem::kv_len, 0);
  candidates.TryRows(&Packed::total_q_len, problem.q_len);
  candidates.TryRows(&Packed::total_kv_len, problem.kv_len);
  candidates.TryDim(&Problem::qk_dim);
  candidates.TryDim(&Problem::v_dim);
  for (auto strides : {&Problem::query_strides, &Problem::key_strides, &Problem::value_strides,
                       &Problem::out_strides}) {
    candidates.Try(strides, std::optional<Strides>());
  }
  candidates.Try(&Problem::layout, Layout::kBatchLengthHead);
  candidates.Try(&Problem::softmax_scale, std::optional<double>());
  candidates.Try(&Problem::soft_cap, 0.0);
  candidates.Try(&Problem::alibi, false);
  candidates.Try(&Problem::dtype, Dtype::kFloat32);
  Mask mask = problem.mask;
  candidates.Try(&Problem::mask, Mask::Full());
  mask.left = std::nullopt;
  candidates.Try(&Problem::mask, mask);
  mask = problem.mask;
  mask.right = std::nullopt;
  candidates.Try(&Problem::mask, mask);
  return candidates.Take();
}

Problem ShrinkFailure(const Problem& problem, const std::function<bool(const Problem&)>& fails) {
  Problem smallest = problem;
  while (true) {
    const std::vector<Problem> candidates = Shrink(smallest);
    const auto failing = std::find_if(candidates.begin(), candidates.end(), fails);
    if (failing == candidates.end()) return smallest;
    smallest = *failing;
  }
}

}  // namespace attune
