// One value for each parameter of a kernel family.
#ifndef ATTUNE_AUTOTUNE_SPACE_CONFIGURATION_H_
#define ATTUNE_AUTOTUNE_SPACE_CONFIGURATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace attune {

// Values by parameter name, in the order in which the family's space declares them. A value type:
// compares, orders and hashes by its content.
class Configuration {
 public:
  using Entry = std::pair<std::string, int64_t>;

  Configuration() = default;
  explicit Configuration(std::vector<Entry> entries) : entries_(std::move(entries)) {}

  const std::vector<Entry>& entries() const { return entries_; }

  // The value of parameter `name`. It is a mistake of the caller to ask for one that is not there.
  int64_t Get(absl::string_view name) const;

  // "block_m=128,block_n=176", and back.
  std::string ToString() const;
  static absl::StatusOr<Configuration> Parse(absl::string_view text);

  friend bool operator==(const Configuration&, const Configuration&) = default;
  friend auto operator<=>(const Configuration&, const Configuration&) = default;

  template <typename H>
  friend H AbslHashValue(H state, const Configuration& configuration) {
    return H::combine(std::move(state), configuration.entries_);
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SPACE_CONFIGURATION_H_
