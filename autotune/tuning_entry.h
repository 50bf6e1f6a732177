#ifndef ATTUNE_AUTOTUNE_TUNING_ENTRY_H_
#define ATTUNE_AUTOTUNE_TUNING_ENTRY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "autotune/tuner.h"
#include "autotune/tuning_cache.pb.h"

namespace attune {

// What the cache keeps of `result`. `measured` is when.
CacheEntry MakeCacheEntry(const CacheKey& key, const TuningResult& result,
                          absl::string_view strategy, absl::Time measured);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNING_ENTRY_H_
