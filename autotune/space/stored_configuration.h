// Configurations to and from what files and processes hold.
#ifndef ATTUNE_AUTOTUNE_SPACE_STORED_CONFIGURATION_H_
#define ATTUNE_AUTOTUNE_SPACE_STORED_CONFIGURATION_H_

#include "autotune/space/configuration.h"
#include "autotune/space/configuration.pb.h"

namespace attune {

ConfigurationProto ToProto(const Configuration& configuration);
Configuration FromProto(const ConfigurationProto& proto);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_SPACE_STORED_CONFIGURATION_H_
