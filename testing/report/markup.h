// Text inside XML and HTML.
#ifndef ATTUNE_TESTING_REPORT_MARKUP_H_
#define ATTUNE_TESTING_REPORT_MARKUP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace attune {

// `text` as content or as the value of an attribute in double quotes: markup characters as
// entities; bytes that XML 1.0 has no place for (control characters, what is no UTF-8) as U+FFFD.
// Line ends stay.
std::string EscapeMarkup(absl::string_view text);

}  // namespace attune

#endif  // ATTUNE_TESTING_REPORT_MARKUP_H_
