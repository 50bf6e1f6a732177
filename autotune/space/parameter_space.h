// A kernel family's declared parameters and the named constraints between them.
#ifndef ATTUNE_AUTOTUNE_SPACE_PARAMETER_SPACE_H_
#define ATTUNE_AUTOTUNE_SPACE_PARAMETER_SPACE_H_

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
#include "autotune/space/configuration.h"
#include "autotune/space/expression.h"
#include "autotune/space/variables.h"

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
  // constraint that removes it: those that name nothing but parameters and fixed variables are
  // asked first, by the last parameter that they name, then the others; otherwise in the space's
  // order.
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
  // Tries every combination against the constraints. `fixed` are variables that are the same for
  // all of them: a constraint that names no others is asked as soon as its parameters have values,
  // so that what it removes is never enumerated. `model` gives all variables, those in `fixed` too,
  // of each combination that such constraints leave; Internal if it contradicts `fixed`.
  absl::StatusOr<Enumeration> Enumerate(const Variables& fixed, Model model) const;
  // With nothing fixed.
  absl::StatusOr<Enumeration> Enumerate(Model model) const { return Enumerate({}, model); }

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
    // Of the last parameter that it names; 0 where it names none.
    size_t last_parameter = 0;
  };
  // One that is asked again and again.
  struct Asked {
    const Compiled* compiled = nullptr;
    // Of its names: those of variables known from the start hold their values, the others get them
    // each time.
    std::vector<double> arguments;
    std::vector<size_t> of_parameters;
    std::vector<size_t> of_variables;
  };
  // The constraints by when they can be asked, each time in the space's order.
  struct Schedule {
    // For each parameter: as soon as it has a value.
    std::vector<std::vector<Asked>> at_parameter;
    // Once the model has been asked.
    std::vector<Asked> last;
  };
  class Builder;

  // Where the variables in `fixed` are known from the start.
  Schedule ScheduleFor(const Variables& fixed) const;
  // Whether every constraint of `group` admits the parameters' `values`, and otherwise which is the
  // first that does not. Fills their arguments.
  absl::StatusOr<std::optional<size_t>> FirstRemoving(absl::Span<Asked> group,
                                                      absl::Span<const int64_t> values,
                                                      const Variables& variables) const;
  // One walk through the combinations.
  struct Walk {
    Schedule& schedule;
    // Called with each combination that the constraints at parameters admit, the last parameter
    // running fastest, until it fails.
    absl::FunctionRef<absl::Status(absl::Span<const int64_t> values)> visit;
    // By constraint, how many combinations it took away.
    std::vector<int64_t>& removed;
  };
  absl::Status ForEachCombination(const Walk& walk) const;
  // The same for those that begin like `values`, up to parameter `depth`.
  absl::Status Descend(size_t depth, std::vector<int64_t>& values, const Walk& walk) const;
  Configuration MakeConfiguration(absl::Span<const int64_t> values) const;

  std::string text_;
  std::string kernel_;
  std::vector<Parameter> parameters_;
  std::vector<Constraint> constraints_;
  std::vector<Compiled> compiled_;  // one for each constraint, in their order
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SPACE_PARAMETER_SPACE_H_
