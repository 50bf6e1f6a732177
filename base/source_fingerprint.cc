#include "base/source_fingerprint.h"

#include <xxhash.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace attune {
namespace {

bool IsWord(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// Whether `c` can be part of an operator of more than one character.
bool IsOperator(char c) {
  return absl::string_view("+-*/%<>=&|^!:.#").find(c) != absl::string_view::npos;
}

// The length of the literal that `rest` begins with; 0 if it begins with none.
size_t LiteralLength(absl::string_view rest) {
  if (absl::StartsWith(rest, "R\"")) {
    const size_t open = rest.find('(');
    if (open == absl::string_view::npos) return rest.size();
    const std::string close = absl::StrCat(")", rest.substr(2, open - 2), "\"");
    const size_t end = rest.find(close, open);
    return end == absl::string_view::npos ? rest.size() : end + close.size();
  }
  if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) return 0;
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] == '\\') {
      ++i;
    } else if (rest[i] == rest[0]) {
      return i + 1;
    }
  }
  return rest.size();
}

size_t CommentLength(absl::string_view rest) {
  if (absl::StartsWith(rest, "//")) return std::min(rest.find('\n'), rest.size());
  if (!absl::StartsWith(rest, "/*")) return 0;
  const size_t end = rest.find("*/", 2);
  return end == absl::string_view::npos ? rest.size() : end + 2;
}

// Collects tokens, deciding for each gap between them what of it matters.
class Normalizer {
 public:
  explicit Normalizer(absl::string_view source) : rest_(source) {}

  std::string Run() {
    while (!rest_.empty()) Step();
    return std::move(out_);
  }

 private:
  void Step() {
    if (const size_t length = CommentLength(rest_)) {
      gap_ = true;
      rest_.remove_prefix(length);
    } else if (absl::StartsWith(rest_, "\\\n")) {
      gap_ = true;
      rest_.remove_prefix(2);
    } else if (absl::ascii_isspace(rest_[0])) {
      gap_ = true;
      newline_ |= rest_[0] == '\n';
      rest_.remove_prefix(1);
    } else {
      CloseGap();
      // A digit separator (1'000) is no character literal.
      const bool separator = rest_[0] == '\'' && !out_.empty() && absl::ascii_isdigit(out_.back());
      const size_t length = separator ? 1 : std::max<size_t>(LiteralLength(rest_), 1);
      out_.append(rest_.data(), length);
      rest_.remove_prefix(length);
    }
  }

  void CloseGap() {
    if (newline_ && (in_directive_ || rest_[0] == '#')) {
      if (!out_.empty()) out_ += '\n';
    } else if (gap_ && !out_.empty() && NeedsSpace(out_.back(), rest_[0])) {
      out_ += ' ';
    }
    if (newline_ || out_.empty()) in_directive_ = rest_[0] == '#';
    gap_ = newline_ = false;
  }

  // Inside directives a space can change the meaning (#define F (x)); elsewhere only where it keeps
  // two tokens from becoming one.
  bool NeedsSpace(char before, char after) const {
    return in_directive_ || (IsWord(before) && IsWord(after)) ||
           (IsOperator(before) && IsOperator(after));
  }

  absl::string_view rest_;
  std::string out_;
  bool gap_ = false;
  bool newline_ = false;
  bool in_directive_ = false;
};

}  // namespace

std::string NormalizeSource(absl::string_view source) { return Normalizer(source).Run(); }

std::string SourceFingerprint(const std::vector<std::string>& sources,
                              const std::vector<std::string>& flags) {
  std::string all;
  for (const std::string& source : sources) absl::StrAppend(&all, NormalizeSource(source), "\0");
  for (const std::string& flag : flags) absl::StrAppend(&all, "\n", flag);
  const XXH128_hash_t hash = XXH3_128bits(all.data(), all.size());
  return absl::StrFormat("%016x%016x", hash.high64, hash.low64);
}

}  // namespace attune
