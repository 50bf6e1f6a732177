#include "autotune/trial_log/trial_log_header.h"

namespace attune {

TrialLogHeader MakeTrialLogHeader(const CacheKey& key, const ParameterSpace& space,
                                  const Enumeration& enumeration) {
  TrialLogHeader header;
  *header.mutable_key() = key;
  header.set_space(space.text());
  header.set_space_size(space.size());
  header.set_admitted(static_cast<int64_t>(enumeration.admitted.size()));
  for (const Constraint& constraint : space.constraints()) {
    ConstraintCount* count = header.add_constraint();
    count->set_name(constraint.name);
    count->set_removed(enumeration.removed.at(constraint.name));
  }
  return header;
}

}  // namespace attune
