// The programs that gpu_test runs, as tools/pack_bundle lists them.
#ifndef ATTUNE_TESTING_REPORT_BUNDLE_H_
#define ATTUNE_TESTING_REPORT_BUNDLE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "testing/report/options.h"

namespace attune {

struct Program {
  std::string kind;   // "test", "benchmark", "tool"
  std::string label;  // "//testing/gpu:attention_gpu_test"
  std::string path;   // absolute if the bundle's folder is

  // "testing.gpu.attention_gpu_test", for file names.
  std::string FileName() const;
};

struct Bundle {
  std::map<std::string, std::string> facts;  // "revision", "assertions"
  std::vector<Program> programs;

  // The tool whose label ends in :`name`. NotFound if the bundle lacks it.
  absl::StatusOr<Program> Tool(absl::string_view name) const;
};

// The bundle in folder `directory`, whose programs.tsv reads `text`. InvalidArgument names a line
// that is none.
absl::StatusOr<Bundle> ParseBundle(const std::string& directory, absl::string_view text);

// The bundle's tests or benchmarks (`kind`) that belong to `target`. Benchmarks are those whose
// name begins with "gpu_": the others time the CPU.
std::vector<Program> Select(const Bundle& bundle, absl::string_view kind, Target target);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_BUNDLE_H_
