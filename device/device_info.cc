#include "device/device_info.h"

#include "absl/strings/str_cat.h"

namespace attune {

int64_t DeviceInfo::Attribute(absl::string_view name, int64_t otherwise) const {
  const auto attribute = attributes.find(std::string(name));
  return attribute == attributes.end() ? otherwise : attribute->second;
}

std::string DeviceInfo::ToString() const {
  std::string text = absl::StrCat(id, ": ", model, " (", architecture);
  if (const int64_t multiprocessors = Attribute("multiprocessors")) {
    absl::StrAppend(&text, ", ", multiprocessors, " multiprocessors");
  }
  return absl::StrCat(text, "; ", environment, ")");
}

}  // namespace attune
