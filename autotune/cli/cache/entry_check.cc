#include "autotune/cli/cache/entry_check.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "autotune/family/registry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// OK, or why `configuration` cannot be used for `workload`.
absl::Status CheckConfiguration(const KernelFamily& family, const Workload& workload,
                                const Configuration& configuration, const DeviceInfo& device) {
  // The model may be asked only of what the constraints between parameters leave; that the others
  // cannot be answered without variables is no matter here.
  absl::StatusOr<std::optional<std::string>> removed = family.space().RemovedBy(configuration, {});
  if (!removed.ok() || !removed->has_value()) {
    ATTUNE_ASSIGN_OR_RETURN(const Variables variables,
                            family.Model(workload, configuration, device));
    removed = family.space().RemovedBy(configuration, variables);
  }
  ATTUNE_RETURN_IF_ERROR(removed.status());
  if (!removed->has_value()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("constraint ", **removed, " removes ", configuration.ToString()));
}

// Why no lookup on one of `devices` finds an entry of `key`, whose model some of them are of: their
// driver or compiler is another by now. "" where one does, or none is of its model.
std::string OtherEnvironment(const CacheKey& key, const std::vector<DeviceInfo>& devices) {
  std::string reason;
  for (const DeviceInfo& device : devices) {
    if (device.model != key.device_model()) continue;
    if (device.environment == key.environment()) return "";
    reason = absl::StrCat("tuned under ", key.environment(), ", this is ", device.environment);
  }
  return reason;
}

}  // namespace

const KernelFamily* FindFamily(absl::string_view name) {
  for (const KernelFamily* family : RegisteredKernelFamilies()) {
    if (family->name() == name) return family;
  }
  return nullptr;
}

std::vector<std::string> CheckEntry(const CacheEntry& entry,
                                    const std::vector<DeviceInfo>& devices) {
  const CacheKey& key = entry.key();
  const KernelFamily* const family = FindFamily(key.family());
  if (family == nullptr) return {absl::StrCat("no family is called ", key.family())};
  if (family->fingerprint() != key.fingerprint()) {
    return {absl::StrCat("tuned for another build of ", key.family())};
  }
  const Workload workload = FromProto(key.workload());
  if (workload.operator_name != family->operator_name()) {
    return {absl::StrCat(key.family(), " computes ", family->operator_name(), ", not ",
                         workload.operator_name)};
  }
  if (std::string reason = OtherEnvironment(key, devices); !reason.empty()) return {reason};
  std::vector<Configuration> configurations = {FromProto(entry.configuration())};
  for (const ConfigurationProto& tied : entry.tied()) {
    if (FromProto(tied) != configurations[0]) configurations.push_back(FromProto(tied));
  }
  std::vector<std::string> wrong;
  for (const Configuration& configuration : configurations) {
    absl::Status status = family->space().Validate(configuration);
    for (const DeviceInfo& device : devices) {
      if (!status.ok() || device.model != key.device_model()) continue;
      status = family->Supports(workload, device);
      if (status.ok()) status = CheckConfiguration(*family, workload, configuration, device);
    }
    if (!status.ok()) wrong.emplace_back(status.message());
  }
  return wrong;
}

}  // namespace attune
