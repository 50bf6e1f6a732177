#include "autotune/family/registry.h"

#include <algorithm>
#include <utility>

namespace attune {
namespace {

struct Registry {
  std::vector<std::unique_ptr<const KernelFamily>> families;
  std::vector<DefaultSuite> suites;
};

// Never destroyed: other static objects may still refer to families when the process ends.
Registry& GlobalRegistry() {
  static auto* registry = new Registry;
  return *registry;
}

}  // namespace

bool RegisterKernelFamily(std::unique_ptr<const KernelFamily> family) {
  GlobalRegistry().families.push_back(std::move(family));
  return true;
}

bool RegisterDefaultSuite(DefaultSuite suite) {
  GlobalRegistry().suites.push_back(std::move(suite));
  return true;
}

std::vector<const KernelFamily*> RegisteredKernelFamilies() {
  std::vector<const KernelFamily*> families;
  for (const auto& family : GlobalRegistry().families) families.push_back(family.get());
  std::sort(families.begin(), families.end(),
            [](const KernelFamily* a, const KernelFamily* b) { return a->name() < b->name(); });
  return families;
}

std::vector<DefaultSuite> RegisteredDefaultSuites(DeviceKind device_kind) {
  std::vector<DefaultSuite> suites;
  for (const DefaultSuite& suite : GlobalRegistry().suites) {
    if (suite.device_kind == device_kind) suites.push_back(suite);
  }
  return suites;
}

}  // namespace attune
