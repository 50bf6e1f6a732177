// Libraries that are opened when the program runs, because the machine may not have them.
#ifndef ATTUNE_DEVICE_CUDA_SHARED_LIBRARY_H_
#define ATTUNE_DEVICE_CUDA_SHARED_LIBRARY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// An opened library. It stays open for the rest of the process: function pointers taken from it
// remain valid.
class SharedLibrary {
 public:
  // Opens the first of `candidates` (paths, or names that the system's loader looks for) that can
  // be opened. NotFound names `library` and says, in one line, why the candidates that exist could
  // not be opened, or that none exists.
  static absl::StatusOr<SharedLibrary> OpenFirst(absl::string_view library,
                                                 const std::vector<std::string>& candidates);

  // The file that was opened, all links followed; the candidate's name if the loader does not say.
  const std::string& path() const { return path_; }
  // Null if the library has no such symbol.
  void* Find(const char* symbol) const;
  // Sets `function` to what Find gives; adds `symbol` to `missing` if that is null.
  template <typename Function>
  void Bind(const char* symbol, Function& function, std::vector<std::string>& missing) const {
    function = reinterpret_cast<Function>(Find(symbol));
    if (function == nullptr) missing.push_back(symbol);
  }

 private:
  SharedLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

  void* handle_;
  std::string path_;
};

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_SHARED_LIBRARY_H_
