// The device code of a kernel family, and how a variant is instantiated from it.
#ifndef ATTUNE_OPERATORS_CUDA_DEVICE_CODE_H_
#define ATTUNE_OPERATORS_CUDA_DEVICE_CODE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "device/cuda/kernel_source.h"

namespace attune {

// What all variants of a family are compiled from. The texts are part of the binary (embedded_files
// in base/embed.bzl): a program needs a toolkit's headers at run time, and none of Attune's.
struct DeviceCode {
  // The family's: "portable_forward".
  std::string family;
  // The header that defines the kernel's template, by its name in `headers`.
  std::string header;
  // Every header that `header` may reach, by its path in the repository. May hold more.
  std::shared_ptr<const HeaderSet> headers;
  // Options of the compiler besides the language and the architecture.
  std::vector<std::string> options;
};

// What one variant adds.
struct KernelVariant {
  // The instance of the kernel's template, names qualified:
  // "attune::portable::PortableForward<...>".
  std::string kernel;
  // C++ that `kernel` names and `header` does not define: functors of a user's own expressions.
  std::string functions;
};

// A source of few lines that includes the header and instantiates nothing but `variant`, for a
// device of `architecture` ("sm_90", as DeviceInfo has it).
KernelSource SourceOf(const DeviceCode& code, const KernelVariant& variant,
                      absl::string_view architecture);

// Changes when the machine code of a variant may: from the texts that `code.header` reaches, white
// space and comments aside, and the options. The compiler's version is in DeviceInfo::environment.
std::string FingerprintOf(const DeviceCode& code);

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CUDA_DEVICE_CODE_H_
