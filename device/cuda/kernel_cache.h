// Compiled kernels, kept on disk by a hash of everything that decides their machine code.
#ifndef ATTUNE_DEVICE_CUDA_KERNEL_CACHE_H_
#define ATTUNE_DEVICE_CUDA_KERNEL_CACHE_H_

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "device/cuda/kernel_image.h"
#include "device/cuda/kernel_source.h"
#include "device/cuda/nvrtc.h"

namespace attune {

// 32 hexadecimal digits: XXH3's 128 bits of the source, the headers it reaches, its options without
// the paths of directories, its kernel, and the versions of compiler and CCCL.
absl::StatusOr<std::string> KernelKey(const Nvrtc& nvrtc, const KernelSource& source);

struct KernelCacheStats {
  int64_t hits = 0;
  int64_t compilations = 0;
  // Files that could not be used or written, by path and reason. They cost a compilation, never an
  // answer.
  std::vector<std::string> problems;
};

// Thread-safe. Several processes may share one directory.
class KernelCache {
 public:
  // Must be thread-safe.
  using Compiler = std::function<absl::StatusOr<KernelImage>(const KernelSource& source)>;

  // `directory` is created when the first kernel is stored; if it is empty, nothing is kept and
  // each Get compiles. `nvrtc` must outlive the cache. Without a `compiler`, kernels are compiled
  // by CompileKernel, in this process.
  KernelCache(const Nvrtc& nvrtc, std::string directory, Compiler compiler = nullptr);

  // The image of `source`, from disk, else compiled and stored. Threads that want the same at the
  // same time wait for one compilation. Errors are those of the compiler.
  absl::StatusOr<KernelImage> Get(const KernelSource& source);

  // The same for each of `sources`, in their order, on up to `threads` threads.
  // NVRTC 13.0 parses one source at a time and generates machine code in parallel: threads help
  // kernels that spend their time in ptxas, processes (CompilePool) help all.
  std::vector<absl::StatusOr<KernelImage>> GetAll(absl::Span<const KernelSource> sources,
                                                  int threads);

  // The file that holds the image of `key`.
  std::string Path(absl::string_view key) const;
  KernelCacheStats stats() const;

 private:
  using Result = absl::StatusOr<KernelImage>;

  Result LoadOrCompile(const std::string& key, const KernelSource& source);
  Result Load(const std::string& key);
  void Store(const std::string& key, const KernelImage& image);
  void Count(int64_t KernelCacheStats::*counter);
  void Report(const std::string& path, const absl::Status& status);

  const Nvrtc& nvrtc_;
  const std::string directory_;
  const Compiler compiler_;
  mutable std::mutex mutex_;
  // What some thread is loading or compiling now.
  std::map<std::string, std::shared_future<Result>> running_;
  KernelCacheStats stats_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_KERNEL_CACHE_H_
