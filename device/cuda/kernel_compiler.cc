#include "device/cuda/kernel_compiler.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// One nvrtcProgram, destroyed with this.
class Program {
 public:
  explicit Program(const Nvrtc& nvrtc) : nvrtc_(nvrtc) {}
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (program_ != nullptr) nvrtc_.DestroyProgram(&program_);
  }

  absl::Status Create(const KernelSource& source) {
    std::vector<const char*> names;
    std::vector<const char*> texts;
    if (source.headers != nullptr) {
      for (const auto& [name, text] : *source.headers) {
        names.push_back(name.c_str());
        texts.push_back(text.c_str());
      }
    }
    return Check(nvrtc_.CreateProgram(&program_, source.text.c_str(), source.name.c_str(),
                                      static_cast<int>(names.size()), texts.data(), names.data()),
                 source, "nvrtcCreateProgram");
  }

  absl::Status Compile(const KernelSource& source, const std::vector<std::string>& options) {
    ATTUNE_RETURN_IF_ERROR(Check(nvrtc_.AddNameExpression(program_, source.name_expression.c_str()),
                                 source, "nvrtcAddNameExpression"));
    std::vector<const char*> arguments;
    for (const std::string& option : options) arguments.push_back(option.c_str());
    const nvrtcResult result =
        nvrtc_.CompileProgram(program_, static_cast<int>(arguments.size()), arguments.data());
    if (result == NVRTC_SUCCESS) return absl::OkStatus();
    std::string message = FirstError(Log());
    if (result != NVRTC_ERROR_COMPILATION) {
      message = absl::StrCat(nvrtc_.GetErrorString(result), ": ", message,
                             "\noptions: ", absl::StrJoin(options, " "));
    }
    return absl::InvalidArgumentError(absl::StrCat(message, "\ncompiling ", source.name_expression,
                                                   " of ", source.name, " for ",
                                                   source.architecture));
  }

  std::string Log() const {
    size_t size = 0;
    if (nvrtc_.GetProgramLogSize(program_, &size) != NVRTC_SUCCESS || size == 0) return "";
    std::string log(size, '\0');
    if (nvrtc_.GetProgramLog(program_, log.data()) != NVRTC_SUCCESS) return "";
    // The size counts the terminating zero.
    log.resize(size - 1);
    return log;
  }

  absl::StatusOr<std::string> LoweredName(const KernelSource& source) const {
    const char* name = nullptr;
    ATTUNE_RETURN_IF_ERROR(
        Check(nvrtc_.GetLoweredName(program_, source.name_expression.c_str(), &name), source,
              "nvrtcGetLoweredName"));
    return std::string(name);
  }

  absl::StatusOr<std::string> Cubin(const KernelSource& source) const {
    size_t size = 0;
    ATTUNE_RETURN_IF_ERROR(
        Check(nvrtc_.GetCUBINSize(program_, &size), source, "nvrtcGetCUBINSize"));
    std::string cubin(size, '\0');
    ATTUNE_RETURN_IF_ERROR(Check(nvrtc_.GetCUBIN(program_, cubin.data()), source, "nvrtcGetCUBIN"));
    return cubin;
  }

 private:
  absl::Status Check(nvrtcResult result, const KernelSource& source, absl::string_view what) const {
    if (result == NVRTC_SUCCESS) return absl::OkStatus();
    return absl::InternalError(absl::StrCat(what, " failed for ", source.name_expression, " of ",
                                            source.name, ": ", nvrtc_.GetErrorString(result)));
  }

  const Nvrtc& nvrtc_;
  nvrtcProgram program_ = nullptr;
};

absl::Status CheckSource(const KernelSource& source) {
  if (source.name.empty() || source.text.empty() || source.name_expression.empty()) {
    return absl::InvalidArgumentError(
        "a kernel source needs a name, a text, and a name expression for its kernel");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int>> SupportedArchitectures(const Nvrtc& nvrtc) {
  int count = 0;
  if (nvrtc.GetNumSupportedArchs(&count) != NVRTC_SUCCESS || count < 0) {
    return absl::InternalError("nvrtcGetNumSupportedArchs failed");
  }
  std::vector<int> architectures(count);
  if (nvrtc.GetSupportedArchs(architectures.data()) != NVRTC_SUCCESS) {
    return absl::InternalError("nvrtcGetSupportedArchs failed");
  }
  return architectures;
}

// "sm_90a" and "sm_100f" are architecture 90 and 100 with features of one chip or one family.
int ArchitectureNumber(absl::string_view architecture) {
  int number = 0;
  if (!absl::ConsumePrefix(&architecture, "sm_")) return 0;
  if (!absl::ConsumeSuffix(&architecture, "a")) absl::ConsumeSuffix(&architecture, "f");
  return absl::SimpleAtoi(architecture, &number) ? number : 0;
}

absl::Status CheckArchitecture(const Nvrtc& nvrtc, const KernelSource& source) {
  const int number = ArchitectureNumber(source.architecture);
  if (number == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("architecture \"", source.architecture, "\" of ", source.name,
                     ": expected a real one, such as sm_80 or sm_90a"));
  }
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<int> supported, SupportedArchitectures(nvrtc));
  if (std::count(supported.begin(), supported.end(), number) != 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("NVRTC ", nvrtc.version, " cannot compile ", source.name, " for ",
                   source.architecture, ": it knows sm_", absl::StrJoin(supported, ", sm_")));
}

}  // namespace

std::vector<std::string> CompilerOptions(const Nvrtc& nvrtc, const KernelSource& source) {
  std::vector<std::string> options = {
      "-std=c++20", absl::StrCat("--gpu-architecture=", source.architecture), "--ptxas-options=-v"};
  // The driver's cache of compilations would answer without a log, and the resources are read from
  // that.
  if (!absl::StartsWith(nvrtc.version, "12.")) options.push_back("--no-cache");
  for (const std::string& directory : source.include_directories) {
    options.push_back(absl::StrCat("--include-path=", directory));
  }
  for (const std::string& directory : nvrtc.include_directories) {
    options.push_back(absl::StrCat("--include-path=", directory));
  }
  options.insert(options.end(), source.options.begin(), source.options.end());
  return options;
}

absl::StatusOr<KernelImage> CompileKernel(const Nvrtc& nvrtc, const KernelSource& source) {
  ATTUNE_RETURN_IF_ERROR(CheckSource(source));
  ATTUNE_RETURN_IF_ERROR(CheckArchitecture(nvrtc, source));
  Program program(nvrtc);
  ATTUNE_RETURN_IF_ERROR(program.Create(source));
  ATTUNE_RETURN_IF_ERROR(program.Compile(source, CompilerOptions(nvrtc, source)));
  KernelImage image;
  image.architecture = source.architecture;
  image.compiler_version = nvrtc.version;
  ATTUNE_ASSIGN_OR_RETURN(image.lowered_name, program.LoweredName(source));
  const std::string log = program.Log();
  ATTUNE_ASSIGN_OR_RETURN(image.resources, ParseResources(log, image.lowered_name));
  image.performance_warnings = ParsePerformanceWarnings(log);
  ATTUNE_ASSIGN_OR_RETURN(image.cubin, program.Cubin(source));
  return image;
}

}  // namespace attune
