#include "operators/changed_configuration.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace attune {

Configuration Changed(const Configuration& configuration,
                      const std::vector<Configuration::Entry>& changes) {
  std::vector<Configuration::Entry> entries = configuration.entries();
  for (const Configuration::Entry& change : changes) {
    const auto entry =
        std::find_if(entries.begin(), entries.end(),
                     [&](const Configuration::Entry& e) { return e.first == change.first; });
    assert(entry != entries.end() && "the configuration has no parameter of this name");
    entry->second = change.second;
  }
  return Configuration(std::move(entries));
}

}  // namespace attune
