#include "autotune/workload/workload.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr absl::string_view kForm = "operator[trait=value ...] size=integer ...";

absl::Status FormError(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("workload \"", text, "\": ", what, "; expected ", kForm));
}

// Splits "a=1 b=2" at spaces and '='.
absl::StatusOr<std::map<absl::string_view, absl::string_view>> ParsePairs(absl::string_view list,
                                                                          absl::string_view text) {
  std::map<absl::string_view, absl::string_view> pairs;
  for (absl::string_view item : absl::StrSplit(list, ' ', absl::SkipEmpty())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(item, '=');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
      return FormError(text, absl::StrCat("\"", item, "\" is not name=value"));
    }
    if (!pairs.emplace(parts[0], parts[1]).second) {
      return FormError(text, absl::StrCat(parts[0], " stands twice"));
    }
  }
  return pairs;
}

// The smallest 2^k or 3*2^(k-1) that is not below `size`; the largest int64 where there is none.
int64_t RoundUpToBucket(int64_t size) {
  if (size <= 1) return size;
  constexpr int64_t kLargestBucket = int64_t{3} << 61;
  if (size > kLargestBucket) return std::numeric_limits<int64_t>::max();
  const int64_t below = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(size)));
  if (size == below) return below;
  const int64_t half_way = below + below / 2;
  return size <= half_way ? half_way : 2 * below;
}

}  // namespace

std::string Workload::ToString() const {
  std::string text =
      absl::StrCat(operator_name, "[", absl::StrJoin(traits, " ", absl::PairFormatter("=")), "]");
  for (const auto& [name, size] : sizes) absl::StrAppend(&text, " ", name, "=", size);
  return text;
}

absl::StatusOr<Workload> Workload::Parse(absl::string_view text) {
  const size_t open = text.find('[');
  const size_t close = text.find(']');
  if (open == absl::string_view::npos || close == absl::string_view::npos || close < open) {
    return FormError(text, "no traits in brackets");
  }
  Workload workload;
  workload.operator_name = std::string(text.substr(0, open));
  if (workload.operator_name.empty()) return FormError(text, "no operator before the brackets");
  if (text.find_first_of(" =") < open) return FormError(text, "' ' or '=' in the operator's name");
  const absl::string_view rest = text.substr(close + 1);
  if (rest.find_first_of("[]") != absl::string_view::npos ||
      text.substr(open + 1, close - open - 1).find('[') != absl::string_view::npos) {
    return FormError(text, "more than one pair of brackets");
  }
  if (!rest.empty() && rest.front() != ' ') return FormError(text, "no space after the brackets");

  ATTUNE_ASSIGN_OR_RETURN(const auto traits,
                          ParsePairs(text.substr(open + 1, close - open - 1), text));
  workload.traits.insert(traits.begin(), traits.end());
  ATTUNE_ASSIGN_OR_RETURN(const auto sizes, ParsePairs(rest, text));
  for (const auto& [name, value] : sizes) {
    int64_t size = 0;
    if (!absl::SimpleAtoi(value, &size) || size < 0) {
      return FormError(text, absl::StrCat("size ", name, " is \"", value, "\", no count"));
    }
    workload.sizes.emplace(name, size);
  }
  return workload;
}

Workload Bucketed(const Workload& workload) {
  Workload bucketed = workload;
  for (auto& [name, size] : bucketed.sizes) size = RoundUpToBucket(size);
  return bucketed;
}

double Distance(const Workload& a, const Workload& b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (a.operator_name != b.operator_name || a.traits != b.traits) return kInfinity;
  if (a.sizes.size() != b.sizes.size()) return kInfinity;
  double distance = 0;
  for (auto i = a.sizes.begin(), j = b.sizes.begin(); i != a.sizes.end(); ++i, ++j) {
    if (i->first != j->first) return kInfinity;
    // Equal sizes may both be zero, of which there is no ratio.
    if (i->second == j->second) continue;
    distance += std::abs(std::log2(static_cast<double>(i->second)) -
                         std::log2(static_cast<double>(j->second)));
  }
  return distance;
}

}  // namespace attune
