#include "operators/cuda/device_code.h"

#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/source_fingerprint.h"

namespace attune {

KernelSource SourceOf(const DeviceCode& code, const KernelVariant& variant,
                      absl::string_view architecture) {
  KernelSource source;
  source.name = absl::StrCat(code.family, ".cu");
  source.text = absl::StrCat("#include \"", code.header, "\"\n", variant.functions);
  source.name_expression = variant.kernel;
  source.architecture = CompileArchitecture(architecture);
  source.headers = code.headers;
  source.options = code.options;
  return source;
}

std::string FingerprintOf(const DeviceCode& code) {
  const auto reached = ReachedHeaders(SourceOf(code, {}, ""));
  // Only files could fail to be read, and there are none: all headers are in memory.
  assert(reached.ok() && reached->count(code.header) != 0);
  std::vector<std::string> texts;
  for (const auto& [name, text] : *reached) texts.push_back(text);
  return SourceFingerprint(texts, code.options);
}

}  // namespace attune
