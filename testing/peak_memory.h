// How much memory this process has held at once.
#ifndef ATTUNE_TESTING_PEAK_MEMORY_H_
#define ATTUNE_TESTING_PEAK_MEMORY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace attune {

// Bytes of resident memory: now, and the most since the process began or ResetPeakResident last
// succeeded. Unavailable where the system does not tell.
absl::StatusOr<int64_t> ResidentBytes();
absl::StatusOr<int64_t> PeakResidentBytes();

// Sets the peak to what is resident now. Unavailable where the system does not permit or do it.
absl::Status ResetPeakResident();

}  // namespace attune

#endif  // ATTUNE_TESTING_PEAK_MEMORY_H_
