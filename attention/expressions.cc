#include "attention/expressions.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

constexpr absl::string_view kElementNames[] = {"fp32", "int32"};

// Of C++20, and its operators that are words.
constexpr absl::string_view kKeywords[] = {"alignas",       "alignof",     "and",
                                           "and_eq",        "asm",         "auto",
                                           "bitand",        "bitor",       "bool",
                                           "break",         "case",        "catch",
                                           "char",          "char16_t",    "char32_t",
                                           "char8_t",       "class",       "co_await",
                                           "co_return",     "co_yield",    "compl",
                                           "concept",       "const",       "const_cast",
                                           "consteval",     "constexpr",   "constinit",
                                           "continue",      "decltype",    "default",
                                           "delete",        "do",          "double",
                                           "dynamic_cast",  "else",        "enum",
                                           "explicit",      "export",      "extern",
                                           "false",         "float",       "for",
                                           "friend",        "goto",        "if",
                                           "inline",        "int",         "long",
                                           "mutable",       "namespace",   "new",
                                           "noexcept",      "not",         "not_eq",
                                           "nullptr",       "operator",    "or",
                                           "or_eq",         "private",     "protected",
                                           "public",        "register",    "reinterpret_cast",
                                           "requires",      "return",      "short",
                                           "signed",        "sizeof",      "static",
                                           "static_assert", "static_cast", "struct",
                                           "switch",        "template",    "this",
                                           "thread_local",  "throw",       "true",
                                           "try",           "typedef",     "typeid",
                                           "typename",      "union",       "unsigned",
                                           "using",         "virtual",     "void",
                                           "volatile",      "wchar_t",     "while",
                                           "xor",           "xor_eq"};

// Two underscores are the compiler's own: __restrict__, __half.
bool IsIdentifier(absl::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; }) &&
         !absl::StrContains(name, "__") &&
         std::find(std::begin(kKeywords), std::end(kKeywords), name) == std::end(kKeywords);
}

// What the code around expressions is written with, besides names that begin with the prefix
// (cuda/functors/user_functors.cc).
constexpr absl::string_view kPrefixOfCode = "attune_";
constexpr absl::string_view kNamesOfCode[] = {"Position", "UserScore", "UserMask", "kIdentity",
                                              "kAlways"};

bool IsOfCode(absl::string_view name) {
  return absl::StartsWith(name, kPrefixOfCode) ||
         std::find(std::begin(kNamesOfCode), std::end(kNamesOfCode), name) !=
             std::end(kNamesOfCode);
}

}  // namespace

absl::string_view BufferElementName(BufferElement element) {
  return kElementNames[static_cast<int>(element)];
}

absl::StatusOr<BufferElement> ParseBufferElement(absl::string_view name) {
  for (const BufferElement element : {BufferElement::kFloat32, BufferElement::kInt32}) {
    if (BufferElementName(element) == name) return element;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a buffer has elements of \"", name, "\"; expected fp32 or int32"));
}

absl::Status CheckExpression(absl::string_view what, absl::string_view expression) {
  const auto error = [&](const auto&... parts) {
    return absl::InvalidArgumentError(absl::StrCat(what, " '", expression, "' ", parts...));
  };
  if (absl::StripAsciiWhitespace(expression).empty()) return error("is empty");
  // Anything that would end the expression early, or the line that errors are counted by.
  for (const char* const sign : {";", "{", "}", "#", "\n", "//", "/*", "\\"}) {
    if (expression.find(sign) != absl::string_view::npos) {
      return error("has a '", sign, "' in it: expected one C++ expression on one line");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckBufferNames(const std::vector<std::string>& names) {
  if (names.size() > kMaxNamedBuffers) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expressions come with ", names.size(), " buffers: expected at most ", kMaxNamedBuffers));
  }
  std::set<std::string> taken = {"score", "b", "h", "kv_h", "q", "kv", "q_len", "kv_len"};
  for (const std::string& name : names) {
    if (!IsIdentifier(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("expressions come with a buffer whose name is no C++ name: '", name, "'"));
    }
    if (IsOfCode(name) || !taken.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("expressions come with a buffer whose name is taken: ", name));
    }
  }
  return absl::OkStatus();
}

}  // namespace attune
