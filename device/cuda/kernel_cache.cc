#include "device/cuda/kernel_cache.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "device/cuda/kernel_compiler.h"
#include "xxhash.h"

namespace attune {
namespace {

// Changes when CompilerOptions, an image's content or the meaning of a key does.
constexpr absl::string_view kKeyVersion = "2";

class Hash {
 public:
  Hash() : state_(XXH3_createState(), XXH3_freeState) { XXH3_128bits_reset(state_.get()); }

  // The length goes first, so that no two lists of strings are alike.
  void Add(absl::string_view text) {
    const uint64_t size = text.size();
    XXH3_128bits_update(state_.get(), &size, sizeof(size));
    XXH3_128bits_update(state_.get(), text.data(), text.size());
  }

  std::string Digits() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return absl::StrCat(absl::Hex(hash.high64, absl::kZeroPad16),
                        absl::Hex(hash.low64, absl::kZeroPad16));
  }

 private:
  std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state_;
};

}  // namespace

absl::StatusOr<std::string> KernelKey(const Nvrtc& nvrtc, const KernelSource& source) {
  ATTUNE_ASSIGN_OR_RETURN(const HeaderSet headers, ReachedHeaders(source));
  Hash hash;
  for (const absl::string_view part :
       {kKeyVersion, absl::string_view(nvrtc.version), absl::string_view(nvrtc.cccl_version),
        absl::string_view(source.name), absl::string_view(source.text),
        absl::string_view(source.name_expression), absl::string_view(source.architecture)}) {
    hash.Add(part);
  }
  hash.Add(absl::StrCat(headers.size()));
  for (const auto& [name, text] : headers) {
    // A header found in a directory goes by the text alone: another checkout's kernels are the same
    // kernels.
    const bool in_set = source.headers != nullptr && source.headers->count(name) != 0;
    hash.Add(in_set ? absl::string_view(name) : absl::string_view());
    hash.Add(text);
  }
  for (const std::string& option : source.options) hash.Add(option);
  return hash.Digits();
}

KernelCache::KernelCache(const Nvrtc& nvrtc, std::string directory, Compiler compiler)
    : nvrtc_(nvrtc),
      directory_(std::move(directory)),
      compiler_(compiler != nullptr ? std::move(compiler) : [this](const KernelSource& source) {
        return CompileKernel(nvrtc_, source);
      }) {}

absl::StatusOr<KernelImage> KernelCache::Get(const KernelSource& source) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string key, KernelKey(nvrtc_, source));
  std::promise<Result> promise;
  std::shared_future<Result> running;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto [entry, first] = running_.try_emplace(key);
    if (first) entry->second = promise.get_future().share();
    if (!first) running = entry->second;
  }
  if (running.valid()) {
    Count(&KernelCacheStats::hits);
    return running.get();
  }
  Result image = LoadOrCompile(key, source);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    running_.erase(key);
  }
  promise.set_value(image);
  return image;
}

KernelCache::Result KernelCache::LoadOrCompile(const std::string& key, const KernelSource& source) {
  Result image = Load(key);
  if (image.ok()) {
    Count(&KernelCacheStats::hits);
    return image;
  }
  if (!absl::IsNotFound(image.status())) Report(Path(key), image.status());
  Count(&KernelCacheStats::compilations);
  image = compiler_(source);
  if (image.ok()) Store(key, *image);
  return image;
}

std::vector<absl::StatusOr<KernelImage>> KernelCache::GetAll(absl::Span<const KernelSource> sources,
                                                             int threads) {
  std::vector<absl::StatusOr<KernelImage>> images(sources.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < sources.size(); i = next++) images[i] = Get(sources[i]);
  };
  std::vector<std::thread> workers;
  const size_t count = std::min<size_t>(std::max(threads, 1), sources.size());
  for (size_t i = 1; i < count; ++i) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  return images;
}

std::string KernelCache::Path(absl::string_view key) const {
  return absl::StrCat(directory_, "/", key, ".kernel");
}

KernelCacheStats KernelCache::stats() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stats_;
}

absl::StatusOr<KernelImage> KernelCache::Load(const std::string& key) {
  if (directory_.empty()) return absl::NotFoundError("kernels are not kept");
  ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(Path(key)));
  return ParseImage(content, key);
}

void KernelCache::Store(const std::string& key, const KernelImage& image) {
  if (directory_.empty()) return;
  absl::Status status = CreateDirectories(directory_);
  if (status.ok()) status = WriteFileAtomically(Path(key), SerializeImage(image, key));
  if (!status.ok()) Report(Path(key), status);
}

void KernelCache::Count(int64_t KernelCacheStats::*counter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++(stats_.*counter);
}

void KernelCache::Report(const std::string& path, const absl::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  stats_.problems.push_back(absl::StrCat(path, ": ", status.message()));
}

}  // namespace attune
