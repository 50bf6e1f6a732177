// Checks every variant on random small problems against an fp64 reference.
//
// check folder [seed] [problems per variant] [name substring]
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "attention/cuda/portable/prototype/variants.h"

using namespace attune::portable;

namespace {

#define CUDA(call)                                                                      \
  do {                                                                                  \
    const cudaError_t e = (call);                                                       \
    if (e != cudaSuccess) {                                                             \
      std::printf("%s:%d: %s: %s\n", __FILE__, __LINE__, #call, cudaGetErrorString(e)); \
      std::exit(2);                                                                     \
    }                                                                                   \
  } while (0)

float ToFloat(ElementType t, const void* data, long long i) {
  if (t == ElementType::kFloat) return static_cast<const float*>(data)[i];
  if (t == ElementType::kHalf) return __half2float(static_cast<const __half*>(data)[i]);
  return __bfloat162float(static_cast<const __nv_bfloat16*>(data)[i]);
}
void Store(ElementType t, void* data, long long i, float x) {
  if (t == ElementType::kFloat) {
    static_cast<float*>(data)[i] = x;
  } else if (t == ElementType::kHalf) {
    static_cast<__half*>(data)[i] = __float2half(x);
  } else {
    static_cast<__nv_bfloat16*>(data)[i] = __float2bfloat16(x);
  }
}

struct Tensor {
  ElementType type;
  TensorStrides strides;
  long long extent;
  std::vector<unsigned char> bytes;
  void* device = nullptr;
  long long skew = 0;  // elements before the first: addresses no better aligned than promised

  std::vector<float> values;  // of bytes; converting once is most of the reference's time

  float At(long long i) const { return values[i + skew]; }
};

struct Rng {
  std::mt19937_64 engine;
  int Int(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine); }
  bool Coin(double p = 0.5) { return std::bernoulli_distribution(p)(engine); }
};

// Random order of batch, head and length in memory, gaps between rows, elements from a normal.
Tensor MakeTensor(Rng& rng, const Variant& v, int batch, int heads, int length, int dim,
                  bool packed, float scale) {
  Tensor t;
  t.type = v.traits.element;
  const int size = ElementBytes(t.type);
  const int align = v.traits.vector_bytes / size;
  auto gap = [&] { return align * (align == 16 / size ? rng.Int(0, 2) : 2 * rng.Int(0, 2) + 1); };
  if (packed) batch = 1;
  long long row = (dim + align - 1) / align * align + gap();
  const int order = rng.Int(0, 2);
  if (order == 0) {  // batch, length, head
    t.strides.head = row;
    t.strides.length = row * heads + gap();
    t.strides.batch = t.strides.length * length + gap();
  } else if (order == 1) {  // batch, head, length
    t.strides.length = row;
    t.strides.head = row * length + gap();
    t.strides.batch = t.strides.head * heads + gap();
  } else {  // length, batch, head
    t.strides.head = row;
    t.strides.batch = row * heads + gap();
    t.strides.length = t.strides.batch * batch + gap();
  }
  t.skew = align == 16 / size ? 0 : align;
  t.extent = t.skew + t.strides.batch * (batch + 1) + t.strides.head * (heads + 1) +
             t.strides.length * (length + 1);
  t.bytes.resize(t.extent * size);
  std::normal_distribution<float> normal(0, scale);
  for (long long i = 0; i < t.extent; ++i) Store(t.type, t.bytes.data(), i, normal(rng.engine));
  t.values.resize(t.extent);
  for (long long i = 0; i < t.extent; ++i) t.values[i] = ToFloat(t.type, t.bytes.data(), i);
  CUDA(cudaMalloc(&t.device, t.bytes.size()));
  CUDA(cudaMemcpy(t.device, t.bytes.data(), t.bytes.size(), cudaMemcpyHostToDevice));
  return t;
}

struct Case {
  int batch, q_heads, kv_heads;
  std::vector<int> q_lens, kv_lens, q_begin, kv_begin;
  bool packed_q, packed_kv;
  int left, right, bottom_right;
  float scale, cap;
  std::vector<float> slopes, bias;
};

double Score(const Case& c, const Variant& v, double raw, int h, int q, int kv, int offset) {
  double s = raw * c.scale;
  const ModifierKind m = v.modifier;
  if (m == ModifierKind::kSoftCap || m == ModifierKind::kSoftCapAlibi)
    s = c.cap * std::tanh(s / c.cap);
  if (m == ModifierKind::kAlibi || m == ModifierKind::kSoftCapAlibi) {
    s -= static_cast<double>(c.slopes[h]) * std::abs(q + offset - kv);
  }
  if (m == ModifierKind::kUser) s += static_cast<double>(c.bias[h]) * (kv - q);
  return s;
}

std::string Describe(const Case& c) {
  std::string s = "batch=" + std::to_string(c.batch) + " heads=" + std::to_string(c.q_heads) + "/" +
                  std::to_string(c.kv_heads) + " q=";
  for (int x : c.q_lens) s += std::to_string(x) + ",";
  s += " kv=";
  for (int x : c.kv_lens) s += std::to_string(x) + ",";
  return s + (c.packed_q ? " packed_q" : "") + (c.packed_kv ? " packed_kv" : "") +
         " left=" + std::to_string(c.left) + " right=" + std::to_string(c.right) +
         " bottom_right=" + std::to_string(c.bottom_right) + " scale=" + std::to_string(c.scale);
}

// Returns whether it passed; worst errors relative to tolerance in `worst`.
bool RunCase(const Variant& v, uint64_t seed, double& worst, bool verbose) {
  Rng rng{std::mt19937_64(seed)};
  Case c;
  const auto& traits = v.traits;
  c.batch = rng.Int(1, 3);
  c.kv_heads = rng.Int(1, 3);
  c.q_heads = c.kv_heads * rng.Int(1, 3);
  c.packed_q = rng.Coin(0.3);
  c.packed_kv = rng.Coin(c.packed_q ? 0.8 : 0.1);
  auto length = [&] {
    const int kind = rng.Int(0, 9);
    if (kind == 0) return 0;
    if (kind == 1) return 1;
    if (kind == 2) return 64 * rng.Int(1, 4);
    return rng.Int(1, 330);
  };
  int q_total = 0, kv_total = 0;
  const int q_same = std::max(1, length()), kv_same = rng.Coin(0.3) ? q_same : length();
  for (int b = 0; b < c.batch; ++b) {
    c.q_lens.push_back(c.packed_q ? length() : q_same);
    c.kv_lens.push_back(c.packed_kv ? length() : kv_same);
    c.q_begin.push_back(q_total);
    c.kv_begin.push_back(kv_total);
    q_total += c.q_lens.back();
    kv_total += c.kv_lens.back();
  }
  c.q_begin.push_back(q_total);
  c.kv_begin.push_back(kv_total);
  c.left = c.right = kUnbounded;
  const int mask = rng.Int(0, 3);
  if (mask == 1) c.right = 0;
  if (mask == 2) c.left = rng.Int(0, 100), c.right = rng.Int(0, 100);
  if (mask == 3) {
    if (rng.Coin()) c.left = rng.Int(-20, 60);
    if (rng.Coin()) c.right = rng.Int(-60, 60);
  }
  c.bottom_right = rng.Coin(0.6);
  c.scale =
      rng.Coin() ? 1.0f / std::sqrt(static_cast<float>(traits.qk_dim)) : 0.03f * rng.Int(1, 20);
  if (v.modifier == ModifierKind::kScaled) c.scale = rng.Int(-2, 1) * 0.1f;
  c.cap = rng.Coin() ? 30.0f : 2.0f;
  for (int h = 0; h < c.q_heads; ++h) {
    c.slopes.push_back(0.4f / (h + 1));
    c.bias.push_back(0.01f * (h - 1));
  }
  const float data_scale = rng.Coin(0.25) ? 3.0f : 1.0f;
  const int q_len = c.packed_q ? q_total : q_same, kv_len = c.packed_kv ? kv_total : kv_same;
  Tensor q = MakeTensor(rng, v, c.batch, c.q_heads, q_len, traits.qk_dim, c.packed_q, data_scale);
  Tensor k = MakeTensor(rng, v, c.batch, c.kv_heads, kv_len, traits.qk_dim, c.packed_kv, 1.0f);
  Tensor val = MakeTensor(rng, v, c.batch, c.kv_heads, kv_len, traits.v_dim, c.packed_kv, 1.0f);
  Tensor out = MakeTensor(rng, v, c.batch, c.q_heads, q_len, traits.v_dim, c.packed_q, 1.0f);
  std::memset(out.bytes.data(), 0xfe, out.bytes.size());
  CUDA(cudaMemcpy(out.device, out.bytes.data(), out.bytes.size(), cudaMemcpyHostToDevice));
  const int lse_rows = c.packed_q ? q_total : q_same * c.batch;
  std::vector<float> lse(lse_rows * c.q_heads + 16, std::nanf(""));
  float *lse_device, *slopes_device, *bias_device;
  int *cu_q, *cu_kv;
  CUDA(cudaMalloc(&lse_device, lse.size() * 4));
  CUDA(cudaMalloc(&slopes_device, c.q_heads * 4));
  CUDA(cudaMalloc(&bias_device, c.q_heads * 4));
  CUDA(cudaMalloc(&cu_q, (c.batch + 1) * 4));
  CUDA(cudaMalloc(&cu_kv, (c.batch + 1) * 4));
  CUDA(cudaMemcpy(lse_device, lse.data(), lse.size() * 4, cudaMemcpyHostToDevice));
  CUDA(cudaMemcpy(slopes_device, c.slopes.data(), c.q_heads * 4, cudaMemcpyHostToDevice));
  CUDA(cudaMemcpy(bias_device, c.bias.data(), c.q_heads * 4, cudaMemcpyHostToDevice));
  CUDA(cudaMemcpy(cu_q, c.q_begin.data(), (c.batch + 1) * 4, cudaMemcpyHostToDevice));
  CUDA(cudaMemcpy(cu_kv, c.kv_begin.data(), (c.batch + 1) * 4, cudaMemcpyHostToDevice));

  const int size = ElementBytes(traits.element);
  PortableForwardParameters p = {};
  p.query = static_cast<char*>(q.device) + q.skew * size;
  p.key = static_cast<char*>(k.device) + k.skew * size;
  p.value = static_cast<char*>(val.device) + val.skew * size;
  p.out = static_cast<char*>(out.device) + out.skew * size;
  p.query_strides = q.strides;
  p.key_strides = k.strides;
  p.value_strides = val.strides;
  p.out_strides = out.strides;
  p.log_sum_exp = lse_device;
  p.log_sum_exp_batch_stride = c.packed_q ? 0 : static_cast<long long>(c.q_heads) * q_same;
  p.log_sum_exp_head_stride = c.packed_q ? q_total : q_same;
  p.cumulative_query_lengths = c.packed_q ? cu_q : nullptr;
  p.cumulative_key_lengths = c.packed_kv ? cu_kv : nullptr;
  p.q_len = *std::max_element(c.q_lens.begin(), c.q_lens.end());
  p.kv_len = kv_same;
  p.q_heads = c.q_heads;
  p.group = c.q_heads / c.kv_heads;
  p.heads = c.batch * c.q_heads;
  p.heads_per_section = rng.Int(1, p.heads);
  p.left = c.left;
  p.right = c.right;
  p.bottom_right = c.bottom_right;
  p.scale = c.scale;
  p.scale_log2 = c.scale * 1.4426950408889634f;
  p.soft_cap = c.cap;
  p.alibi_slopes = slopes_device;
  p.buffers[0] = bias_device;
  CUDA(Launch(v, p, nullptr));
  const cudaError_t ran = cudaDeviceSynchronize();
  if (ran != cudaSuccess) {
    std::printf("FAIL %s seed=%llu: %s | %s\n", v.name.c_str(),
                static_cast<unsigned long long>(seed), cudaGetErrorString(ran),
                Describe(c).c_str());
    std::exit(2);
  }
  std::vector<unsigned char> got(out.bytes.size());
  CUDA(cudaMemcpy(got.data(), out.device, got.size(), cudaMemcpyDeviceToHost));
  CUDA(cudaMemcpy(lse.data(), lse_device, lse.size() * 4, cudaMemcpyDeviceToHost));
  for (void* x : {q.device, k.device, val.device, out.device, static_cast<void*>(lse_device),
                  static_cast<void*>(slopes_device), static_cast<void*>(bias_device),
                  static_cast<void*>(cu_q), static_cast<void*>(cu_kv)}) {
    CUDA(cudaFree(x));
  }

  const bool fp32 = traits.element == ElementType::kFloat;
  const double tolerance = fp32 ? 1e-5 : traits.element == ElementType::kHalf ? 3e-3 : 2e-2;
  const double lse_tolerance = fp32 ? 1e-5 : 1e-4;
  std::string error;
  std::vector<unsigned char> written(out.extent, 0);
  for (int b = 0; b < c.batch && error.empty(); ++b) {
    const int offset = c.bottom_right ? c.kv_lens[b] - c.q_lens[b] : 0;
    for (int h = 0; h < c.q_heads && error.empty(); ++h) {
      const int kh = h / (c.q_heads / c.kv_heads);
      const long long qb =
          (c.packed_q ? c.q_begin[b] * q.strides.length : b * q.strides.batch) + h * q.strides.head;
      const long long ob =
          (c.packed_q ? c.q_begin[b] * out.strides.length : b * out.strides.batch) +
          h * out.strides.head;
      const long long kb = (c.packed_kv ? c.kv_begin[b] * k.strides.length : b * k.strides.batch) +
                           kh * k.strides.head;
      const long long vb =
          (c.packed_kv ? c.kv_begin[b] * val.strides.length : b * val.strides.batch) +
          kh * val.strides.head;
      for (int i = 0; i < c.q_lens[b] && error.empty(); ++i) {
        std::vector<double> s(c.kv_lens[b], -INFINITY);
        double max = -INFINITY, largest = 0;
        for (int j = 0; j < c.kv_lens[b]; ++j) {
          const long long diagonal = static_cast<long long>(i) + offset;
          if (j < diagonal - c.left || j > diagonal + c.right) continue;
          if (v.user_mask && !(j % 3 != 1 || j == i)) continue;
          double dot = 0;
          for (int d = 0; d < traits.qk_dim; ++d) {
            dot += static_cast<double>(q.At(qb + i * q.strides.length + d)) *
                   k.At(kb + j * k.strides.length + d);
          }
          s[j] = Score(c, v, dot, h, i, j, offset);
          max = std::max(max, s[j]);
          largest = std::max(largest, std::abs(s[j]));
        }
        double sum = 0;
        if (max > -INFINITY) {
          for (double& x : s) sum += x = std::exp(x - max);
        }
        const double want_lse = sum > 0 ? max + std::log(sum) : -INFINITY;
        const float got_lse =
            lse[(c.packed_q ? static_cast<long long>(h) * q_total + c.q_begin[b]
                            : (static_cast<long long>(b) * c.q_heads + h) * q_same) +
                i];
        const double lse_error =
            want_lse == got_lse ? 0 : std::abs(want_lse - got_lse) / (1 + std::abs(want_lse));
        if (!(lse_error <= lse_tolerance)) {
          error = "lse b=" + std::to_string(b) + " h=" + std::to_string(h) +
                  " i=" + std::to_string(i) + " got " + std::to_string(got_lse) + " want " +
                  std::to_string(want_lse);
        }
        worst = std::max(worst, lse_error / lse_tolerance);
        for (int d = 0; d < traits.v_dim; ++d) {
          double want = 0;
          if (sum > 0) {
            for (int j = 0; j < c.kv_lens[b]; ++j) {
              if (s[j] > 0) want += s[j] * val.At(vb + j * val.strides.length + d);
            }
            want /= sum;
          }
          const long long at = ob + i * out.strides.length + d + out.skew;
          written[at] = 1;
          const double have = ToFloat(traits.element, got.data(), at);
          // In fp32 what counts is the scores' own rounding, relative to their size.
          const double slack = fp32 ? 1 + largest / 8 : 1;
          const double e = std::abs(have - want) / (1 + std::abs(want)) / slack;
          if (!(e <= tolerance) && error.empty()) {
            error = "out b=" + std::to_string(b) + " h=" + std::to_string(h) +
                    " i=" + std::to_string(i) + " d=" + std::to_string(d) + " got " +
                    std::to_string(have) + " want " + std::to_string(want);
          }
          worst = std::max(worst, e / tolerance);
        }
      }
    }
  }
  if (error.empty()) {
    for (long long i = 0; i < out.extent && error.empty(); ++i) {
      if (!written[i] && std::memcmp(&got[i * size], &out.bytes[i * size], size) != 0) {
        error = "wrote outside: element " + std::to_string(i);
      }
    }
    for (size_t i = lse_rows * c.q_heads; i < lse.size(); ++i) {
      if (!std::isnan(lse[i])) error = "wrote past the log-sum-exp";
    }
  }
  if (!error.empty() || verbose) {
    std::printf("%s %s seed=%llu: %s | %s\n", error.empty() ? "ok  " : "FAIL", v.name.c_str(),
                static_cast<unsigned long long>(seed), error.c_str(), Describe(c).c_str());
  }
  return error.empty();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : ".";
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const int count = argc > 3 ? std::atoi(argv[3]) : 10;
  const char* filter = argc > 4 ? argv[4] : "";
  // Host threads: the reference takes the time.
  const std::vector<Variant> all = LoadVariants(folder);
  std::vector<const Variant*> chosen;
  for (const Variant& v : all) {
    if (std::strstr(v.name.c_str(), filter) != nullptr) chosen.push_back(&v);
  }
  std::printf("seed %llu, %d problems for each of %zu variants\n",
              static_cast<unsigned long long>(seed), count, chosen.size());
  std::vector<int> failures(chosen.size());
  std::vector<double> worst(chosen.size());
  const int threads = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t] {
      for (size_t i = t; i < chosen.size(); i += threads) {
        for (int n = 0; n < count && failures[i] < 3; ++n) {
          failures[i] += !RunCase(*chosen[i], seed * 1000003 + n * 7919 + i, worst[i], false);
        }
      }
    });
  }
  for (std::thread& t : pool) t.join();
  int failed = 0;
  for (size_t i = 0; i < chosen.size(); ++i) {
    if (failures[i])
      std::printf("%-50s FAILED %d, worst error %.2f of tolerance\n", chosen[i]->name.c_str(),
                  failures[i], worst[i]);
    failed += failures[i] != 0;
  }
  double most = 0;
  for (double w : worst) most = std::max(most, w);
  std::printf("%zu variants, %d failed; worst error %.2f of tolerance\n", chosen.size(), failed,
              most);
  return failed != 0;
}
