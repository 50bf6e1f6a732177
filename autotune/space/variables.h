#ifndef ATTUNE_AUTOTUNE_SPACE_VARIABLES_H_
#define ATTUNE_AUTOTUNE_SPACE_VARIABLES_H_

#include <map>
#include <string>

namespace attune {

// Numbers that a constraint's expression may name. Integers up to 2^53 are exact.
using Variables = std::map<std::string, double, std::less<>>;

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SPACE_VARIABLES_H_
