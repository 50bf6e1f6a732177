// A name for what source code means, the same however it is laid out and commented.
#ifndef ATTUNE_BASE_SOURCE_FINGERPRINT_H_
#define ATTUNE_BASE_SOURCE_FINGERPRINT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace attune {

// C++ `source` without comments, with every run of white space made one space, or none where the
// tokens on both sides stay apart without it. Line ends around preprocessor directives and the
// inside of literals are kept.
std::string NormalizeSource(absl::string_view source);

// 32 hexadecimal digits of XXH3-128 over the normalised `sources` and over `flags`, in order.
std::string SourceFingerprint(const std::vector<std::string>& sources,
                              const std::vector<std::string>& flags);

}  // namespace attune

#endif  // ATTUNE_BASE_SOURCE_FINGERPRINT_H_
