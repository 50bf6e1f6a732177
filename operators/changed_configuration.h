// A configuration beside another one.
#ifndef ATTUNE_OPERATORS_CHANGED_CONFIGURATION_H_
#define ATTUNE_OPERATORS_CHANGED_CONFIGURATION_H_

#include <vector>

#include "autotune/space/configuration.h"

namespace attune {

// `configuration` with other values for the parameters that `changes` names. It is a mistake of the
// caller to name one that is not there.
Configuration Changed(const Configuration& configuration,
                      const std::vector<Configuration::Entry>& changes);

}  // namespace attune

#endif  // ATTUNE_OPERATORS_CHANGED_CONFIGURATION_H_
