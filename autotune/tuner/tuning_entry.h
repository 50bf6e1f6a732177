#ifndef ATTUNE_AUTOTUNE_TUNER_TUNING_ENTRY_H_
#define ATTUNE_AUTOTUNE_TUNER_TUNING_ENTRY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "autotune/cache/tuning_cache.pb.h"
#include "autotune/tuner/tuner.h"

namespace attune {

// What the cache keeps of `result`. `measured` is when.
CacheEntry MakeCacheEntry(const CacheKey& key, const TuningResult& result,
                          absl::string_view strategy, absl::Time measured);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_TUNER_TUNING_ENTRY_H_
