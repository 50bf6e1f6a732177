#include "autotune/space/stored_configuration.h"

#include <utility>
#include <vector>

namespace attune {

ConfigurationProto ToProto(const Configuration& configuration) {
  ConfigurationProto proto;
  for (const auto& [name, value] : configuration.entries()) {
    ConfigurationProto::Entry* entry = proto.add_entry();
    entry->set_name(name);
    entry->set_value(value);
  }
  return proto;
}

Configuration FromProto(const ConfigurationProto& proto) {
  std::vector<Configuration::Entry> entries;
  for (const ConfigurationProto::Entry& entry : proto.entry()) {
    entries.emplace_back(entry.name(), entry.value());
  }
  return Configuration(std::move(entries));
}

}  // namespace attune
