#include "device/cpu/cpu_info.h"

#include <hwy/targets.h>
#include <oneapi/tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>

#include "absl/base/config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"

namespace attune {
namespace {

// Highway numbers better targets lower.
int64_t BestTarget() {
  const int64_t supported = hwy::SupportedTargets();
  return supported & -supported;
}

int64_t VectorBytes(int64_t target) {
  if (target <= HWY_AVX3) return 64;
  return target <= HWY_AVX2 ? 32 : 16;
}

// Times of a build that was not made for speed say nothing of one that was.
std::string BuildEnvironment() {
#if defined(__clang__)
  std::string environment = absl::StrCat("clang ", __clang_major__, ".", __clang_minor__);
#else
  std::string environment = absl::StrCat("gcc ", __GNUC__, ".", __GNUC_MINOR__);
#endif
#if !defined(__OPTIMIZE__)
  absl::StrAppend(&environment, " unoptimised");
#endif
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  absl::StrAppend(&environment, " sanitized");
#endif
  return environment;
}

int64_t SystemValue(int name) { return std::max<int64_t>(sysconf(name), 0); }

}  // namespace

std::string FindCpuInfoField(absl::string_view text, absl::string_view key) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (absl::StripAsciiWhitespace(field.first) == key) {
      return std::string(absl::StripAsciiWhitespace(field.second));
    }
  }
  return "";
}

int64_t FindAvailableBytes(absl::string_view text) {
  std::string value = FindCpuInfoField(text, "MemAvailable");
  int64_t kibibytes = 0;
  if (!absl::EndsWith(value, " kB")) return -1;
  value.resize(value.size() - 3);
  return absl::SimpleAtoi(value, &kibibytes) ? kibibytes * 1024 : -1;
}

DeviceInfo ReadCpuInfo() {
  const int64_t target = BestTarget();
  DeviceInfo info;
  info.id = "cpu";
  info.kind = DeviceKind::kCpu;
  info.architecture = hwy::TargetName(target);
  info.environment = BuildEnvironment();
  if (const auto text = ReadFile("/proc/cpuinfo"); text.ok()) {
    info.model = FindCpuInfoField(*text, "model name");
  }
  if (info.model.empty()) info.model = "unknown processor";
  const int threads = oneapi::tbb::this_task_arena::max_concurrency();
  // Two machines with one processor name and unlike numbers of threads have unlike best
  // configurations.
  absl::StrAppend(&info.model, ", ", threads, threads == 1 ? " thread" : " threads");
  info.attributes = {
      {"threads", threads},
      {"vector_bytes", VectorBytes(target)},
      {"avx512_bf16", __builtin_cpu_supports("avx512bf16") ? 1 : 0},
      {"l1_bytes", SystemValue(_SC_LEVEL1_DCACHE_SIZE)},
      {"l2_bytes", SystemValue(_SC_LEVEL2_CACHE_SIZE)},
      {"l3_bytes", SystemValue(_SC_LEVEL3_CACHE_SIZE)},
      {"memory_bytes", SystemValue(_SC_PHYS_PAGES) * SystemValue(_SC_PAGESIZE)},
  };
  return info;
}

}  // namespace attune
