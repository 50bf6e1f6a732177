#include "operators/cuda/kernel_store.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "autotune/cache/tuning_cache.h"
#include "base/parallel.h"
#include "base/status_macros.h"
#include "base/worker/worker_program.h"
#include "device/cuda/compile_pool.h"
#include "device/cuda/nvrtc.h"

namespace attune {
namespace {

// The slowest variants take some ten seconds on a machine that compiles on all its cores.
constexpr absl::Duration kCompileTimeout = absl::Seconds(60);

KernelCache::Compiler CompilerOfProcess() {
  if (!WorkersEnabled()) return nullptr;
  // Never destroyed, like the cache: its processes end with this one.
  auto* const pool = new CompilePool(static_cast<int>(AvailableThreads()), kCompileTimeout);
  return [pool](const KernelSource& source) { return pool->Compile(source); };
}

absl::StatusOr<KernelCache*> OpenKernelCache() {
  ATTUNE_ASSIGN_OR_RETURN(const Nvrtc* nvrtc, LoadNvrtc());
  const auto directory = DefaultCacheDirectory([](const char* name) { return std::getenv(name); });
  return new KernelCache(*nvrtc, directory.ok() ? absl::StrCat(*directory, "/kernels") : "",
                         CompilerOfProcess());
}

}  // namespace

absl::StatusOr<KernelCache*> SharedKernelCache() {
  // Never destroyed: kernels may be compiled until the process ends.
  static const auto* const cache = new absl::StatusOr<KernelCache*>(OpenKernelCache());
  return *cache;
}

}  // namespace attune
