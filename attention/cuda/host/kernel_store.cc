#include "attention/cuda/host/kernel_store.h"

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "autotune/tuning_cache.h"
#include "base/status_macros.h"
#include "device/cuda/nvrtc.h"

namespace attune {
namespace {

absl::StatusOr<KernelCache*> OpenKernelCache() {
  ATTUNE_ASSIGN_OR_RETURN(const Nvrtc* nvrtc, LoadNvrtc());
  const auto directory = DefaultCacheDirectory([](const char* name) { return std::getenv(name); });
  return new KernelCache(*nvrtc, directory.ok() ? absl::StrCat(*directory, "/kernels") : "");
}

}  // namespace

absl::StatusOr<KernelCache*> SharedKernelCache() {
  // Never destroyed: kernels may be compiled until the process ends.
  static const auto* const cache = new absl::StatusOr<KernelCache*>(OpenKernelCache());
  return *cache;
}

}  // namespace attune
