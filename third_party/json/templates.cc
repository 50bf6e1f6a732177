#include "nlohmann/json.hpp"

ATTUNE_JSON_TEMPLATES(template, json)
ATTUNE_JSON_TEMPLATES(template, ordered_json)
