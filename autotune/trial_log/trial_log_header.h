// What a trial log begins with.
#ifndef ATTUNE_AUTOTUNE_TRIAL_LOG_TRIAL_LOG_HEADER_H_
#define ATTUNE_AUTOTUNE_TRIAL_LOG_TRIAL_LOG_HEADER_H_

#include "autotune/space/parameter_space.h"
#include "autotune/trial_log/trial_log.pb.h"

namespace attune {

// The header of the log of a search for `key` through what `enumeration` leaves of `space`, with
// the number of configurations that each named constraint removed.
TrialLogHeader MakeTrialLogHeader(const CacheKey& key, const ParameterSpace& space,
                                  const Enumeration& enumeration);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TRIAL_LOG_TRIAL_LOG_HEADER_H_
