#include "device/cuda/driver.h"

#include <cstdlib>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "device/cuda/shared_library.h"

namespace attune {
namespace {

std::string VersionText(int cuda_version) {
  return absl::StrCat(cuda_version / 1000, ".", cuda_version % 1000 / 10);
}

absl::Status BindAll(const SharedLibrary& library, Driver& driver) {
  std::vector<std::string> missing;
#define ATTUNE_STRING_(symbol) #symbol
#define ATTUNE_EXPANDED_STRING_(symbol) ATTUNE_STRING_(symbol)
#define ATTUNE_BIND_(name) library.Bind(ATTUNE_EXPANDED_STRING_(cu##name), driver.name, missing);
  ATTUNE_CUDA_DRIVER_FUNCTIONS(ATTUNE_BIND_)
#undef ATTUNE_BIND_
#undef ATTUNE_EXPANDED_STRING_
#undef ATTUNE_STRING_
  library.Bind("cuEventElapsedTime", driver.EventElapsedTime, missing);
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the NVIDIA driver library ", library.path(), " lacks ", absl::StrJoin(missing, ", "),
      ": Attune needs a driver for CUDA 12.0 (525) or later; install a newer one"));
}

std::string ReadOrEmpty(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path);
  return text.ok() ? *std::move(text) : std::string();
}

bool IsVersion(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  // A soname's ".so.1" is no driver version: those have two or three numbers, the first of three
  // digits.
  if (parts.size() < 2 || parts.front().size() != 3) return false;
  for (const absl::string_view part : parts) {
    if (part.empty()) return false;
    for (const char c : part) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
    }
  }
  return true;
}

bool ContextIsLost(CUresult result) {
  switch (result) {
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED:
    case CUDA_ERROR_ECC_UNCORRECTABLE:
      return true;
    default:
      return false;
  }
}

absl::StatusCode CodeFor(CUresult result) {
  switch (result) {
    case CUDA_ERROR_OUT_OF_MEMORY:
      return absl::StatusCode::kResourceExhausted;
    case CUDA_ERROR_NO_DEVICE:
    case CUDA_ERROR_INVALID_DEVICE:
      return absl::StatusCode::kNotFound;
    case CUDA_ERROR_INVALID_VALUE:
      return absl::StatusCode::kInvalidArgument;
    case CUDA_ERROR_STUB_LIBRARY:
    case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    case CUDA_ERROR_INVALID_IMAGE:
    case CUDA_ERROR_NO_BINARY_FOR_GPU:
    case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
    case CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED:
    case CUDA_ERROR_STREAM_CAPTURE_INVALIDATED:
      return absl::StatusCode::kFailedPrecondition;
    case CUDA_ERROR_NOT_SUPPORTED:
      return absl::StatusCode::kUnimplemented;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status InitError(const Driver& driver, CUresult result, const std::string& path) {
  absl::Status status = DriverStatus(driver, result, absl::StrCat("cuInit of ", path));
  if (result != CUDA_ERROR_STUB_LIBRARY) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(status.message(),
                   "; it is the toolkit's stand-in for linking: take its directory off "
                   "$LD_LIBRARY_PATH, and install the NVIDIA driver if there is a GPU"));
}

absl::StatusOr<Driver> OpenProcessDriver() {
  const char* path = std::getenv("ATTUNE_LIBCUDA");
  return OpenDriver(path != nullptr && *path != '\0' ? path : "libcuda.so.1");
}

}  // namespace

std::string ParseDriverVersion(absl::string_view library_path, absl::string_view proc_version) {
  const std::vector<std::string> halves = absl::StrSplit(library_path, ".so.");
  if (halves.size() == 2 && IsVersion(halves.back())) return halves.back();
  for (const absl::string_view word : absl::StrSplit(proc_version, absl::ByAnyChar(" \t\n"))) {
    if (IsVersion(word)) return std::string(word);
  }
  return "";
}

absl::Status DriverStatus(const Driver& driver, CUresult result, absl::string_view what) {
  if (result == CUDA_SUCCESS) return absl::OkStatus();
  const char* name = nullptr;
  const char* description = nullptr;
  if (driver.GetErrorName(result, &name) != CUDA_SUCCESS) name = nullptr;
  if (driver.GetErrorString(result, &description) != CUDA_SUCCESS) description = nullptr;
  std::string message = absl::StrCat(what, " failed: ");
  if (name != nullptr) {
    absl::StrAppend(&message, name);
  } else {
    absl::StrAppend(&message, "CUDA error ", static_cast<int>(result));
  }
  if (description != nullptr) absl::StrAppend(&message, ": ", description);
  if (ContextIsLost(result)) {
    absl::StrAppend(&message, "; this process can no longer use the GPU: start it again");
  }
  return absl::Status(CodeFor(result), message);
}

absl::StatusOr<Driver> OpenDriver(const std::string& path) {
  ATTUNE_ASSIGN_OR_RETURN(const SharedLibrary library,
                          SharedLibrary::OpenFirst("the NVIDIA driver", {path}));
  Driver driver;
  ATTUNE_RETURN_IF_ERROR(BindAll(library, driver));
  if (const CUresult result = driver.Init(0); result != CUDA_SUCCESS) {
    return InitError(driver, result, library.path());
  }
  ATTUNE_CUDA_RETURN_IF_ERROR(driver, DriverGetVersion, &driver.cuda_version);
  if (driver.cuda_version < 12000) {
    return absl::FailedPreconditionError(
        absl::StrCat("the NVIDIA driver supports CUDA ", VersionText(driver.cuda_version),
                     ": Attune needs 12.0 (driver 525) or later; install a newer one"));
  }
  driver.version = ParseDriverVersion(library.path(), ReadOrEmpty("/proc/driver/nvidia/version"));
  return driver;
}

absl::StatusOr<const Driver*> LoadDriver() {
  // Never destroyed: buffers and modules may outlive main's statics.
  static const auto* const driver = new absl::StatusOr<Driver>(OpenProcessDriver());
  if (!driver->ok()) return driver->status();
  return &**driver;
}

}  // namespace attune
