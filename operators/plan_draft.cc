#include "operators/plan_draft.h"

namespace attune {

bool IsTheFamilysOwn(const absl::Status& error, bool has_users_code) {
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
      return !has_users_code;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

std::string DescribeDraft(absl::string_view family, const std::vector<std::string>& passed_over,
                          const ConfigurationChoice& configuration) {
  std::string text = absl::StrCat("family: ", family, "\n");
  for (const std::string& reason : passed_over) {
    absl::StrAppend(&text, "  passed over ", reason, "\n");
  }
  absl::StrAppend(&text, "configuration: ", configuration.configuration.ToString(), " (",
                  configuration.origin, ")\n");
  for (const std::string& note : configuration.notes) absl::StrAppend(&text, "  ", note, "\n");
  return text;
}

}  // namespace attune
