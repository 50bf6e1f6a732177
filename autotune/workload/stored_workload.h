// Workloads to and from what files and processes hold.
#ifndef ATTUNE_AUTOTUNE_WORKLOAD_STORED_WORKLOAD_H_
#define ATTUNE_AUTOTUNE_WORKLOAD_STORED_WORKLOAD_H_

#include "autotune/workload/workload.h"
#include "autotune/workload/workload.pb.h"

namespace attune {

WorkloadProto ToProto(const Workload& workload);
Workload FromProto(const WorkloadProto& proto);

}  // namespace attune

#endif  // ATTUNE_AUTOTUNE_WORKLOAD_STORED_WORKLOAD_H_
