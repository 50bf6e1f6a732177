#include "attention/workload.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr char kBottomRight[] = "bottom_right";
constexpr char kTopLeft[] = "top_left";
constexpr double kRepresentativeSoftCap = 30;

bool IsCausal(const Mask& mask) { return mask.right == 0 && !mask.left.has_value(); }

std::string MaskTrait(const Mask& mask) {
  if (!mask.bounded()) return "full";
  return IsCausal(mask) ? "causal" : "window";
}

// What a name that does not fit this workload would fit: "" for one that fits none.
absl::string_view WhereItBelongs(absl::string_view name) {
  if (name == "alignment") return " (which causal and window masks have, and no others)";
  if (absl::StartsWith(name, "window_")) return " (which window masks have, and no others)";
  if (absl::StartsWith(name, "total_")) return " (which packed sequences have, trait packed=1)";
  return "";
}

// Takes traits and sizes out of a workload by name, and notices what nobody asked for.
class Reader {
 public:
  explicit Reader(const Workload& workload) : workload_(workload) {}

  absl::StatusOr<std::string> Trait(absl::string_view name) {
    used_.insert(std::string(name));
    const auto trait = workload_.traits.find(std::string(name));
    if (trait == workload_.traits.end()) return Error("has no trait ", name);
    return trait->second;
  }

  std::optional<std::string> OptionalTrait(absl::string_view name) {
    const absl::StatusOr<std::string> trait = Trait(name);
    return trait.ok() ? std::optional(*trait) : std::nullopt;
  }

  absl::StatusOr<int64_t> IntegerTrait(absl::string_view name) {
    ATTUNE_ASSIGN_OR_RETURN(const std::string text, Trait(name));
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value)) return Error("has a trait that is no integer: ", name);
    return value;
  }

  absl::StatusOr<std::string> OneOf(absl::string_view name, const std::set<std::string>& allowed) {
    ATTUNE_ASSIGN_OR_RETURN(const std::string value, Trait(name));
    if (allowed.count(value) == 0) {
      return Error("has an unknown value of ", name, ": ", value);
    }
    return value;
  }

  absl::StatusOr<int64_t> Size(absl::string_view name) {
    used_.insert(std::string(name));
    const auto size = workload_.sizes.find(std::string(name));
    if (size == workload_.sizes.end()) return Error("has no size ", name);
    return size->second;
  }

  std::optional<int64_t> OptionalSize(absl::string_view name) {
    const absl::StatusOr<int64_t> size = Size(name);
    return size.ok() ? std::optional(*size) : std::nullopt;
  }

  absl::Status CheckNothingLeft() const {
    for (const auto& [name, value] : workload_.traits) {
      if (used_.count(name) == 0)
        return Error("has an unknown trait: ", name, WhereItBelongs(name));
    }
    for (const auto& [name, value] : workload_.sizes) {
      if (used_.count(name) == 0) return Error("has an unknown size: ", name, WhereItBelongs(name));
    }
    return absl::OkStatus();
  }

  template <typename... Parts>
  absl::Status Error(Parts... parts) const {
    return absl::InvalidArgumentError(
        absl::StrCat("workload '", workload_.ToString(), "' ", parts...));
  }

 private:
  const Workload& workload_;
  std::set<std::string> used_;
};

absl::StatusOr<Direction> ParseDirection(const Workload& workload) {
  for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
    if (workload.operator_name == OperatorName(direction)) return direction;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("workload '", workload.ToString(), "' is of no attention operator: expected ",
                   OperatorName(Direction::kForward), " or ", OperatorName(Direction::kBackward)));
}

absl::StatusOr<Mask> ReadMask(Reader& reader) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string kind,
                          reader.OneOf("mask", {"full", "causal", "window"}));
  if (kind == "full") return Mask::Full();
  ATTUNE_ASSIGN_OR_RETURN(const std::string alignment,
                          reader.OneOf("alignment", {kBottomRight, kTopLeft}));
  Mask mask = Mask::Causal(alignment == kTopLeft ? Alignment::kTopLeft : Alignment::kBottomRight);
  if (kind == "window") {
    mask.left = reader.OptionalSize("window_left");
    mask.right = reader.OptionalSize("window_right");
    // Each mask has one name: what is tuned under another would not be found.
    if (!mask.bounded()) {
      return reader.Error(
          "has mask=window and neither size window_left nor window_right; expected "
          "one at least, or mask=full");
    }
    if (IsCausal(mask)) {
      return reader.Error(
          "has mask=window, window_right=0 and no size window_left; expected "
          "mask=causal");
    }
  }
  return mask;
}

// Absent from the workloads of problems that are not packed, whose keys are older than packing.
absl::StatusOr<std::optional<Packed>> ReadPacked(Reader& reader) {
  if (!reader.OptionalTrait("packed").has_value()) return std::optional<Packed>();
  ATTUNE_RETURN_IF_ERROR(reader.OneOf("packed", {"1"}).status());
  Packed packed;
  ATTUNE_ASSIGN_OR_RETURN(packed.total_q_len, reader.Size("total_q_len"));
  ATTUNE_ASSIGN_OR_RETURN(packed.total_kv_len, reader.Size("total_kv_len"));
  return std::optional(packed);
}

// Values of traits hold no spaces, brackets or '='. As in URLs (RFC 3986, section 2.1), what is no
// letter, digit, '-', '.', '_' or '~' is written as '%' and two hexadecimal digits.
std::string Escaped(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains("-._~", absl::string_view(&c, 1))) {
      escaped += c;
    } else {
      absl::StrAppend(&escaped, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    }
  }
  return escaped;
}

absl::StatusOr<std::string> Unescaped(absl::string_view escaped) {
  std::string text;
  for (size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      text += escaped[i];
      continue;
    }
    const absl::string_view digits = escaped.substr(i + 1, 2);
    if (digits.size() != 2 || !absl::ascii_isxdigit(digits[0]) ||
        !absl::ascii_isxdigit(digits[1])) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", escaped, "\" has a '%' without two hexadecimal digits behind it"));
    }
    text += absl::HexStringToBytes(digits);
    i += 2;
  }
  return text;
}

constexpr char kExtentPrefix[] = "extent_";

// "bias:fp32,ids:int32"; the extents are sizes.
absl::StatusOr<std::vector<NamedBuffer>> ReadBuffers(Reader& reader) {
  const std::optional<std::string> trait = reader.OptionalTrait("buffers");
  std::vector<NamedBuffer> buffers;
  if (!trait.has_value()) return buffers;
  for (const absl::string_view item : absl::StrSplit(*trait, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits(':', 1));
    NamedBuffer buffer = {.name = std::string(parts.first)};
    ATTUNE_ASSIGN_OR_RETURN(buffer.element, ParseBufferElement(parts.second));
    ATTUNE_ASSIGN_OR_RETURN(buffer.extent, reader.Size(absl::StrCat(kExtentPrefix, buffer.name)));
    buffers.push_back(std::move(buffer));
  }
  return buffers;
}

absl::Status ReadExpressions(Reader& reader, Problem& problem) {
  ATTUNE_ASSIGN_OR_RETURN(problem.score_expression,
                          Unescaped(reader.OptionalTrait("score_expression").value_or("")));
  ATTUNE_ASSIGN_OR_RETURN(problem.mask_expression,
                          Unescaped(reader.OptionalTrait("mask_expression").value_or("")));
  ATTUNE_ASSIGN_OR_RETURN(problem.buffers, ReadBuffers(reader));
  return absl::OkStatus();
}

void AddExpressions(const Problem& problem, Workload& workload) {
  if (!problem.score_expression.empty()) {
    workload.traits["score_expression"] = Escaped(problem.score_expression);
  }
  if (!problem.mask_expression.empty()) {
    workload.traits["mask_expression"] = Escaped(problem.mask_expression);
  }
  std::vector<std::string> names;
  for (const NamedBuffer& buffer : problem.buffers) {
    names.push_back(absl::StrCat(buffer.name, ":", BufferElementName(buffer.element)));
    workload.sizes[absl::StrCat(kExtentPrefix, buffer.name)] = buffer.extent;
  }
  if (!names.empty()) workload.traits["buffers"] = absl::StrJoin(names, ",");
}

absl::StatusOr<bool> ReadFlag(Reader& reader, absl::string_view name) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string value, reader.OneOf(name, {"0", "1"}));
  return value == "1";
}

}  // namespace

Workload WorkloadOf(const Problem& problem, Direction direction) {
  Workload workload;
  workload.operator_name = std::string(OperatorName(direction));
  workload.traits = {
      {"dtype", std::string(DtypeName(problem.dtype))}, {"qk_dim", absl::StrCat(problem.qk_dim)},
      {"v_dim", absl::StrCat(problem.v_dim)},           {"mask", MaskTrait(problem.mask)},
      {"soft_cap", problem.soft_cap != 0 ? "1" : "0"},  {"alibi", problem.alibi ? "1" : "0"},
  };
  workload.sizes = {
      {"batch", problem.batch}, {"q_heads", problem.q_heads}, {"kv_heads", problem.kv_heads},
      {"q_len", problem.q_len}, {"kv_len", problem.kv_len},
  };
  if (problem.packed) {
    workload.traits["packed"] = "1";
    workload.sizes["total_q_len"] = problem.packed->total_q_len;
    workload.sizes["total_kv_len"] = problem.packed->total_kv_len;
  }
  AddExpressions(problem, workload);
  const Mask& mask = problem.mask;
  if (mask.bounded()) {
    workload.traits["alignment"] =
        mask.alignment == Alignment::kBottomRight ? kBottomRight : kTopLeft;
  }
  if (mask.bounded() && !IsCausal(mask)) {
    if (mask.left.has_value()) workload.sizes["window_left"] = *mask.left;
    if (mask.right.has_value()) workload.sizes["window_right"] = *mask.right;
  }
  return workload;
}

absl::StatusOr<AttentionWorkload> ProblemOf(const Workload& workload) {
  AttentionWorkload result;
  Problem& problem = result.problem;
  Reader reader(workload);
  ATTUNE_ASSIGN_OR_RETURN(result.direction, ParseDirection(workload));
  ATTUNE_ASSIGN_OR_RETURN(const std::string dtype, reader.Trait("dtype"));
  ATTUNE_ASSIGN_OR_RETURN(problem.dtype, ParseDtype(dtype));
  ATTUNE_ASSIGN_OR_RETURN(problem.qk_dim, reader.IntegerTrait("qk_dim"));
  ATTUNE_ASSIGN_OR_RETURN(problem.v_dim, reader.IntegerTrait("v_dim"));
  ATTUNE_ASSIGN_OR_RETURN(problem.mask, ReadMask(reader));
  ATTUNE_ASSIGN_OR_RETURN(const bool soft_cap, ReadFlag(reader, "soft_cap"));
  if (soft_cap) problem.soft_cap = kRepresentativeSoftCap;
  ATTUNE_ASSIGN_OR_RETURN(problem.alibi, ReadFlag(reader, "alibi"));
  ATTUNE_ASSIGN_OR_RETURN(problem.batch, reader.Size("batch"));
  ATTUNE_ASSIGN_OR_RETURN(problem.q_heads, reader.Size("q_heads"));
  ATTUNE_ASSIGN_OR_RETURN(problem.kv_heads, reader.Size("kv_heads"));
  ATTUNE_ASSIGN_OR_RETURN(problem.q_len, reader.Size("q_len"));
  ATTUNE_ASSIGN_OR_RETURN(problem.kv_len, reader.Size("kv_len"));
  ATTUNE_ASSIGN_OR_RETURN(problem.packed, ReadPacked(reader));
  ATTUNE_RETURN_IF_ERROR(ReadExpressions(reader, problem));
  ATTUNE_RETURN_IF_ERROR(reader.CheckNothingLeft());
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  return result;
}

Variables ProblemVariables(const Problem& problem) {
  const std::string mask = MaskTrait(problem.mask);
  return {
      {"batch", problem.batch},
      {"q_heads", problem.q_heads},
      {"kv_heads", problem.kv_heads},
      {"q_len", problem.q_len},
      {"kv_len", problem.kv_len},
      {"qk_dim", problem.qk_dim},
      {"v_dim", problem.v_dim},
      {"dtype_bytes", DtypeBytes(problem.dtype)},
      {"dtype_is_bf16", problem.dtype == Dtype::kBfloat16},
      {"causal", mask == "causal"},
      {"window", mask == "window"},
      {"soft_cap", problem.soft_cap != 0},
      {"alibi", problem.alibi},
      {"packed", problem.packed.has_value()},
  };
}

}  // namespace attune
