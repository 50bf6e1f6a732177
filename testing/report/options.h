// The command line of gpu_test.
#ifndef ATTUNE_TESTING_REPORT_OPTIONS_H_
#define ATTUNE_TESTING_REPORT_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace attune {

enum class Command { kTest, kBenchmark, kProfile, kValidate, kClean, kHelp };
enum class Target { kFlashAttention, kAttention, kTernary, kAll };

struct Options {
  Command command = Command::kHelp;
  Target target = Target::kAll;
  bool verbose = false;
  bool release = false;
  int iterations = 1;                          // the command's own number if none is given
  double min_vram_gb = 0;                      // GB are 10^9 bytes, as on a GPU's box
  absl::Duration timeout = absl::Minutes(10);  // of each program that is run
  std::string report_dir = "gpu_test_reports";
  // The folder with programs.tsv.
  std::string bundle;
  // Do what needs no bundle and say whether there is more to do.
  bool without_bundle = false;
};

// What --help prints.
extern const char kHelp[];

// "test", "flash_attention".
std::string CommandName(Command command);
std::string TargetName(Target target);

// `arguments` without the program's name. InvalidArgument says what was wrong and what is expected.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_OPTIONS_H_
