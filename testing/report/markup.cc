#include "testing/report/markup.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace attune {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";

bool IsContinuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the sequence that `first` begins; 0 if none begins so.
size_t SequenceLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

// Bytes of the character at the front of `text` if XML 1.0 admits it (section 2.2), else 0.
size_t CharacterLength(absl::string_view text) {
  const unsigned char first = text[0];
  const size_t length = SequenceLength(first);
  if (length == 0 || length > text.size()) return 0;
  uint32_t code = length == 1 ? first : first & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  // Longer than it needs to be, half of a surrogate pair, or beyond Unicode.
  if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000)) return 0;
  if ((code >= 0xD800 && code < 0xE000) || code == 0xFFFE || code == 0xFFFF || code > 0x10FFFF) {
    return 0;
  }
  return code >= 0x20 || code == '\n' || code == '\t' ? length : 0;
}

absl::string_view Entity(char character) {
  switch (character) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
  }
  return "";
}

}  // namespace

std::string EscapeMarkup(absl::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    const absl::string_view entity = Entity(text[0]);
    if (length == 0) {
      absl::StrAppend(&escaped, kReplacement);
    } else {
      absl::StrAppend(&escaped, entity.empty() ? text.substr(0, length) : entity);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

}  // namespace attune
