// Which devices a tune runs on.
#ifndef ATTUNE_AUTOTUNE_CLI_TUNE_DEVICE_CHOICE_H_
#define ATTUNE_AUTOTUNE_CLI_TUNE_DEVICE_CHOICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "device/device_info.h"
#include "device/discovery.h"

namespace attune {

// Devices of one model, on which what is tried on one holds for all.
struct DeviceGroup {
  DeviceInfo info;               // of the first
  std::vector<std::string> ids;  // DeviceInfo.id of each
};

// "cuda:0, cuda:1".
std::string NamesOf(const DeviceGroup& group);

// What `wanted` names of `listing`: one device by its id; "cuda:all", all GPUs as one group; if it
// is empty, every device, those of a model as one group. FailedPrecondition where the GPUs of
// "cuda:all" are of several models (or drivers): what is fast on one says nothing of another. The
// error of UnknownDevice if there is none.
absl::StatusOr<std::vector<DeviceGroup>> ChooseDevices(const DeviceListing& listing,
                                                       absl::string_view wanted);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_TUNE_DEVICE_CHOICE_H_
