#include "attention/ternary/model/quantize_command.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "attention/ternary/model/output_folder.h"
#include "attention/ternary/model/quantize_model.h"
#include "base/file.h"
#include "base/status_macros.h"
#include "base/text_table.h"

namespace attune {
namespace {

constexpr char kHelp[] = R"(quantize INPUT OUTPUT [FLAGS]

Makes the weight matrices in the safetensors files of folder INPUT ternary, and writes a .ternary
file for each into folder OUTPUT, which must not exist. What is no matrix of fp32, fp16 or bf16, is
small, or has one of the skipped names in its own is kept as it is. Format: docs/ternary.md.

  --threshold=METHOD    optimal (least squares, the default), max, mean, percentile, mean_std, manual
  --parameter=NUMBER    of the method: the factor of max (0.7) and mean (0.7), the percentile (50),
                        the deviations above the mean (0), the threshold itself
  --group=COLUMNS       columns that share a scale: 32, 64, 128, or 0 for the row (0)
  --least_elements=N    keep matrices of fewer elements (65536)
  --skip=A,B            keep tensors with one of these in their name (embed,norm,lm_head)
  --unpack              the way back: .ternary files of INPUT become safetensors files in OUTPUT;
                        without the flags above, which say how to quantize

Exit code: 0, or 1 with one line that says what is wrong. OUTPUT is written whole or not at all.
)";

constexpr char kDenseSuffix[] = ".safetensors";
constexpr char kTernarySuffix[] = ".ternary";

struct QuantizeArguments {
  std::vector<std::string> folders;
  ModelQuantizationOptions options;
  std::string option;  // a flag that set one of them
  bool unpack = false;
  bool help = false;
};

// Flags that have a value, and how --help writes it.
constexpr std::pair<absl::string_view, absl::string_view> kValues[] = {{"threshold", "METHOD"},
                                                                       {"parameter", "NUMBER"},
                                                                       {"group", "COLUMNS"},
                                                                       {"least_elements", "N"},
                                                                       {"skip", "A,B"}};

absl::Status NoValue(absl::string_view name) {
  for (const auto& [known, value] : kValues) {
    if (name != known) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--", name, " needs a value: --", name, "=", value));
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no flag --", name, "; see --help"));
}

absl::Status SetFlag(absl::string_view name, absl::string_view value,
                     QuantizeArguments& arguments) {
  const auto error = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", value, "\" is no value of --", name, "; see --help"));
  };
  QuantizerOptions& quantizer = arguments.options.quantizer;
  if (name == "threshold") {
    ATTUNE_ASSIGN_OR_RETURN(quantizer.threshold.method, ParseThresholdMethod(value));
  } else if (name == "parameter") {
    double parameter = 0;
    if (!absl::SimpleAtod(value, &parameter)) return error();
    quantizer.threshold.parameter = parameter;
  } else if (name == "group") {
    if (!absl::SimpleAtoi(value, &quantizer.group)) return error();
    ATTUNE_RETURN_IF_ERROR(
        Validate(TernaryShape{.rows = 1, .columns = 1, .group = quantizer.group}));
  } else if (name == "least_elements") {
    if (!absl::SimpleAtoi(value, &arguments.options.least_elements)) return error();
  } else if (name == "skip") {
    arguments.options.skipped_names = absl::StrSplit(value, ',', absl::SkipEmpty());
  } else {
    return absl::InvalidArgumentError(absl::StrCat("there is no flag --", name, "; see --help"));
  }
  arguments.option = std::string(name);
  return absl::OkStatus();
}

absl::StatusOr<QuantizeArguments> ParseArguments(const std::vector<std::string>& texts) {
  QuantizeArguments arguments;
  for (const std::string& text : texts) {
    absl::string_view flag = text;
    if (text == "--help" || text == "-h") {
      arguments.help = true;
    } else if (text == "--unpack") {
      arguments.unpack = true;
    } else if (absl::ConsumePrefix(&flag, "--")) {
      const size_t equals = flag.find('=');
      // An empty value is one: it has to be written.
      if (equals == flag.npos) return NoValue(flag);
      ATTUNE_RETURN_IF_ERROR(SetFlag(flag.substr(0, equals), flag.substr(equals + 1), arguments));
    } else {
      arguments.folders.push_back(text);
    }
  }
  if (arguments.help) return arguments;
  if (arguments.unpack && !arguments.option.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--", arguments.option, " says how to quantize, and --unpack does not; leave one out"));
  }
  if (arguments.folders.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("two folders are expected, the input and the output, not ",
                     arguments.folders.size(), "; see --help"));
  }
  ATTUNE_RETURN_IF_ERROR(Validate(arguments.options.quantizer.threshold));
  return arguments;
}

// What the file at `path` becomes. Adds a row for each of its tensors to `table`.
absl::StatusOr<std::string> Convert(const std::string& path, const QuantizeArguments& arguments,
                                    std::vector<std::vector<std::string>>& table) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  if (arguments.unpack) {
    ATTUNE_ASSIGN_OR_RETURN(const TernaryFile file, ParseTernaryFile(content));
    for (const ModelTensor& tensor : file.tensors) {
      const std::string from = tensor.ternary.has_value() ? "unpacked to " : "kept: of ";
      table.push_back({tensor.dense.name, absl::StrCat(from, tensor.dense.dtype)});
    }
    return UnpackModel(file);
  }
  ATTUNE_ASSIGN_OR_RETURN(const SafetensorsFile file, ParseSafetensors(content));
  ATTUNE_ASSIGN_OR_RETURN(const QuantizedModel model, QuantizeModel(file, arguments.options));
  for (const TensorReport& report : model.reports) table.push_back({report.name, report.outcome});
  return FormatTernaryFile(model.file);
}

absl::Status ConvertFolder(const QuantizeArguments& arguments, std::ostream& out) {
  const std::string& input = arguments.folders[0];
  const std::string from = arguments.unpack ? kTernarySuffix : kDenseSuffix;
  const std::string to = arguments.unpack ? kDenseSuffix : kTernarySuffix;
  ATTUNE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, ListFiles(input, from));
  if (paths.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no ", from, " file in ", input));
  }
  ATTUNE_ASSIGN_OR_RETURN(OutputFolder output, OutputFolder::Create(arguments.folders[1]));
  std::vector<std::vector<std::string>> table;
  for (const std::string& path : paths) {
    const absl::StatusOr<std::string> converted = Convert(path, arguments, table);
    if (!converted.ok()) {
      return absl::Status(converted.status().code(),
                          absl::StrCat(path, ": ", converted.status().message()));
    }
    const std::string name = std::filesystem::path(path).stem().string() + to;
    ATTUNE_RETURN_IF_ERROR(output.Write(name, *converted));
  }
  ATTUNE_RETURN_IF_ERROR(output.Commit());
  out << FormatTable({{"tensor"}, {"what became of it"}}, table);
  return absl::OkStatus();
}

}  // namespace

int RunQuantizeCommand(const std::vector<std::string>& texts, std::ostream& out,
                       std::ostream& err) {
  const absl::StatusOr<QuantizeArguments> arguments = ParseArguments(texts);
  if (arguments.ok() && arguments->help) {
    out << kHelp;
    return 0;
  }
  const absl::Status status = arguments.ok() ? ConvertFolder(*arguments, out) : arguments.status();
  if (status.ok()) return 0;
  err << "quantize: " << status.message() << "\n";
  return 1;
}

}  // namespace attune
