#include "benchmarks/roofline/gpu_roofline.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "benchmarks/roofline/gpu_roofline_sources.h"
#include "device/cuda/kernel_compiler.h"
#include "device/cuda/launch.h"
#include "device/cuda/nvrtc.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

// Long enough that a launch's start and end do not count: about a millisecond on an H200.
constexpr int kRounds = 8192;
constexpr int kChains = 8;
constexpr int64_t kOperandBytes = int64_t{4} << 16;
// Many times every L2.
constexpr int64_t kMemoryBytes = int64_t{1} << 30;
constexpr char kNamespace[] = "attune::roofline::";

GpuRate MmaRate(const std::string& dtype, const std::string& operand, int depth) {
  GpuRate rate{.name = absl::StrCat("matrix/", dtype, "/mma"), .counter = "TFLOP/s", .unit = 1e12};
  rate.kernel = absl::StrCat(kNamespace, "MmaRate<", kNamespace, "Operand::", operand, ">");
  rate.per_block = 512 / 32 * kChains * 2.0 * 16 * 8 * depth;
  return rate;
}

GpuRate WgmmaRate(const std::string& dtype, const std::string& element) {
  GpuRate rate{
      .name = absl::StrCat("matrix/", dtype, "/wgmma"), .counter = "TFLOP/s", .unit = 1e12};
  rate.kernel = absl::StrCat(kNamespace, "WgmmaRate<attune::Element::", element, ">");
  rate.is_wgmma = true;
  rate.threads = 256;
  rate.shared_bytes = (2 * 64 + 256) * 128 + 1024;
  rate.per_block = 2 * 4 * 2.0 * 64 * 256 * 16;
  return rate;
}

GpuRate ThreadRate(const std::string& name, const std::string& counter, double unit,
                   const std::string& kernel, double operations) {
  GpuRate rate{.name = name, .counter = counter, .unit = unit};
  rate.kernel = absl::StrCat(kNamespace, kernel);
  rate.blocks_per_sm = 2;
  rate.per_block = 512 * kChains * 4 * operations;
  return rate;
}

GpuRate MemoryRate(const std::string& name, const std::string& kernel, double bytes_factor) {
  GpuRate rate{.name = name, .counter = "GB/s", .unit = 1e9};
  rate.kernel = absl::StrCat(kNamespace, kernel);
  rate.is_memory = true;
  rate.blocks_per_sm = 2;
  rate.bytes_factor = bytes_factor;
  return rate;
}

}  // namespace

std::vector<GpuRate> GpuRates(const DeviceInfo& device) {
  std::vector<GpuRate> rates = {MmaRate("bf16", "kBfloat16", 16), MmaRate("fp16", "kHalf", 16),
                                MmaRate("tf32", "kTf32", 8)};
  if (device.Attribute("compute_capability") == 90) {
    rates.push_back(WgmmaRate("bf16", "kBfloat16"));
    rates.push_back(WgmmaRate("fp16", "kHalf"));
  }
  rates.push_back(ThreadRate("fma/fp32", "TFLOP/s", 1e12, "FmaRate", 2));
  rates.push_back(ThreadRate("exp2/fp32", "Gexp/s", 1e9, "Exp2Rate", 1));
  rates.push_back(MemoryRate("read", "ReadRate", 1));
  rates.push_back(MemoryRate("copy", "CopyRate", 2));
  return rates;
}

KernelSource RateSource(const GpuRate& rate, const std::string& architecture) {
  static const auto* const headers =
      new std::shared_ptr<const HeaderSet>(std::make_shared<const HeaderSet>(GpuRooflineSources()));
  KernelSource source;
  source.name = "roofline.cu";
  source.text = absl::StrCat("#include \"benchmarks/roofline/",
                             rate.is_wgmma ? "wgmma_rate.cuh" : "gpu_rates.cuh", "\"\n");
  source.name_expression = rate.kernel;
  source.architecture = CompileArchitecture(architecture);
  source.headers = *headers;
  return source;
}

absl::StatusOr<LoadedRate> LoadedRate::Load(const GpuRate& rate, CudaDevice& device) {
  ATTUNE_ASSIGN_OR_RETURN(const Nvrtc* const nvrtc, LoadNvrtc());
  ATTUNE_ASSIGN_OR_RETURN(const KernelImage image,
                          CompileKernel(*nvrtc, RateSource(rate, device.info().architecture)));
  ATTUNE_ASSIGN_OR_RETURN(KernelModule kernel,
                          KernelModule::Load(device.context(), image, rate.shared_bytes));
  LoadedRate loaded(rate, std::move(kernel));
  loaded.blocks_ = device.info().Attribute("multiprocessors") * rate.blocks_per_sm;
  const int64_t bytes = rate.is_memory ? kMemoryBytes : kOperandBytes;
  loaded.amount_ = rate.is_memory ? rate.bytes_factor * static_cast<double>(bytes)
                                  : rate.per_block * kRounds * static_cast<double>(loaded.blocks_);
  ATTUNE_ASSIGN_OR_RETURN(loaded.from_, device.Allocate(bytes));
  ATTUNE_ASSIGN_OR_RETURN(loaded.to_, device.Allocate(rate.bytes_factor > 1 ? bytes : 0));
  ATTUNE_ASSIGN_OR_RETURN(loaded.sink_, device.Allocate(256));
  // The numbers of one dtype make poor ones of another, but their bits are as mixed.
  std::vector<char> operands(kOperandBytes);
  FillNormal(1, rate.name.find("fp16") != std::string::npos ? Dtype::kFloat16 : Dtype::kBfloat16,
             operands.data(), kOperandBytes / 2);
  for (int64_t done = 0; done < bytes; done += kOperandBytes) {
    ATTUNE_RETURN_IF_ERROR(device.CopyToDevice(static_cast<char*>(loaded.from_.data()) + done,
                                               operands.data(), kOperandBytes));
  }
  return loaded;
}

absl::Status LoadedRate::Launch(Stream& stream) const {
  LaunchShape shape;
  shape.grid.x = static_cast<uint32_t>(blocks_);
  shape.block.x = static_cast<uint32_t>(rate_.threads);
  shape.dynamic_shared_bytes = static_cast<uint32_t>(rate_.shared_bytes);
  const void* const from = from_.data();
  if (!rate_.is_memory) return LaunchWith(stream, kernel_, shape, from, sink_.data(), kRounds);
  const long long count = kMemoryBytes / 16;
  void* const to = to_.data() != nullptr ? to_.data() : sink_.data();
  return LaunchWith(stream, kernel_, shape, from, to, count);
}

}  // namespace attune
