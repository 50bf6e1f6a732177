#include "autotune/cli/tune/device_choice.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace attune {
namespace {

constexpr absl::string_view kAllGpus = "cuda:all";

bool AreOfOneModel(const DeviceInfo& a, const DeviceInfo& b) {
  return a.kind == b.kind && a.model == b.model && a.architecture == b.architecture &&
         a.environment == b.environment;
}

std::vector<DeviceGroup> GroupByModel(const std::vector<DeviceInfo>& devices) {
  std::vector<DeviceGroup> groups;
  for (const DeviceInfo& device : devices) {
    const auto group = std::find_if(groups.begin(), groups.end(), [&](const DeviceGroup& each) {
      return AreOfOneModel(each.info, device);
    });
    if (group == groups.end()) {
      groups.push_back({device, {device.id}});
    } else {
      group->ids.push_back(device.id);
    }
  }
  return groups;
}

absl::Status SeveralModels(const std::vector<DeviceGroup>& groups) {
  return absl::FailedPreconditionError(
      absl::StrCat(kAllGpus, " takes GPUs of one model and driver, and this machine has ",
                   absl::StrJoin(groups, " and ",
                                 [](std::string* out, const DeviceGroup& group) {
                                   absl::StrAppend(out, group.info.model, " (", NamesOf(group),
                                                   "; ", group.info.environment, ")");
                                 }),
                   ": name one device, or hide the others with CUDA_VISIBLE_DEVICES"));
}

}  // namespace

std::string NamesOf(const DeviceGroup& group) { return absl::StrJoin(group.ids, ", "); }

absl::StatusOr<std::vector<DeviceGroup>> ChooseDevices(const DeviceListing& listing,
                                                       absl::string_view wanted) {
  if (wanted.empty()) return GroupByModel(listing.devices);
  std::vector<DeviceInfo> chosen;
  std::copy_if(listing.devices.begin(), listing.devices.end(), std::back_inserter(chosen),
               [&](const DeviceInfo& device) {
                 return wanted == kAllGpus ? device.kind == DeviceKind::kCuda : device.id == wanted;
               });
  if (chosen.empty()) return UnknownDevice(wanted, listing);
  std::vector<DeviceGroup> groups = GroupByModel(chosen);
  if (groups.size() > 1) return SeveralModels(groups);
  return groups;
}

}  // namespace attune
