#include "autotune/cli/output/progress.h"

#include "absl/strings/str_format.h"

namespace attune {
namespace {

constexpr int kBarWidth = 24;
// Returns to the start of the line and clears it.
constexpr char kRestartLine[] = "\r\x1b[K";

}  // namespace

void Progress::Start(absl::string_view stage) {
  stage_ = std::string(stage);
  if (!is_terminal_) out_ << stage_ << " ...\n" << std::flush;
}

void Progress::Update(int64_t done, int64_t total, absl::string_view note) {
  if (!is_terminal_) return;
  const int64_t filled = total > 0 ? kBarWidth * done / total : 0;
  const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
  out_ << kRestartLine << absl::StrFormat("%s [%s] %d/%d  %s", stage_, bar, done, total, note)
       << std::flush;
}

void Progress::Finish(absl::string_view outcome) {
  out_ << (is_terminal_ ? kRestartLine : "") << absl::StrFormat("%s: %s\n", stage_, outcome)
       << std::flush;
}

}  // namespace attune
