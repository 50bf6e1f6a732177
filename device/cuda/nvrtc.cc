#include "device/cuda/nvrtc.h"

#include <toolkit_path.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "device/cuda/shared_library.h"

namespace attune {
namespace {

constexpr const char* kSonames[] = {"libnvrtc.so.13", "libnvrtc.so.12"};

std::string EnvironmentOr(const char* name, absl::string_view otherwise) {
  const char* value = std::getenv(name);
  return std::string(value != nullptr && *value != '\0' ? absl::string_view(value) : otherwise);
}

absl::Status BindAll(const SharedLibrary& library, Nvrtc& nvrtc) {
  std::vector<std::string> missing;
#define ATTUNE_BIND_(name) library.Bind("nvrtc" #name, nvrtc.name, missing);
  ATTUNE_NVRTC_FUNCTIONS(ATTUNE_BIND_)
#undef ATTUNE_BIND_
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(library.path(), " lacks ", absl::StrJoin(missing, ", "),
                   ": it is not NVRTC 12.0 or later; install a CUDA toolkit of 12.0 or later"));
}

bool IsDirectory(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

// <toolkit>/lib/libnvrtc.so.13, <toolkit>/lib64/..., <toolkit>/targets/x86_64-linux/lib/...: the
// toolkit is one or three directories above the library's, and has the headers.
std::vector<std::string> ToolkitIncludes(const std::string& library, const NvrtcSearch& search) {
  const std::filesystem::path directory = std::filesystem::path(library).parent_path();
  std::vector<std::filesystem::path> toolkits = {
      directory.parent_path(), directory.parent_path().parent_path().parent_path()};
  toolkits.insert(toolkits.end(), search.toolkits.begin(), search.toolkits.end());
  for (const std::filesystem::path& toolkit : toolkits) {
    const std::filesystem::path include = toolkit / "include";
    std::error_code error;
    if (toolkit.empty() || !std::filesystem::exists(include / "cuda_fp16.h", error)) continue;
    std::vector<std::string> includes;
    // CCCL has a directory of its own since CUDA 13.
    if (IsDirectory(include / "cccl")) includes.push_back((include / "cccl").string());
    includes.push_back(include.string());
    return includes;
  }
  return {};
}

// CCCL is released apart from toolkits and can be replaced in one: its version is not implied by
// NVRTC's.
std::string CcclVersion(const std::vector<std::string>& include_directories) {
  for (const std::string& directory : include_directories) {
    const absl::StatusOr<std::string> header = ReadFile(directory + "/cuda/std/__cccl/version.h");
    if (!header.ok()) continue;
    constexpr absl::string_view kDefine = "#define CCCL_VERSION ";
    const size_t at = header->find(kDefine.data(), 0, kDefine.size());
    if (at == std::string::npos) continue;
    const size_t begin = at + kDefine.size();
    return header->substr(begin, header->find_first_not_of("0123456789", begin) - begin);
  }
  return "";
}

}  // namespace

NvrtcSearch DefaultNvrtcSearch() {
  NvrtcSearch search;
  search.library = EnvironmentOr("ATTUNE_LIBNVRTC", "");
  search.toolkits = {EnvironmentOr("CUDA_HOME", ""), kCudaToolkitPath, "/usr/local/cuda"};
  return search;
}

std::vector<std::string> NvrtcCandidates(const NvrtcSearch& search) {
  if (!search.library.empty()) return {search.library};
  std::vector<std::string> candidates;
  for (const std::string& toolkit : search.toolkits) {
    if (toolkit.empty()) continue;
    for (const char* soname : kSonames) {
      for (const char* directory : {"lib64", "lib", "targets/x86_64-linux/lib"}) {
        candidates.push_back(absl::StrCat(toolkit, "/", directory, "/", soname));
      }
    }
  }
  candidates.insert(candidates.end(), std::begin(kSonames), std::end(kSonames));
  return candidates;
}

absl::StatusOr<Nvrtc> OpenNvrtc(const NvrtcSearch& search) {
  absl::StatusOr<SharedLibrary> library =
      SharedLibrary::OpenFirst("NVRTC, which compiles kernels,", NvrtcCandidates(search));
  if (!library.ok()) {
    return absl::NotFoundError(absl::StrCat(
        library.status().message(), ". Install a CUDA toolkit and set CUDA_HOME to its directory"));
  }
  Nvrtc nvrtc;
  ATTUNE_RETURN_IF_ERROR(BindAll(*library, nvrtc));
  int major = 0;
  int minor = 0;
  if (const nvrtcResult result = nvrtc.Version(&major, &minor); result != NVRTC_SUCCESS) {
    return absl::InternalError(
        absl::StrCat("nvrtcVersion of ", library->path(), ": ", nvrtc.GetErrorString(result)));
  }
  nvrtc.version = absl::StrCat(major, ".", minor);
  if (major < 12) {
    return absl::FailedPreconditionError(
        absl::StrCat(library->path(), " is NVRTC ", nvrtc.version,
                     ": kernels are C++20, which takes 12.0 or later; install a newer toolkit"));
  }
  nvrtc.include_directories = ToolkitIncludes(library->path(), search);
  nvrtc.cccl_version = CcclVersion(nvrtc.include_directories);
  return nvrtc;
}

absl::StatusOr<const Nvrtc*> LoadNvrtc() {
  static const auto* const nvrtc = new absl::StatusOr<Nvrtc>(OpenNvrtc(DefaultNvrtcSearch()));
  if (!nvrtc->ok()) return nvrtc->status();
  return &**nvrtc;
}

}  // namespace attune
