#include "device/cuda/shared_library.h"

#include <dlfcn.h>
#include <link.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace attune {
namespace {

bool IsPath(const std::string& candidate) { return candidate.find('/') != std::string::npos; }

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

std::string OpenedPath(void* handle, const std::string& candidate) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr || map->l_name[0] == '\0') {
    return candidate;
  }
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(map->l_name, error);
  return error ? std::string(map->l_name) : path.string();
}

}  // namespace

absl::StatusOr<SharedLibrary> SharedLibrary::OpenFirst(absl::string_view library,
                                                       const std::vector<std::string>& candidates) {
  std::vector<std::string> failures;
  std::vector<std::string> missing;
  for (const std::string& candidate : candidates) {
    if (IsPath(candidate) && !Exists(candidate)) {
      missing.push_back(candidate);
      continue;
    }
    if (void* handle = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL)) {
      return SharedLibrary(handle, OpenedPath(handle, candidate));
    }
    const char* reason = dlerror();
    failures.push_back(reason != nullptr ? reason : candidate);
  }
  // One line: with a real failure at hand, the paths that merely do not exist are noise.
  if (failures.empty() && !missing.empty()) {
    failures.push_back(absl::StrCat("no file ", absl::StrJoin(missing, ", ")));
  }
  return absl::NotFoundError(
      absl::StrCat(library, " cannot be opened: ", absl::StrJoin(failures, "; ")));
}

void* SharedLibrary::Find(const char* symbol) const { return dlsym(handle_, symbol); }

}  // namespace attune
