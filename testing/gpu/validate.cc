// Says what the GPU is, which kernel family serves what there, and whether plans of standard
// problems give right numbers.
//   gpu_validate --probe                       device and free memory, as one line of JSON
//   gpu_validate --out=FILE [--iterations=N]   the whole, as a report
//   (testing/report/json_report.h)
// Exit code: 0 all right, 1 something is wrong, 2 there is no GPU ("BLOCKED: why").
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "attention/families.h"
#include "attention/tuning/device_tensors.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "numerics/error.h"
#include "testing/gpu/family_table.h"
#include "testing/gpu/gpu.h"
#include "testing/gpu/gpu_plan.h"
#include "testing/gpu/standard_problems.h"
#include "testing/mirrored_run.h"
#include "testing/report/device_state.h"
#include "testing/report/json_report.h"

namespace attune {
namespace {

constexpr char kProgram[] = "//testing/gpu:gpu_validate";
// Above this the fp64 reference takes seconds: then every element is checked to be written and
// finite, and sixteen rows to be right.
constexpr double kMaxReferenceFlops = 1.5e9;

struct Arguments {
  bool probe = false;
  std::string run;
  std::string out;
  int iterations = 1;
};

std::optional<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (argument == "--probe") {
      arguments.probe = true;
    } else if (absl::ConsumePrefix(&argument, "--run=")) {
      arguments.run = std::string(argument);
    } else if (absl::ConsumePrefix(&argument, "--out=")) {
      arguments.out = std::string(argument);
    } else if (!absl::ConsumePrefix(&argument, "--iterations=") ||
               !absl::SimpleAtoi(argument, &arguments.iterations) || arguments.iterations < 1) {
      return std::nullopt;
    }
  }
  const int commands = arguments.probe + !arguments.run.empty() + !arguments.out.empty();
  if (commands != 1) return std::nullopt;
  return arguments;
}

// The errors of a run whose every element was compared, in words; its verdict if that is bad.
absl::StatusOr<std::string> RunWhole(const Problem& problem, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, PlanOnGpu(problem));
  AttentionInputs inputs(problem, Direction::kForward, seed);
  ATTUNE_RETURN_IF_ERROR(RunMirrored(
      *device, inputs,
      [&](const AttentionTensors& tensors, Stream& stream) { return plan.Run(tensors, stream); }));
  const ForwardExpectation expected = ExpectForward(inputs);
  ATTUNE_RETURN_IF_ERROR(VerifyForward(inputs, expected));
  const ErrorReport errors =
      CompareArrays(expected.reference.out, inputs.tensor(TensorRole::kOut).Contiguous());
  return absl::StrCat(plan.family().name(), ": every element, ", errors.ToString());
}

absl::StatusOr<std::string> RunSampled(const Problem& problem, uint64_t seed) {
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan, PlanOnGpu(problem));
  ATTUNE_RETURN_IF_ERROR(RunAndVerifyRows(problem, seed));
  return absl::StrCat(plan.family().name(), ": every element is finite, 16 rows are right");
}

CaseResult Validate(const NamedProblem& named, uint64_t seed) {
  const absl::Time start = absl::Now();
  const bool whole = Flops(named.problem, Direction::kForward) <= kMaxReferenceFlops;
  const absl::StatusOr<std::string> found =
      whole ? RunWhole(named.problem, seed) : RunSampled(named.problem, seed);
  return {.program = kProgram,
          .name = absl::StrCat(named.name, " (seed ", seed, ")"),
          .outcome = found.ok() ? Outcome::kPassed : Outcome::kFailed,
          .seconds = absl::ToDoubleSeconds(absl::Now() - start),
          .message = found.ok()
                         ? *found
                         : absl::StrCat(named.problem.ToString(), ": ", found.status().ToString())};
}

std::vector<NamedProblem> AllProblems() {
  std::vector<NamedProblem> problems = SizedProblems();
  for (NamedProblem& problem : FeatureProblems()) problems.push_back(std::move(problem));
  return problems;
}

absl::StatusOr<int> Probe(const DeviceInfo& device) {
  ATTUNE_ASSIGN_OR_RETURN(const DeviceMemory memory, QueryDeviceMemory());
  std::cout << ToJson(ProbedGpu{.device = device.ToString(),
                                  .free_bytes = memory.free_bytes,
                                  .total_bytes = memory.total_bytes});
  return 0;
}

absl::StatusOr<int> RunOnly(const Arguments& arguments) {
  const std::vector<NamedProblem> problems = AllProblems();
  const auto named = std::find_if(problems.begin(), problems.end(),
                                  [&](const NamedProblem& p) { return p.name == arguments.run; });
  if (named == problems.end()) {
    return absl::NotFoundError(absl::StrCat("there is no problem ", arguments.run));
  }
  ATTUNE_ASSIGN_OR_RETURN(Device* const device, SharedGpu());
  ATTUNE_ASSIGN_OR_RETURN(const AttentionPlan plan,
                          Attention::Plan(named->problem, {.device = device}));
  ATTUNE_ASSIGN_OR_RETURN(const DeviceTensors tensors,
                          DeviceTensors::Create(named->problem, Direction::kForward, *device, 1));
  for (int i = 0; i < arguments.iterations; ++i) ATTUNE_RETURN_IF_ERROR(plan.Run(tensors.Bind()));
  std::cout << plan.Explain();
  return 0;
}

absl::StatusOr<int> ValidateAll(const Arguments& arguments, const DeviceInfo& device) {
  Report report;
  report.command = "validate";
  report.facts = {{"architecture", device.architecture}, {"environment", device.environment}};
  for (const auto& [name, value] : device.attributes) {
    report.facts.emplace_back(name, absl::StrCat(value));
  }
  const std::vector<NamedProblem> problems = AllProblems();
  report.tables.push_back(FamilyTable(AttentionFamilies(), problems, device));
  for (int iteration = 1; iteration <= arguments.iterations; ++iteration) {
    for (const NamedProblem& problem : problems) {
      report.cases.push_back(Validate(problem, iteration));
      const CaseResult& result = report.cases.back();
      std::cout << OutcomeName(result.outcome) << " " << result.name << ": " << result.message
                << std::endl;
    }
  }
  Conclude(report);
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(arguments.out, ToJson(report)));
  return ExitCode(report.outcome);
}

int Main(int argc, char** argv) {
  const std::optional<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.has_value()) {
    std::cerr << "usage: gpu_validate --probe | --run=PROBLEM [--iterations=N] | "
                 "--out=FILE [--iterations=N]\n";
    return 1;
  }
  const absl::StatusOr<Device*> device = SharedGpu();
  if (!device.ok()) {
    std::cout << "BLOCKED: " << device.status().message() << std::endl;
    return 2;
  }
  const DeviceInfo& info = (*device)->info();
  const absl::StatusOr<int> code = arguments->probe         ? Probe(info)
                                   : arguments->run.empty() ? ValidateAll(*arguments, info)
                                                            : RunOnly(*arguments);
  if (code.ok()) return *code;
  std::cerr << "gpu_validate: " << code.status() << "\n";
  return 1;
}

}  // namespace
}  // namespace attune

int main(int argc, char** argv) { return attune::Main(argc, argv); }
