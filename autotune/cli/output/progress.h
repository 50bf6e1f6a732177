// Shows how far a long command is: a bar that redraws itself on a terminal, plain lines elsewhere.
#ifndef ATTUNE_AUTOTUNE_CLI_OUTPUT_PROGRESS_H_
#define ATTUNE_AUTOTUNE_CLI_OUTPUT_PROGRESS_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"

namespace attune {

class Progress {
 public:
  // `is_terminal` says whether `out` is one.
  Progress(std::ostream& out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}

  // Begins a stage. Elsewhere than on a terminal this is a line of its own.
  void Start(absl::string_view stage);
  // `done` of `total` steps; `note` is what the latest gave. Redraws the bar on a terminal, else
  // nothing.
  void Update(int64_t done, int64_t total, absl::string_view note);
  // Ends the stage with a line that stays.
  void Finish(absl::string_view outcome);

 private:
  std::ostream& out_;
  const bool is_terminal_;
  std::string stage_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_OUTPUT_PROGRESS_H_
