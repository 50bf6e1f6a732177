#include "testing/gpu/family_table.h"

namespace attune {
namespace {

void AddRows(absl::Span<const AttentionFamily* const> families, const NamedProblem& named,
             Direction direction, const DeviceInfo& device, ReportTable& table) {
  bool served = false;
  for (const AttentionFamily* family : families) {
    if (family->direction() != direction) continue;
    const absl::Status supported = family->Supports(named.problem, device);
    const std::string verdict = !supported.ok() ? std::string(supported.message())
                                : served        ? "could serve"
                                                : "serves";
    served = served || supported.ok();
    table.rows.push_back(
        {named.name, std::string(OperatorName(direction)), std::string(family->name()), verdict});
  }
}

}  // namespace

ReportTable FamilyTable(absl::Span<const AttentionFamily* const> families,
                        const std::vector<NamedProblem>& problems, const DeviceInfo& device) {
  ReportTable table;
  table.title = "Kernel families on " + device.ToString();
  table.columns = {"problem", "operator", "family", "verdict"};
  for (const NamedProblem& problem : problems) {
    for (const Direction direction : {Direction::kForward, Direction::kBackward}) {
      AddRows(families, problem, direction, device, table);
    }
  }
  return table;
}

}  // namespace attune
