// What the commands print of results, for programs.
#ifndef ATTUNE_AUTOTUNE_CLI_OUTPUT_ENTRY_JSON_H_
#define ATTUNE_AUTOTUNE_CLI_OUTPUT_ENTRY_JSON_H_

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "autotune/cache/tuning_cache.pb.h"

namespace attune {

// Members keep the order in which they are written.
using Json = nlohmann::ordered_json;

Json ToJson(const CacheKey& key);
Json ToJson(const ConfigurationProto& configuration);
// {"name", "key", "configuration", "nanoseconds", "interval", ...}: all that an entry holds, with
// the medians of its samples. What it does not hold is left out.
Json ToJson(const CacheEntry& entry);
// An array of texts.
Json ToJson(const std::vector<std::string>& texts);

// Two spaces a level, and the line's end. Text that is not UTF-8 is replaced character by
// character.
void PrintJson(const Json& json, std::ostream& out);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_CLI_OUTPUT_ENTRY_JSON_H_
