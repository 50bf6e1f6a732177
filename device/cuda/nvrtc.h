// NVRTC, NVIDIA's run-time compiler of CUDA C++, opened at run time: a table of the functions that
// Attune calls.
#ifndef ATTUNE_DEVICE_CUDA_NVRTC_H_
#define ATTUNE_DEVICE_CUDA_NVRTC_H_

#include <nvrtc.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace attune {

// Calls X(name) for each function nvrtc<name> of the table.
#define ATTUNE_NVRTC_FUNCTIONS(X) \
  X(AddNameExpression)            \
  X(CompileProgram)               \
  X(CreateProgram)                \
  X(DestroyProgram)               \
  X(GetCUBIN)                     \
  X(GetCUBINSize)                 \
  X(GetErrorString)               \
  X(GetLoweredName)               \
  X(GetProgramLog)                \
  X(GetProgramLogSize)            \
  X(GetSupportedArchs)            \
  X(GetNumSupportedArchs)         \
  X(Version)

struct Nvrtc {
#define ATTUNE_DECLARE_(name) decltype(&::nvrtc##name) name = nullptr;
  ATTUNE_NVRTC_FUNCTIONS(ATTUNE_DECLARE_)
#undef ATTUNE_DECLARE_

  // "13.0".
  std::string version;
  // Where the toolkit's headers are (cuda_fp16.h, cuda/ptx): those of the toolkit that the library
  // came from, else of the one that this was built with. Empty if neither has any.
  std::vector<std::string> include_directories;
  // The version of CCCL among them, as its headers write it: "3000002". Empty if there is none.
  std::string cccl_version;
};

// Where NVRTC is looked for.
struct NvrtcSearch {
  // If not empty, the only library to try.
  std::string library;
  // Toolkits, the best first; empty ones are skipped.
  std::vector<std::string> toolkits;
};

// $ATTUNE_LIBNVRTC, else the toolkits of $CUDA_HOME, of the build, and /usr/local/cuda.
NvrtcSearch DefaultNvrtcSearch();

// The libraries to try, in order: those of the toolkits, then whatever the system's loader finds.
std::vector<std::string> NvrtcCandidates(const NvrtcSearch& search);

// NotFound: no library. FailedPrecondition: one that cannot compile C++20.
absl::StatusOr<Nvrtc> OpenNvrtc(const NvrtcSearch& search);

// The process's NVRTC, by DefaultNvrtcSearch. Opened at the first call, whose answer stays.
absl::StatusOr<const Nvrtc*> LoadNvrtc();

}  // namespace attune

#endif  // ATTUNE_DEVICE_CUDA_NVRTC_H_
