#include "attention/cuda/functors/user_functors.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "attention/cuda/functors/max_buffers.h"
#include "base/status_macros.h"

namespace attune::functors {
namespace {

const std::set<std::string>& BuiltInNames() {
  static const auto* const names =
      new std::set<std::string>{"score", "b", "h", "kv_h", "q", "kv", "q_len", "kv_len"};
  return *names;
}

bool IsIdentifier(absl::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalnum(c) || c == '_'; });
}

absl::Status Check(absl::string_view what, absl::string_view expression,
                   const std::vector<UserBuffer>& buffers) {
  const auto error = [&](const auto&... parts) {
    return absl::InvalidArgumentError(absl::StrCat(what, " '", expression, "' ", parts...));
  };
  if (absl::StripAsciiWhitespace(expression).empty()) return error("is empty");
  // Anything that would end the expression early, or the line that errors are counted by.
  for (const char* const sign : {";", "{", "}", "#", "\n", "//", "/*"}) {
    if (expression.find(sign) != absl::string_view::npos) {
      return error("has a '", sign, "' in it: expected one C++ expression on one line");
    }
  }
  if (buffers.size() > kMaxBuffers) {
    return error("comes with ", buffers.size(), " buffers: expected at most ", kMaxBuffers);
  }
  std::set<std::string> seen = BuiltInNames();
  for (const UserBuffer& buffer : buffers) {
    if (!IsIdentifier(buffer.name)) return error("has a buffer that is no C++ name: ", buffer.name);
    if (!seen.insert(buffer.name).second) {
      return error("has a buffer whose name is taken: ", buffer.name);
    }
  }
  return absl::OkStatus();
}

std::string Members(const std::vector<UserBuffer>& buffers) {
  std::string members;
  for (const UserBuffer& buffer : buffers) {
    absl::StrAppend(&members, "  const ", buffer.element_type, "* __restrict__ ", buffer.name,
                    ";\n");
  }
  return absl::StrCat(members, "  int b, h, kv_h, q_len, kv_len;\n");
}

std::string Constructor(absl::string_view type, const std::vector<UserBuffer>& buffers) {
  std::string text = absl::StrCat(
      "  template <typename Parameters, typename Tile, typename Sequence>\n"
      "  __device__ __forceinline__ ",
      type,
      "(const Parameters& attune_p, const Tile& attune_tile,\n"
      "      const Sequence& attune_sequence) : ");
  for (size_t i = 0; i < buffers.size(); ++i) {
    absl::StrAppend(&text, buffers[i].name, "(static_cast<const ", buffers[i].element_type,
                    "*>(attune_p.buffers[", i, "])), ");
  }
  absl::StrAppend(&text,
                  "b(attune_tile.batch), h(attune_tile.head),\n"
                  "      kv_h(attune_tile.head / attune_p.group), q_len(attune_sequence.q_len),\n"
                  "      kv_len(attune_sequence.kv_len) {}\n");
  return text;
}

// Clamped, so that what is indexed by q and kv is never read past the last row and key.
constexpr char kPlace[] =
    "    [[maybe_unused]] const int q = min(attune_at.q, q_len - 1);\n"
    "    [[maybe_unused]] const int kv = min(attune_at.kv, kv_len - 1);\n";

}  // namespace

absl::StatusOr<std::string> ScoreModifierSource(absl::string_view expression,
                                                const std::vector<UserBuffer>& buffers) {
  ATTUNE_RETURN_IF_ERROR(Check("score modifier", expression, buffers));
  return absl::StrCat("namespace attune::functors {\nstruct UserScore {\n",
                      "  static constexpr bool kIdentity = false;\n", Members(buffers),
                      Constructor("UserScore", buffers),
                      "  __device__ __forceinline__ float operator()(float score, const Position& "
                      "attune_at) const {\n",
                      kPlace, "    return static_cast<float>(\n#line 1 \"score_modifier\"\n",
                      expression, "\n    );\n  }\n};\n}  // namespace attune::functors\n");
}

absl::StatusOr<std::string> MaskSource(absl::string_view expression,
                                       const std::vector<UserBuffer>& buffers) {
  ATTUNE_RETURN_IF_ERROR(Check("mask", expression, buffers));
  return absl::StrCat(
      "namespace attune::functors {\nstruct UserMask {\n",
      "  static constexpr bool kAlways = false;\n", Members(buffers),
      Constructor("UserMask", buffers),
      "  __device__ __forceinline__ bool operator()(const Position& attune_at) const {\n", kPlace,
      "    return static_cast<bool>(\n#line 1 \"mask\"\n", expression,
      "\n    );\n  }\n};\n}  // namespace attune::functors\n");
}

std::string UserModifierType(absl::string_view built_in_modifier_type) {
  return absl::StrCat("attune::functors::Then<", built_in_modifier_type,
                      ", attune::functors::UserScore>");
}

std::string UserPredicateType() { return "attune::functors::UserMask"; }

}  // namespace attune::functors
