// A kernel family's declared parameters and the named constraints between them.
#ifndef ATTUNE_AUTOTUNE_PARAMETER_SPACE_H_
#define ATTUNE_AUTOTUNE_PARAMETER_SPACE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "autotune/configuration.h"
#include "autotune/expression.h"
#include "autotune/variables.h"

namespace attune {

struct Parameter {
  std::string name;
  std::vector<int64_t> values;  // ascending, distinct
  int64_t default_value = 0;
  std::string doc;
};

struct Constraint {
  std::string name;
  std::string expression;
  std::string doc;
};

// What is left of a space under a workload and a device, and what took the rest away.
struct Enumeration {
  std::vector<Configuration> admitted;
  // For each constraint, how many configurations it removed. A configuration counts for the first
  // constraint that removes it: those that name nothing but parameters are asked first, by the last
  // parameter that they name, then the others; otherwise in the space's order.
  std::map<std::string, int64_t, std::less<>> removed;
};

class ParameterSpace {
 public:
  // Parses the text protobuf ParameterSpaceSpec. Errors are one line, "source:line:column: what":
  // unknown fields, no parameters, a default that is not among the values, values that do not
  // ascend, duplicate names, expressions that do not parse, more combinations than can be
  // enumerated (10^8).
  static absl::StatusOr<ParameterSpace> Parse(absl::string_view text, absl::string_view source);

  // What it was parsed from.
  const std::string& text() const { return text_; }
  const std::string& kernel() const { return kernel_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::vector<Constraint>& constraints() const { return constraints_; }

  // The number of combinations, constraints aside.
  int64_t size() const;
  Configuration Default() const;

  // OK if `configuration` has exactly the space's parameters, in order, each with a declared value.
  absl::Status Validate(const Configuration& configuration) const;

  // The name of the first constraint that removes `configuration`, or nullopt if all admit it.
  // `variables` gives every name in the expressions that is not a parameter; a name given by
  // neither is an InvalidArgument.
  absl::StatusOr<std::optional<std::string>> RemovedBy(const Configuration& configuration,
                                                       const Variables& variables) const;

  using Model = absl::FunctionRef<absl::StatusOr<Variables>(const Configuration&)>;
  // Tries every combination against the constraints; `model` gives the variables of each
  // combination that the constraints between parameters leave.
  absl::StatusOr<Enumeration> Enumerate(Model model) const;

  // The combinations admitted by the constraints that name nothing but parameters: those that exist
  // as code, whatever the workload and the device.
  absl::StatusOr<std::vector<Configuration>> EnumerateStatic() const;

 private:
  // A constraint's expression, and where its names find their values.
  struct Compiled {
    size_t constraint = 0;  // index into constraints_
    std::shared_ptr<const CompiledExpression> expression;
    // For each of the expression's names the index of the parameter, or -1 for a variable.
    std::vector<int> parameter_of_name;
  };
  class Builder;

  // Whether every constraint of `group` admits the parameters' `values`, and otherwise which is the
  // first that does not.
  absl::StatusOr<std::optional<size_t>> FirstRemoving(absl::Span<const Compiled> group,
                                                      absl::Span<const int64_t> values,
                                                      const Variables& variables) const;
  using Visit = absl::FunctionRef<absl::Status(absl::Span<const int64_t> values)>;
  // Calls `visit` with each combination of values that the static constraints admit, the last
  // parameter running fastest, until it fails, and adds to `removed`, by constraint, how many
  // combinations each of them took away.
  absl::Status ForEachCombination(Visit visit, std::vector<int64_t>& removed) const;
  // The same for those that begin like `values`, up to parameter `depth`.
  absl::Status Descend(size_t depth, std::vector<int64_t>& values, Visit visit,
                       std::vector<int64_t>& removed) const;
  Configuration MakeConfiguration(absl::Span<const int64_t> values) const;

  std::string text_;
  std::string kernel_;
  std::vector<Parameter> parameters_;
  std::vector<Constraint> constraints_;
  // Those that name nothing but parameters, for each parameter those of which it is the last: asked
  // as soon as that has a value, so that what they remove is never enumerated.
  std::vector<std::vector<Compiled>> static_constraints_;
  std::vector<Compiled> dynamic_constraints_;  // name variables too
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_PARAMETER_SPACE_H_
