#include "attention/cuda/functors/user_functors.h"

#include "absl/strings/str_cat.h"

namespace attune::functors {
namespace {

absl::string_view CppType(BufferElement element) {
  return element == BufferElement::kInt32 ? "int" : "float";
}

std::string Members(const std::vector<NamedBuffer>& buffers) {
  std::string members;
  for (const NamedBuffer& buffer : buffers) {
    absl::StrAppend(&members, "  const ", CppType(buffer.element), "* __restrict__ ", buffer.name,
                    ";\n");
  }
  return absl::StrCat(members, "  int b, h, kv_h, q_len, kv_len;\n");
}

std::string Constructor(absl::string_view type, const std::vector<NamedBuffer>& buffers) {
  std::string text = absl::StrCat(
      "  template <typename Parameters, typename Tile, typename Sequence>\n"
      "  __device__ __forceinline__ ",
      type,
      "(const Parameters& attune_p, const Tile& attune_tile,\n"
      "      const Sequence& attune_sequence) : ");
  for (size_t i = 0; i < buffers.size(); ++i) {
    absl::StrAppend(&text, buffers[i].name, "(static_cast<const ", CppType(buffers[i].element),
                    "*>(attune_p.buffers[", i, "])), ");
  }
  absl::StrAppend(&text,
                  "b(attune_tile.batch), h(attune_tile.head),\n"
                  "      kv_h(attune_tile.head / attune_p.group), q_len(attune_sequence.q_len),\n"
                  "      kv_len(attune_sequence.kv_len) {}\n");
  return text;
}

// Clamped, so that what is indexed by q and kv is never read past the last row and key. ::min, as a
// buffer may have that name.
constexpr char kPlace[] =
    "    [[maybe_unused]] const int q = ::min(attune_at.q, q_len - 1);\n"
    "    [[maybe_unused]] const int kv = ::min(attune_at.kv, kv_len - 1);\n";

}  // namespace

std::string ScoreModifierSource(absl::string_view expression,
                                const std::vector<NamedBuffer>& buffers) {
  return absl::StrCat("namespace attune::functors {\nstruct UserScore {\n",
                      "  static constexpr bool kIdentity = false;\n", Members(buffers),
                      Constructor("UserScore", buffers),
                      "  __device__ __forceinline__ float operator()(float score, const Position& "
                      "attune_at) const {\n",
                      kPlace, "    return static_cast<float>(\n#line 1 \"score_modifier\"\n",
                      expression, "\n    );\n  }\n};\n}  // namespace attune::functors\n");
}

std::string MaskSource(absl::string_view expression, const std::vector<NamedBuffer>& buffers) {
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
