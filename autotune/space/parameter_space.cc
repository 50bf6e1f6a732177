#include "autotune/space/parameter_space.h"

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// A variable that is not what it was said to be would have removed the wrong configurations.
absl::Status CheckFixed(const Variables& fixed, const Variables& variables,
                        const Configuration& configuration) {
  for (const auto& [name, value] : fixed) {
    const auto modelled = variables.find(name);
    if (modelled != variables.end() && modelled->second == value) continue;
    return absl::InternalError(
        absl::StrCat("variable ", name, " was said to be ", value, " for every configuration; for ",
                     configuration.ToString(), " the model gives ",
                     modelled == variables.end() ? "none" : absl::StrCat(modelled->second)));
  }
  return absl::OkStatus();
}

}  // namespace

int64_t ParameterSpace::size() const {
  int64_t size = 1;
  for (const Parameter& parameter : parameters_) {
    size *= static_cast<int64_t>(parameter.values.size());
  }
  return size;
}

Configuration ParameterSpace::Default() const {
  std::vector<Configuration::Entry> entries;
  for (const Parameter& parameter : parameters_) {
    entries.emplace_back(parameter.name, parameter.default_value);
  }
  return Configuration(std::move(entries));
}

absl::Status ParameterSpace::Validate(const Configuration& configuration) const {
  const std::vector<Configuration::Entry>& entries = configuration.entries();
  const auto names_equal = [](const Configuration::Entry& entry, const Parameter& parameter) {
    return entry.first == parameter.name;
  };
  if (!std::equal(entries.begin(), entries.end(), parameters_.begin(), parameters_.end(),
                  names_equal)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "configuration ", configuration.ToString(), " does not fit ", kernel_,
        ", whose parameters are ",
        absl::StrJoin(parameters_, ", ", [](std::string* out, const Parameter& parameter) {
          out->append(parameter.name);
        })));
  }
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::vector<int64_t>& values = parameters_[i].values;
    if (!std::binary_search(values.begin(), values.end(), entries[i].second)) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameter ", entries[i].first, "=", entries[i].second, " of ", kernel_,
                       " is not among its values ", absl::StrJoin(values, ", ")));
    }
  }
  return absl::OkStatus();
}

ParameterSpace::Schedule ParameterSpace::ScheduleFor(const Variables& fixed) const {
  Schedule schedule;
  schedule.at_parameter.resize(parameters_.size());
  for (const Compiled& compiled : compiled_) {
    const std::vector<std::string>& names = compiled.expression->names();
    Asked asked = {.compiled = &compiled, .arguments = std::vector<double>(names.size())};
    for (size_t i = 0; i < names.size(); ++i) {
      const auto known = fixed.find(names[i]);
      if (compiled.parameter_of_name[i] >= 0) {
        asked.of_parameters.push_back(i);
      } else if (known == fixed.end()) {
        asked.of_variables.push_back(i);
      } else {
        asked.arguments[i] = known->second;
      }
    }
    auto& group =
        asked.of_variables.empty() ? schedule.at_parameter[compiled.last_parameter] : schedule.last;
    group.push_back(std::move(asked));
  }
  return schedule;
}

absl::StatusOr<std::optional<size_t>> ParameterSpace::FirstRemoving(
    absl::Span<Asked> group, absl::Span<const int64_t> values, const Variables& variables) const {
  for (Asked& asked : group) {
    const Compiled& compiled = *asked.compiled;
    for (const size_t i : asked.of_parameters) {
      const auto parameter = static_cast<size_t>(compiled.parameter_of_name[i]);
      asked.arguments[i] = static_cast<double>(values[parameter]);
    }
    for (const size_t i : asked.of_variables) {
      const std::string& name = compiled.expression->names()[i];
      const auto variable = variables.find(name);
      if (variable == variables.end()) {
        return absl::InvalidArgumentError(
            absl::StrCat("constraint ", constraints_[compiled.constraint].name, " of ", kernel_,
                         " names ", name, ", which is neither a parameter nor given by the model"));
      }
      asked.arguments[i] = variable->second;
    }
    const absl::StatusOr<double> admitted = compiled.expression->EvaluateInOrder(asked.arguments);
    if (!admitted.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "constraint ", constraints_[compiled.constraint].name, " of ", kernel_, ", at ",
          MakeConfiguration(values).ToString(), ": ", admitted.status().message()));
    }
    if (*admitted == 0) return std::optional<size_t>(compiled.constraint);
  }
  return std::optional<size_t>();
}

absl::StatusOr<std::optional<std::string>> ParameterSpace::RemovedBy(
    const Configuration& configuration, const Variables& variables) const {
  ATTUNE_RETURN_IF_ERROR(Validate(configuration));
  std::vector<int64_t> values;
  for (const auto& [name, value] : configuration.entries()) values.push_back(value);
  Schedule schedule = ScheduleFor({});
  std::optional<size_t> removing;
  for (std::vector<Asked>& group : schedule.at_parameter) {
    ATTUNE_ASSIGN_OR_RETURN(removing, FirstRemoving(absl::MakeSpan(group), values, variables));
    if (removing.has_value()) return std::optional<std::string>(constraints_[*removing].name);
  }
  ATTUNE_ASSIGN_OR_RETURN(removing,
                          FirstRemoving(absl::MakeSpan(schedule.last), values, variables));
  if (!removing.has_value()) return std::optional<std::string>();
  return std::optional<std::string>(constraints_[*removing].name);
}

absl::StatusOr<Enumeration> ParameterSpace::Enumerate(const Variables& fixed, Model model) const {
  Enumeration enumeration;
  Schedule schedule = ScheduleFor(fixed);
  std::vector<int64_t> removed(constraints_.size(), 0);
  const auto visit = [&](absl::Span<const int64_t> values) -> absl::Status {
    Configuration configuration = MakeConfiguration(values);
    ATTUNE_ASSIGN_OR_RETURN(const Variables variables, model(configuration));
    ATTUNE_RETURN_IF_ERROR(CheckFixed(fixed, variables, configuration));
    ATTUNE_ASSIGN_OR_RETURN(const std::optional<size_t> removing,
                            FirstRemoving(absl::MakeSpan(schedule.last), values, variables));
    if (removing.has_value()) {
      ++removed[*removing];
    } else {
      enumeration.admitted.push_back(std::move(configuration));
    }
    return absl::OkStatus();
  };
  ATTUNE_RETURN_IF_ERROR(ForEachCombination({schedule, visit, removed}));
  for (size_t i = 0; i < constraints_.size(); ++i) {
    enumeration.removed[constraints_[i].name] = removed[i];
  }
  return enumeration;
}

absl::StatusOr<std::vector<Configuration>> ParameterSpace::EnumerateStatic() const {
  std::vector<Configuration> admitted;
  std::vector<int64_t> removed(constraints_.size(), 0);
  const auto visit = [&](absl::Span<const int64_t> values) {
    admitted.push_back(MakeConfiguration(values));
    return absl::OkStatus();
  };
  Schedule schedule = ScheduleFor({});
  ATTUNE_RETURN_IF_ERROR(ForEachCombination({schedule, visit, removed}));
  return admitted;
}

absl::Status ParameterSpace::ForEachCombination(const Walk& walk) const {
  std::vector<int64_t> values;
  for (const Parameter& parameter : parameters_) values.push_back(parameter.values.front());
  return Descend(0, values, walk);
}

absl::Status ParameterSpace::Descend(size_t depth, std::vector<int64_t>& values,
                                     const Walk& walk) const {
  if (depth == parameters_.size()) return walk.visit(values);
  int64_t below = 1;
  for (size_t i = depth + 1; i < parameters_.size(); ++i) {
    below *= static_cast<int64_t>(parameters_[i].values.size());
  }
  const absl::Span<Asked> group = absl::MakeSpan(walk.schedule.at_parameter[depth]);
  const Variables no_others;
  for (const int64_t value : parameters_[depth].values) {
    values[depth] = value;
    ATTUNE_ASSIGN_OR_RETURN(const std::optional<size_t> removing,
                            FirstRemoving(group, values, no_others));
    if (removing.has_value()) {
      walk.removed[*removing] += below;
    } else {
      ATTUNE_RETURN_IF_ERROR(Descend(depth + 1, values, walk));
    }
  }
  return absl::OkStatus();
}

Configuration ParameterSpace::MakeConfiguration(absl::Span<const int64_t> values) const {
  std::vector<Configuration::Entry> entries;
  entries.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) entries.emplace_back(parameters_[i].name, values[i]);
  return Configuration(std::move(entries));
}

}  // namespace attune
