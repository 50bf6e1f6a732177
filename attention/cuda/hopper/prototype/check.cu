// Checks one variant against a direct fp64 computation: check <variant> [number of cases]. Exit
// code 1 if any case is off.
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "attention/cuda/hopper/prototype/reference.cuh"

namespace {

using attune::hopper::Decode;
using attune::hopper::Encode;
using attune::hopper::Kind;
using attune::hopper::Lengths;
using attune::hopper::LengthsOf;
using attune::hopper::ModifierKind;
using attune::hopper::RowAt;

#define CHECK_CUDA(call)                                                     \
  do {                                                                       \
    const cudaError_t error = (call);                                        \
    if (error != cudaSuccess) {                                              \
      std::printf("%s:%d %s\n", #call, __LINE__, cudaGetErrorString(error)); \
      std::exit(2);                                                          \
    }                                                                        \
  } while (0)

struct Case {
  int batch, q_heads, kv_heads, q_len, kv_len;
  int left, right;  // relative to the bottom-right diagonal
  float spread;     // standard deviation of queries and keys: 3 makes the maximum move
  float cap = 30;   // of the variants with a soft cap
  int heads_outermost = 0;
  std::vector<int> q_lens = {}, kv_lens = {};  // of the packed variants
};

constexpr size_t kGuard = 4096;
constexpr int kUnusedRows = 5;  // behind the last packed sequence

template <typename T>
class DeviceArray {
 public:
  explicit DeviceArray(size_t count) {
    CHECK_CUDA(cudaMalloc(&data_, std::max<size_t>(count, 1) * sizeof(T)));
  }
  explicit DeviceArray(const std::vector<T>& host) : DeviceArray(host.size()) { Set(host); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { CHECK_CUDA(cudaFree(data_)); }

  void Set(const std::vector<T>& host) {
    CHECK_CUDA(cudaMemcpy(data_, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice));
  }
  std::vector<T> Get(size_t count) const {
    std::vector<T> host(count);
    CHECK_CUDA(cudaMemcpy(host.data(), data_, count * sizeof(T), cudaMemcpyDeviceToHost));
    return host;
  }
  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

using Elements = std::vector<unsigned short>;

Elements Random(size_t count, int element, std::mt19937& generator, float spread) {
  std::normal_distribution<float> normal(0.0f, spread);
  Elements host(count);
  for (auto& x : host) x = Encode(normal(generator), element);
  return host;
}

std::vector<int> Cumulative(const std::vector<int>& lengths) {
  std::vector<int> sums = {0};
  for (const int length : lengths) sums.push_back(sums.back() + length);
  return sums;
}

// Mean, root mean square and largest of |a - b|.
struct Error {
  double mean = 0, square = 0, max = 0;
  size_t count = 0, bad = 0;
  size_t worst = 0;

  void Add(double a, double b, size_t at) {
    const double d = std::fabs(a - b);
    ++count;
    if (!(d <= 1e3)) {
      if (bad++ == 0) worst = at;
      return;
    }
    mean += d, square += d * d;
    if (d > max && bad == 0) worst = at;
    max = std::max(max, d);
  }
  double Mean() const { return count ? mean / count : 0; }
  double RootMeanSquare() const { return count ? std::sqrt(square / count) : 0; }
};

// The limits of attention/verification/tolerance.cc for 16-bit outputs.
bool Within(const Error& error, const Error& straightforward, const Error& magnitude,
            double epsilon) {
  return error.bad == 0 &&
         error.Mean() <= std::max(2 * straightforward.Mean(), epsilon / 4 * magnitude.Mean()) &&
         error.RootMeanSquare() <= std::max(2 * straightforward.RootMeanSquare(),
                                            epsilon / 4 * magnitude.RootMeanSquare()) &&
         error.max <= std::max(2 * straightforward.max, epsilon * magnitude.max);
}

class Run {
 public:
  Run(int variant, const Case& c, std::mt19937& generator)
      : variant_(variant), case_(c), kind_(KindOf(variant)) {
    if (!kind_.packed) {
      case_.q_lens.assign(c.batch, c.q_len), case_.kv_lens.assign(c.batch, c.kv_len);
    }
    cumulative_q_ = Cumulative(case_.q_lens), cumulative_k_ = Cumulative(case_.kv_lens);
    const int unused = kind_.packed ? kUnusedRows : 0;
    AttuneProblem& p = problem_;
    p.batch = int(case_.q_lens.size()), p.q_heads = c.q_heads, p.kv_heads = c.kv_heads;
    p.q_len = *std::max_element(case_.q_lens.begin(), case_.q_lens.end());
    p.kv_len = *std::max_element(case_.kv_lens.begin(), case_.kv_lens.end());
    p.total_q = cumulative_q_.back() + unused, p.total_kv = cumulative_k_.back() + unused;
    p.heads_outermost = c.heads_outermost;
    p.offset = kind_.packed ? 0 : p.kv_len - p.q_len;
    p.left = c.left - p.offset, p.right = c.right + p.offset;
    p.scale = 1.0f / std::sqrt(float(kind_.qk_dim));
    if (kind_.modifier == int(ModifierKind::kScaled)) p.scale = -p.scale;
    p.soft_cap = c.cap;
    out_count_ = size_t(p.total_q) * p.q_heads * kind_.v_dim;
    lse_count_ = size_t(p.total_q) * p.q_heads;
    query_ =
        Random(size_t(p.total_q) * p.q_heads * kind_.qk_dim, kind_.element, generator, c.spread);
    key_ =
        Random(size_t(p.total_kv) * p.kv_heads * kind_.qk_dim, kind_.element, generator, c.spread);
    value_ = Random(size_t(p.total_kv) * p.kv_heads * kind_.v_dim, kind_.element, generator, 1.0f);
    for (int h = 0; h < p.q_heads; ++h) {
      slopes_.push_back(std::exp2(-float(h % 8)));
      bias_.push_back(0.01f * (h % 5 - 2));
    }
  }

  bool Check() {
    const DeviceArray<float> slopes(slopes_), bias(bias_);
    const DeviceArray<int> cumulative_q(cumulative_q_), cumulative_k(cumulative_k_);
    DeviceArray<unsigned short> query(query_), key(key_), value(value_);
    const DeviceArray<unsigned short> out(out_count_ + kGuard);
    const DeviceArray<float> lse(lse_count_ + kGuard);
    const DeviceArray<double> want_out(2 * out_count_), want_lse(lse_count_);
    AttuneProblem& p = problem_;
    p.query = query.data(), p.key = key.data(), p.value = value.data();
    p.out = out.data(), p.log_sum_exp = lse.data();
    p.cumulative_query_lengths = cumulative_q.data(),
    p.cumulative_key_lengths = cumulative_k.data();
    p.alibi_slopes = slopes.data(), p.bias = bias.data();
    CHECK_CUDA(cudaMemset(want_out.data(), 0, 2 * out_count_ * 8));
    attune::hopper::
        Reference<<<dim3(std::max(p.q_len, 1), p.q_heads, p.batch), 128, p.kv_len * 8>>>(
            p, kind_, out_count_, want_out.data(), want_lse.data());
    CHECK_CUDA(cudaGetLastError());
    void* plan = attune_prepare(variant_, &p);
    if (plan == nullptr) std::exit(2);

    bool repeats = true;
    for (int round = 0; round < 3; ++round) {
      Launch(plan, out, lse);
      if (round == 0) first_ = out_;
      repeats = repeats && first_ == out_;
    }
    const bool ok = Compare(want_out.Get(2 * out_count_), want_lse.Get(lse_count_), repeats);
    bool alone = true;
    if (kind_.packed) {
      // What belongs to nobody, and then every other sequence, turned to NaN: no other row changes.
      for (const int every : {0, 2}) {
        Poison(every);
        query.Set(query_), key.Set(key_), value.Set(value_);
        Launch(plan, out, lse);
        alone = alone && Undisturbed(every);
      }
      if (!alone) std::printf("  FAIL: NaN of a neighbouring sequence shows\n");
    }
    attune_destroy(plan);
    return ok && alone;
  }

 private:
  static Kind KindOf(int variant) {
    const auto get = [&](const char* field) { return attune_variant_field(variant, field); };
    return {get("qk_dim"), get("v_dim"),    get("mask"),     get("element"),
            get("packed"), get("modifier"), get("user_mask")};
  }

  void Launch(void* plan, const DeviceArray<unsigned short>& out, const DeviceArray<float>& lse) {
    CHECK_CUDA(cudaMemset(out.data(), 0xFF, (out_count_ + kGuard) * 2));
    CHECK_CUDA(cudaMemset(lse.data(), 0xFF, (lse_count_ + kGuard) * 4));
    if (attune_run(plan, nullptr) != 0) std::exit(2);
    CHECK_CUDA(cudaDeviceSynchronize());
    out_ = out.Get(out_count_ + kGuard);
    lse_ = lse.Get(lse_count_ + kGuard);
  }

  // Calls f(index of the first element, of the log-sum-exp) for each output row of sequence b.
  template <typename Function>
  void ForEachRow(int b, Function f) const {
    const AttuneProblem& p = problem_;
    const Lengths lengths = LengthsOf(p, true, cumulative_q_.data(), cumulative_k_.data(), b);
    for (int head = 0; head < p.q_heads; ++head) {
      for (int row = 0; row < lengths.q_len; ++row) {
        f(RowAt(p, kind_.packed, b, row, head, p.q_len, p.total_q, p.q_heads, lengths.first_query,
                kind_.v_dim),
          kind_.packed ? size_t(head) * p.total_q + lengths.first_query + row
                       : (size_t(b) * p.q_heads + head) * p.q_len + row);
      }
    }
  }

  bool Compare(const std::vector<double>& want, const std::vector<double>& want_lse, bool repeats) {
    Error error, straightforward, magnitude, lse_error;
    std::vector<char> written(out_.size()), lse_written(lse_.size());
    for (int b = 0; b < problem_.batch; ++b) {
      ForEachRow(b, [&](size_t o, size_t l) {
        for (size_t i = o; i < o + kind_.v_dim; ++i) {
          error.Add(Decode(out_[i], kind_.element), want[i], i);
          straightforward.Add(want[out_count_ + i], want[i], i);
          magnitude.Add(want[i], 0, i);
          written[i] = 1;
        }
        lse_written[l] = 1;
        if (want_lse[l] == -INFINITY) {
          if (lse_[l] != -INFINITY) ++lse_error.bad;
        } else {
          lse_error.Add(lse_[l], want_lse[l], l);
        }
      });
    }
    bool guarded = true;
    for (size_t i = 0; i < out_.size(); ++i) guarded = guarded && (written[i] || out_[i] == 0xFFFF);
    for (size_t i = 0; i < lse_.size(); ++i) {
      guarded = guarded && (lse_written[i] || std::isnan(lse_[i]));
    }
    const double epsilon = kind_.element == 0 ? 0x1p-7 : 0x1p-10;
    const bool lse_ok = lse_error.bad == 0 && lse_error.Mean() <= 1e-5 &&
                        lse_error.RootMeanSquare() <= 1e-4 && lse_error.max <= 1e-3;
    const bool ok =
        repeats && guarded && lse_ok && Within(error, straightforward, magnitude, epsilon);
    const Case& c = case_;
    const double against = straightforward.RootMeanSquare();
    std::printf(
        "  %s b%d h%d/%d s%dx%d l%d r%d spread %g cap %g: rms %.2e (%.2f of straightforward, mean "
        "%.2f, max %.2f) lse mean %.1e max %.1e",
        ok ? "ok  " : "FAIL", problem_.batch, c.q_heads, c.kv_heads, problem_.q_len,
        problem_.kv_len, c.left, c.right, c.spread, c.cap, error.RootMeanSquare(),
        against > 0 ? error.RootMeanSquare() / against : 0.0,
        against > 0 ? error.Mean() / straightforward.Mean() : 0.0,
        against > 0 ? error.max / straightforward.max : 0.0, lse_error.Mean(), lse_error.max);
    if (!ok) {
      std::printf(" bad %zu lse bad %zu repeats %d guarded %d at element %zu: %g want %g",
                  error.bad, lse_error.bad, repeats, guarded, error.worst,
                  Decode(out_[error.worst], kind_.element), want[error.worst]);
    }
    std::printf("\n");
    std::fflush(stdout);
    return ok;
  }

  // Rows that no sequence has, and, with `every` above 0, those of every such sequence but the
  // first.
  void Poison(int every) {
    const AttuneProblem& p = problem_;
    const int nan = kind_.element == 0 ? 0x7FC0 : 0x7E00;
    const auto fill = [&](Elements& tensor, const std::vector<int>& cumulative, int total,
                          int heads, int dim) {
      for (int b = 0; b <= p.batch; ++b) {
        const bool poisoned = b == p.batch || (every > 0 && b % every == 1);
        if (!poisoned) continue;
        const int end = b == p.batch ? total : cumulative[b + 1];
        for (int row = cumulative[b]; row < end; ++row) {
          for (int head = 0; head < heads; ++head) {
            const size_t at = RowAt(p, true, 0, row, head, 0, total, heads, 0, dim);
            std::fill_n(tensor.begin() + at, dim, nan);
          }
        }
      }
    };
    fill(query_, cumulative_q_, p.total_q, p.q_heads, kind_.qk_dim);
    fill(key_, cumulative_k_, p.total_kv, p.kv_heads, kind_.qk_dim);
    fill(value_, cumulative_k_, p.total_kv, p.kv_heads, kind_.v_dim);
  }

  bool Undisturbed(int every) const {
    bool same = true;
    for (int b = 0; b < problem_.batch; ++b) {
      if (every > 0 && b % every == 1) continue;
      ForEachRow(b, [&](size_t o, size_t) {
        same = same &&
               std::equal(out_.begin() + o, out_.begin() + o + kind_.v_dim, first_.begin() + o);
      });
    }
    return same;
  }

  const int variant_;
  Case case_;
  const Kind kind_;
  AttuneProblem problem_ = {};
  std::vector<int> cumulative_q_, cumulative_k_;
  size_t out_count_, lse_count_;
  Elements query_, key_, value_, out_, first_;
  std::vector<float> lse_, slopes_, bias_;
};

std::vector<Case> PackedCases(std::mt19937& generator) {
  std::vector<Case> cases = {
      {0, 2, 1, 0, 0, 0, 0, 1, 30, 0, {64, 64}, {64, 64}},
      {0, 2, 2, 0, 0, 0, 0, 1, 30, 0, {1, 200, 128, 0, 300, 77}, {300, 1, 513, 40, 65, 0}},
      {0, 3, 1, 0, 0, 0, 0, 3, 30, 1, {257, 33, 700}, {257, 33, 1111}},
      {0, 4, 2, 0, 0, 0, 0, 2, 30, 1, {0, 0, 500}, {10, 0, 500}},
  };
  Case many = {0, 8, 4, 0, 0, 0, 0, 1};
  for (int b = 0; b < 70; ++b) {
    many.q_lens.push_back(generator() % 200);
    many.kv_lens.push_back(generator() % 300);
  }
  cases.push_back(many);
  Case same = {0, 40, 8, 0, 0, 0, 0, 2};
  for (int b = 0; b < 5; ++b) same.q_lens.push_back(128 + generator() % 700);
  same.kv_lens = same.q_lens;
  cases.push_back(same);
  return cases;
}

std::vector<Case> CasesOf(int variant, std::mt19937& generator) {
  std::vector<Case> cases = {
      {1, 1, 1, 64, 64, 0, 0, 1},   {1, 1, 1, 128, 128, 0, 0, 1},  {1, 2, 1, 128, 512, 0, 0, 1},
      {2, 3, 1, 1, 300, 0, 0, 1},   {1, 4, 2, 257, 513, 0, 0, 3},  {1, 8, 2, 1000, 77, 0, 0, 1},
      {2, 2, 2, 300, 100, 0, 0, 1}, {3, 40, 8, 512, 512, 0, 0, 2}, {1, 30, 10, 700, 1111, 0, 0, 3},
      {70, 4, 4, 65, 333, 0, 0, 1},
  };
  if (attune_variant_field(variant, "packed")) cases = PackedCases(generator);
  if (attune_variant_field(variant, "mask") == 2) {
    std::vector<Case> banded;
    for (Case c : cases) {
      for (auto [left, right] :
           {std::pair(100, 0), {37, 19}, {1 << 22, 0}, {200, 1 << 22}, {0, 0}, {511, 0}}) {
        c.left = left, c.right = right;
        banded.push_back(c);
      }
    }
    cases = banded;
  }
  const auto modifier = static_cast<ModifierKind>(attune_variant_field(variant, "modifier"));
  if (modifier == ModifierKind::kSoftCap || modifier == ModifierKind::kSoftCapAlibi) {
    std::vector<Case> capped;
    for (Case c : cases) {
      for (const float cap : {50.0f, 2.5f}) {
        c.cap = cap;
        capped.push_back(c);
      }
    }
    cases = capped;
  }
  return cases;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    for (int i = 0; i < attune_variant_count(); ++i) std::printf("%s\n", attune_variant_name(i));
    return 0;
  }
  int variant = -1;
  for (int i = 0; i < attune_variant_count(); ++i) {
    if (std::strcmp(argv[1], attune_variant_name(i)) == 0) variant = i;
  }
  if (variant < 0) return 3;
  std::mt19937 generator(20261122);
  std::vector<Case> cases = CasesOf(variant, generator);
  if (argc > 2) cases.resize(std::min<size_t>(cases.size(), std::atoi(argv[2])), cases[0]);
  int failed = 0;
  for (const Case& c : cases) failed += !Run(variant, c, generator).Check();
  return failed != 0;
}
