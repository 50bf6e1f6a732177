#include "attention/ternary/matmul_problem.h"

#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr Activation kActivations[] = {Activation::kFloat32, Activation::kBfloat16,
                                       Activation::kInt8};

absl::Status Error(const Workload& workload, absl::string_view what, absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("workload '", workload.ToString(), "' ", what, " ", name));
}

template <typename Value>
absl::StatusOr<Value> Find(const Workload& workload,
                           const std::map<std::string, Value, std::less<>>& values,
                           absl::string_view kind, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) return Error(workload, absl::StrCat("has no ", kind), name);
  return found->second;
}

absl::StatusOr<int64_t> IntegerTrait(const Workload& workload, const std::string& name) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string text, Find(workload, workload.traits, "trait", name));
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    return Error(workload, "has a trait that is no integer:", name);
  }
  return value;
}

// WorkloadOf gives every name that there is.
template <typename Value>
absl::Status CheckNames(const Workload& workload,
                        const std::map<std::string, Value, std::less<>>& values,
                        const std::map<std::string, Value, std::less<>>& known,
                        absl::string_view kind) {
  for (const auto& [name, value] : values) {
    if (known.count(name) == 0) {
      return Error(workload, absl::StrCat("has an unknown ", kind, ":"), name);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadTraits(const Workload& workload, TernaryMatmulProblem& problem) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string activation,
                          Find(workload, workload.traits, "trait", "activation"));
  ATTUNE_ASSIGN_OR_RETURN(problem.activation, ParseActivation(activation));
  ATTUNE_ASSIGN_OR_RETURN(const std::string output,
                          Find(workload, workload.traits, "trait", "output"));
  ATTUNE_ASSIGN_OR_RETURN(problem.output, ParseDtype(output));
  ATTUNE_ASSIGN_OR_RETURN(problem.weights.group, IntegerTrait(workload, "group"));
  ATTUNE_ASSIGN_OR_RETURN(const int64_t bias, IntegerTrait(workload, "bias"));
  if (bias != 0 && bias != 1) return Error(workload, "has a trait other than 0 and 1:", "bias");
  problem.bias = bias == 1;
  return absl::OkStatus();
}

}  // namespace

absl::string_view ActivationName(Activation activation) {
  switch (activation) {
    case Activation::kFloat32:
      return "fp32";
    case Activation::kBfloat16:
      return "bf16";
    case Activation::kInt8:
      return "int8";
  }
  return "unknown";
}

absl::StatusOr<Activation> ParseActivation(absl::string_view name) {
  for (const Activation activation : kActivations) {
    if (ActivationName(activation) == name) return activation;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown type of activations '", name, "'; expected fp32, bf16 or int8"));
}

int64_t ActivationBytes(Activation activation) {
  switch (activation) {
    case Activation::kFloat32:
      return 4;
    case Activation::kBfloat16:
      return 2;
    case Activation::kInt8:
      return 1;
  }
  return 0;
}

std::string TernaryMatmulProblem::ToString() const {
  return absl::StrCat("batch=", batch, " weights=", weights.ToString(),
                      " activation=", ActivationName(activation), " output=", DtypeName(output),
                      bias ? " bias" : "");
}

absl::Status Validate(const TernaryMatmulProblem& problem) {
  if (problem.batch < 1 || problem.batch > kMaxTernaryBatch) {
    return absl::InvalidArgumentError(absl::StrCat("a ternary product has batch ", problem.batch,
                                                   "; expected 1 to ", kMaxTernaryBatch));
  }
  if (problem.output == Dtype::kFloat16) {
    return absl::InvalidArgumentError("a ternary product gives fp32 or bf16, not fp16");
  }
  return Validate(problem.weights);
}

double Flops(const TernaryMatmulProblem& problem) {
  return 2.0 * static_cast<double>(problem.batch) * static_cast<double>(problem.weights.rows) *
         static_cast<double>(problem.weights.columns);
}

int64_t BytesMoved(const TernaryMatmulProblem& problem) {
  const int64_t scales = problem.activation == Activation::kInt8 ? 4 * problem.batch : 0;
  const int64_t bias = problem.bias ? 4 * problem.weights.rows : 0;
  return TernaryBytes(problem.weights) + scales + bias +
         problem.batch * (problem.weights.columns * ActivationBytes(problem.activation) +
                          problem.weights.rows * DtypeBytes(problem.output));
}

Workload WorkloadOf(const TernaryMatmulProblem& problem) {
  return {.operator_name = kTernaryMatmul,
          .traits = {{"activation", std::string(ActivationName(problem.activation))},
                     {"output", std::string(DtypeName(problem.output))},
                     {"group", absl::StrCat(problem.weights.group)},
                     {"bias", problem.bias ? "1" : "0"}},
          .sizes = {{"batch", problem.batch},
                    {"rows", problem.weights.rows},
                    {"columns", problem.weights.columns}}};
}

absl::StatusOr<TernaryMatmulProblem> TernaryMatmulProblemOf(const Workload& workload) {
  if (workload.operator_name != kTernaryMatmul) {
    return Error(workload, "is of another operator; expected", kTernaryMatmul);
  }
  TernaryMatmulProblem problem;
  const Workload known = WorkloadOf(problem);
  ATTUNE_RETURN_IF_ERROR(CheckNames(workload, workload.traits, known.traits, "trait"));
  ATTUNE_RETURN_IF_ERROR(CheckNames(workload, workload.sizes, known.sizes, "size"));
  ATTUNE_RETURN_IF_ERROR(ReadTraits(workload, problem));
  ATTUNE_ASSIGN_OR_RETURN(problem.batch, Find(workload, workload.sizes, "size", "batch"));
  ATTUNE_ASSIGN_OR_RETURN(problem.weights.rows, Find(workload, workload.sizes, "size", "rows"));
  ATTUNE_ASSIGN_OR_RETURN(problem.weights.columns,
                          Find(workload, workload.sizes, "size", "columns"));
  ATTUNE_RETURN_IF_ERROR(Validate(problem));
  return problem;
}

Variables ProblemVariables(const TernaryMatmulProblem& problem) {
  return {
      {"batch", problem.batch},
      {"rows", problem.weights.rows},
      {"columns", problem.weights.columns},
      {"group", problem.weights.group},
      {"activation_bytes", ActivationBytes(problem.activation)},
      {"activation_is_bf16", problem.activation == Activation::kBfloat16},
      {"activation_is_int8", problem.activation == Activation::kInt8},
      {"output_bytes", DtypeBytes(problem.output)},
      {"bias", problem.bias},
  };
}

}  // namespace attune
