#include <cuda.h>
#include <cudaTypedefs.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "attention/cuda/hopper/prototype/launcher.h"

namespace attune::hopper {
namespace {

std::vector<Variant>& Variants() {
  static std::vector<Variant> variants;
  return variants;
}

struct Plan {
  ForwardArguments arguments;
  const Variant* variant;
  int grid;
};

bool Ok(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return true;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(error));
  return false;
}

// Rows and heads of one tensor in memory, in elements.
struct Layout {
  int length, heads, batch;
  long long row_stride, head_stride, batch_stride;
};

Layout LayoutOf(const AttuneProblem& p, bool packed, int length, int total, int heads, int dim) {
  if (!packed) {
    return {length, heads, p.batch, (long long)(heads)*dim, dim, (long long)(length)*heads * dim};
  }
  if (p.heads_outermost) return {total, heads, 1, dim, (long long)(total)*dim, 8};
  return {total, heads, 1, (long long)(heads)*dim, dim, 8};
}

bool Encode(ptx::TensorMap* map, Element element, const void* base, int dim, const Layout& layout,
            int box_rows) {
  static PFN_cuTensorMapEncodeTiled_v12000 encode = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult result;
    Ok(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000,
                                        cudaEnableDefault, &result),
       "cuTensorMapEncodeTiled");
    return reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(function);
  }();
  const cuuint64_t sizes[4] = {cuuint64_t(dim), cuuint64_t(layout.length), cuuint64_t(layout.heads),
                               cuuint64_t(layout.batch)};
  const cuuint64_t strides[3] = {cuuint64_t(layout.row_stride) * 2,
                                 cuuint64_t(layout.head_stride) * 2,
                                 cuuint64_t(layout.batch_stride) * 2};
  const cuuint32_t box[4] = {kPartColumns, cuuint32_t(box_rows), 1, 1};
  const cuuint32_t steps[4] = {1, 1, 1, 1};
  const CUresult result =
      encode(reinterpret_cast<CUtensorMap*>(map),
             element == Element::kBfloat16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16
                                           : CU_TENSOR_MAP_DATA_TYPE_FLOAT16,
             4, const_cast<void*>(base), sizes, strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
             CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
             CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) std::fprintf(stderr, "cuTensorMapEncodeTiled: %d\n", int(result));
  return result == CUDA_SUCCESS;
}

}  // namespace

bool Register(const Variant& variant) {
  Variants().push_back(variant);
  std::sort(Variants().begin(), Variants().end(),
            [](const Variant& a, const Variant& b) { return std::strcmp(a.name, b.name) < 0; });
  return true;
}

}  // namespace attune::hopper

using namespace attune;
using namespace attune::hopper;

int attune_variant_count() { return int(Variants().size()); }
const char* attune_variant_name(int variant) { return Variants()[variant].name; }

int attune_variant_field(int variant, const char* field) {
  const Variant& v = Variants()[variant];
  const std::string name = field;
  if (name == "qk_dim") return v.configuration.qk_dim;
  if (name == "v_dim") return v.configuration.v_dim;
  if (name == "mask") return int(v.configuration.mask);
  if (name == "element") return int(v.configuration.element);
  if (name == "packed") return v.configuration.packed;
  if (name == "modifier") return int(v.modifier);
  if (name == "user_mask") return v.user_mask;
  if (name == "shared_bytes") return v.shared_bytes;
  if (name == "problem_bytes") return sizeof(AttuneProblem);
  return -1;
}

void* attune_prepare(int variant, const AttuneProblem* problem) {
  const Variant& v = Variants()[variant];
  const HopperForwardConfiguration& c = v.configuration;
  const AttuneProblem& p = *problem;
  auto plan = std::make_unique<Plan>();
  plan->variant = &v;
  ForwardArguments& a = plan->arguments;
  const auto query_layout = [&](int dim) {
    return LayoutOf(p, c.packed, p.q_len, p.total_q, p.q_heads, dim);
  };
  const auto key_layout = [&](int dim) {
    return LayoutOf(p, c.packed, p.kv_len, p.total_kv, p.kv_heads, dim);
  };
  const Layout out = query_layout(c.v_dim);
  if (!Encode(&a.query, c.element, p.query, c.qk_dim, query_layout(c.qk_dim), 64) ||
      !Encode(&a.key, c.element, p.key, c.qk_dim, key_layout(c.qk_dim), c.block_n) ||
      !Encode(&a.value, c.element, p.value, c.v_dim, key_layout(c.v_dim), c.block_n) ||
      !Encode(&a.out, c.element, p.out, c.v_dim, out, 64)) {
    return nullptr;
  }
  a.out_base = p.out;
  a.out_head_stride = out.head_stride;
  a.out_row_stride = out.row_stride;
  a.out_batch_stride = out.batch_stride;
  a.log_sum_exp = p.log_sum_exp;
  if (!Ok(cudaMalloc(&a.counters, sizeof(TileCounters)), "cudaMalloc") ||
      !Ok(cudaMemset(a.counters, 0, sizeof(TileCounters)), "cudaMemset")) {
    return nullptr;
  }
  a.q_len = p.q_len;
  a.kv_len = p.kv_len;
  a.q_heads = p.q_heads;
  a.group = p.q_heads / p.kv_heads;
  a.left = p.left;
  a.right = p.right;
  a.scale_log2 = p.scale * 1.4426950408889634f;
  a.q_blocks = (p.q_len + c.block_m - 1) / c.block_m;
  a.q_blocks = (a.q_blocks + c.cluster - 1) / c.cluster * c.cluster;
  a.tiles = a.q_blocks * p.q_heads * p.batch;
  a.cumulative_query_lengths = p.cumulative_query_lengths;
  a.cumulative_key_lengths = p.cumulative_key_lengths;
  a.log_sum_exp_head_stride = p.total_q;
  a.batch = p.batch;
  a.bottom_right = 1;
  a.offset = p.offset;
  a.scale = p.scale;
  a.soft_cap = p.soft_cap;
  a.soft_cap_series = SoftCapSeriesOf(p.scale, p.soft_cap);
  a.alibi_slopes = p.alibi_slopes;
  a.buffers[0] = p.bias;
  const long long head_bytes = 2ll * p.kv_len * (c.qk_dim + c.v_dim);
  const long long kv_heads = std::max(1ll, ((long long)(v.section_mib) << 20) / head_bytes);
  a.heads_per_section =
      int(std::min<long long>(kv_heads * a.group, c.packed ? p.q_heads : p.q_heads * p.batch));

  int device = 0, sms = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, device);
  plan->grid = std::min(a.tiles, sms * c.blocks_per_sm);
  if (!Ok(cudaFuncSetAttribute(v.kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                               v.shared_bytes),
          v.name)) {
    return nullptr;
  }
  return plan.release();
}

int attune_run(void* opaque, void* stream) {
  Plan& plan = *static_cast<Plan*>(opaque);
  void* arguments[] = {&plan.arguments};
  const HopperForwardConfiguration& c = plan.variant->configuration;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(plan.grid);
  config.blockDim = dim3(Threads(c));
  config.dynamicSmemBytes = plan.variant->shared_bytes;
  config.stream = static_cast<cudaStream_t>(stream);
  cudaLaunchAttribute cluster = {};
  cluster.id = cudaLaunchAttributeClusterDimension;
  cluster.val.clusterDim.x = c.cluster;
  cluster.val.clusterDim.y = cluster.val.clusterDim.z = 1;
  config.attrs = &cluster;
  config.numAttrs = c.cluster > 1 ? 1 : 0;
  return Ok(cudaLaunchKernelExC(&config, plan.variant->kernel, arguments), plan.variant->name) ? 0
                                                                                               : 1;
}

void attune_destroy(void* opaque) {
  Plan* plan = static_cast<Plan*>(opaque);
  cudaFree(plan->arguments.counters);
  delete plan;
}
