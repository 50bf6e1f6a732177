#include "testing/report/device_state.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "testing/report/format.h"

namespace attune {

using Json = nlohmann::ordered_json;

std::string ToJson(const ProbedGpu& state) {
  const Json object = {{"device", state.device},
                       {"free_bytes", state.free_bytes},
                       {"total_bytes", state.total_bytes}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<ProbedGpu> ParseProbedGpu(absl::string_view json) {
  const Json object = Json::parse(json.begin(), json.end(), nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.value("device", Json()).is_string() ||
      !object.value("free_bytes", Json()).is_number_integer() ||
      !object.value("total_bytes", Json()).is_number_integer()) {
    return absl::InvalidArgumentError(absl::StrCat("no description of a GPU: ", json));
  }
  return ProbedGpu{.device = object["device"],
                     .free_bytes = object["free_bytes"],
                     .total_bytes = object["total_bytes"]};
}

absl::Status CheckFreeMemory(const ProbedGpu& state, double min_gigabytes) {
  if (static_cast<double>(state.free_bytes) >= min_gigabytes * 1e9) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "--min-vram asks for ", FormatGigabytes(min_gigabytes * 1e9), "; of the GPU's ",
      FormatGigabytes(static_cast<double>(state.total_bytes)), " ",
      FormatGigabytes(static_cast<double>(state.free_bytes)), " are free (", state.device, ")"));
}

}  // namespace attune
