// Whatever text is given for a parameter space, a workload or a configuration, parsing it ends in a
// value or in a Status of one line.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/workload/workload.h"

namespace {

constexpr int64_t kMostCombinations = 1000;  // more would be slow, not interesting

// Aborts where `holds` is false: the fuzzer then keeps the input.
void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireOneLine(const absl::Status& status) {
  Require(!status.message().empty());
  Require(status.message().find('\n') == absl::string_view::npos);
}

void FuzzSpace(absl::string_view text) {
  const auto space = attune::ParameterSpace::Parse(text, "fuzz.space.textproto");
  if (!space.ok()) return RequireOneLine(space.status());
  Require(space->Validate(space->Default()).ok());
  Require(space->size() >= 1);
  if (space->size() > kMostCombinations) return;
  const auto model = [](const attune::Configuration&) -> absl::StatusOr<attune::Variables> {
    return attune::Variables{{"bytes", 100}, {"device_bytes", 1000}};
  };
  const absl::StatusOr<attune::Enumeration> enumeration = space->Enumerate(model);
  if (!enumeration.ok()) return RequireOneLine(enumeration.status());
  auto total = static_cast<int64_t>(enumeration->admitted.size());
  for (const auto& [name, removed] : enumeration->removed) total += removed;
  Require(total == space->size());
}

void FuzzWorkload(absl::string_view text) {
  const absl::StatusOr<attune::Workload> workload = attune::Workload::Parse(text);
  if (!workload.ok()) return;
  Require(*attune::Workload::Parse(workload->ToString()) == *workload);
  for (const auto& [name, size] : attune::Bucketed(*workload).sizes) {
    Require(size >= workload->sizes.at(name));
  }
}

void FuzzConfiguration(absl::string_view text) {
  const absl::StatusOr<attune::Configuration> configuration = attune::Configuration::Parse(text);
  if (!configuration.ok()) return;
  Require(*attune::Configuration::Parse(configuration->ToString()) == *configuration);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  FuzzSpace(text);
  FuzzWorkload(text);
  FuzzConfiguration(text);
  return 0;
}
