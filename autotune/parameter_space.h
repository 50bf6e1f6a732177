// A kernel family's declared parameters and the named constraints between them.
#ifndef ATTUNE_AUTOTUNE_PARAMETER_SPACE_H_
#define ATTUNE_AUTOTUNE_PARAMETER_SPACE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "autotune/configuration.h"
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
  // constraint in the space's order that removes it.
  std::map<std::string, int64_t, std::less<>> removed;
};

class ParameterSpace {
 public:
  // Parses the text protobuf ParameterSpaceSpec. Errors name `source` and the line: unknown fields,
  // no parameters, a default that is not among the values, duplicate names, expressions that do not
  // parse.
  static absl::StatusOr<ParameterSpace> Parse(absl::string_view text, absl::string_view source);

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
  // Tries every combination against every constraint; `model` gives the variables of each.
  absl::StatusOr<Enumeration> Enumerate(Model model) const;

  // The combinations admitted by the constraints that name nothing but parameters: those that exist
  // as code, whatever the workload and the device.
  absl::StatusOr<std::vector<Configuration>> EnumerateStatic() const;

 private:
  std::string kernel_;
  std::vector<Parameter> parameters_;
  std::vector<Constraint> constraints_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_PARAMETER_SPACE_H_
