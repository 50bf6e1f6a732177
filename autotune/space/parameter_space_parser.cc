// ParameterSpace::Parse: from text protobuf to a checked space, with the place of every mistake.
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/parameter_space.pb.h"
#include "base/status_macros.h"
#include "base/text_proto.h"

namespace attune {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// What constraints rule out early is not walked: hopper_forward has 3e9 combinations, and 500 are
// admitted.
constexpr int64_t kMaxCombinations = 1'000'000'000'000;
// Beyond it, constraints would not see exact values.
constexpr int64_t kMaxMagnitude = int64_t{1} << 53;

}  // namespace

class ParameterSpace::Builder {
 public:
  explicit Builder(absl::string_view source) : source_(source) {}

  absl::StatusOr<ParameterSpace> Build(absl::string_view text) {
    ATTUNE_RETURN_IF_ERROR(ParseTextProto(text, source_, &spec_, &locations_));
    if (!IsVariableName(spec_.kernel())) {
      return Error("kernel", -1,
                   absl::StrCat("kernel \"", absl::CHexEscape(spec_.kernel()),
                                "\" is no identifier; it names the kernel family"));
    }
    space_.text_ = std::string(text);
    space_.kernel_ = spec_.kernel();
    if (spec_.parameter().empty()) {
      return Error("parameter", -1, absl::StrCat("kernel ", spec_.kernel(), " has no parameter"));
    }
    for (int i = 0; i < spec_.parameter_size(); ++i) ATTUNE_RETURN_IF_ERROR(AddParameter(i));
    for (int i = 0; i < spec_.constraint_size(); ++i) ATTUNE_RETURN_IF_ERROR(AddConstraint(i));
    return std::move(space_);
  }

 private:
  // An error at the `index`-th value (-1: the only one) of the spec's `field`; inside that message
  // at its `inner` field where one is named and stands in the text.
  absl::Status Error(const char* field, int index, absl::string_view what,
                     const char* inner = nullptr) const {
    const FieldDescriptor* descriptor = spec_.GetDescriptor()->FindFieldByName(field);
    TextFormat::ParseLocation place;
    if (!descriptor->is_repeated() || index >= 0) place = locations_.GetLocation(descriptor, index);
    if (inner != nullptr) {
      const FieldDescriptor* nested = descriptor->message_type()->FindFieldByName(inner);
      const TextFormat::ParseLocation inside =
          locations_.GetTreeForNested(descriptor, index)
              ->GetLocation(nested, nested->is_repeated() ? 0 : -1);
      if (inside.line >= 0) place = inside;
    }
    return TextErrorAt(source_, std::max(place.line, 0), std::max(place.column, 0), what);
  }

  absl::Status AddParameter(int index) {
    const ParameterSpec& spec = spec_.parameter(index);
    const auto error = [&](const char* field, absl::string_view what) {
      return Error("parameter", index,
                   absl::StrCat("parameter \"", absl::CHexEscape(spec.name()), "\": ", what),
                   field);
    };
    if (!IsVariableName(spec.name())) {
      return error("name", "not an identifier, or the name of a function of constraints");
    }
    if (ParameterIndex(spec.name()) >= 0) return error("name", "declared twice");
    if (spec.values().empty()) return error("values", "no values");
    for (const int64_t value : spec.values()) {
      if (value < -kMaxMagnitude || value > kMaxMagnitude) {
        return error("values", absl::StrCat("value ", value, " is beyond 2^53"));
      }
    }
    if (std::adjacent_find(spec.values().begin(), spec.values().end(),
                           std::greater_equal<int64_t>()) != spec.values().end()) {
      return error("values", "the values do not ascend, each above the one before");
    }
    if (!std::binary_search(spec.values().begin(), spec.values().end(), spec.default_value())) {
      return error("default_value",
                   absl::StrCat("default_value ", spec.default_value(), " is not among the values ",
                                absl::StrJoin(spec.values(), ", ")));
    }
    space_.parameters_.push_back({spec.name(),
                                  {spec.values().begin(), spec.values().end()},
                                  spec.default_value(),
                                  spec.doc()});
    if (spec.values_size() > kMaxCombinations / combinations_) {
      return error("values", absl::StrCat("the space has more than ", kMaxCombinations,
                                          " combinations, too many to enumerate"));
    }
    combinations_ *= spec.values_size();
    return absl::OkStatus();
  }

  absl::Status AddConstraint(int index) {
    const ConstraintSpec& spec = spec_.constraint(index);
    const auto error = [&](const char* field, absl::string_view what) {
      return Error("constraint", index,
                   absl::StrCat("constraint \"", absl::CHexEscape(spec.name()), "\": ", what),
                   field);
    };
    if (!IsVariableName(spec.name())) return error("name", "not an identifier");
    for (const Constraint& other : space_.constraints_) {
      if (other.name == spec.name()) return error("name", "declared twice");
    }
    absl::StatusOr<CompiledExpression> expression = CompiledExpression::Parse(spec.expression());
    if (!expression.ok()) return error("expression", expression.status().message());
    AddCompiled(*std::move(expression));
    space_.constraints_.push_back({spec.name(), spec.expression(), spec.doc()});
    return absl::OkStatus();
  }

  void AddCompiled(CompiledExpression expression) {
    Compiled compiled;
    compiled.constraint = space_.constraints_.size();
    for (const std::string& name : expression.names()) {
      compiled.parameter_of_name.push_back(ParameterIndex(name));
    }
    compiled.expression = std::make_shared<CompiledExpression>(std::move(expression));
    const std::vector<int>& parameters = compiled.parameter_of_name;
    const auto last = std::max_element(parameters.begin(), parameters.end());
    if (last != parameters.end() && *last > 0) {
      compiled.last_parameter = static_cast<size_t>(*last);
    }
    space_.compiled_.push_back(std::move(compiled));
  }

  int ParameterIndex(absl::string_view name) const {
    for (size_t i = 0; i < space_.parameters_.size(); ++i) {
      if (space_.parameters_[i].name == name) return static_cast<int>(i);
    }
    return -1;
  }

  const absl::string_view source_;
  ParameterSpaceSpec spec_;
  TextFormat::ParseInfoTree locations_;
  int64_t combinations_ = 1;
  ParameterSpace space_;
};

absl::StatusOr<ParameterSpace> ParameterSpace::Parse(absl::string_view text,
                                                     absl::string_view source) {
  return Builder(source).Build(text);
}

}  // namespace attune
