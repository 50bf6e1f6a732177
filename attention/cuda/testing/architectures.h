// The architectures that every family is compiled for in tests, as devices.
#ifndef ATTUNE_ATTENTION_CUDA_TESTING_ARCHITECTURES_H_
#define ATTUNE_ATTENTION_CUDA_TESTING_ARCHITECTURES_H_

#include <vector>

#include "device/device_info.h"

namespace attune {

// sm_80, sm_86, sm_89, sm_90, sm_100 and sm_120, each as its largest GPU: what constraints may name
// of it, from the tables "Technical Specifications per Compute Capability" of the CUDA C++
// Programming Guide 13.0 and the GPUs' data sheets.
std::vector<DeviceInfo> TestedArchitectures();

}  // namespace attune

#endif  // ATTUNE_ATTENTION_CUDA_TESTING_ARCHITECTURES_H_
