#include "autotune/workload/stored_workload.h"

namespace attune {

WorkloadProto ToProto(const Workload& workload) {
  WorkloadProto proto;
  proto.set_operator_name(workload.operator_name);
  proto.mutable_traits()->insert(workload.traits.begin(), workload.traits.end());
  proto.mutable_sizes()->insert(workload.sizes.begin(), workload.sizes.end());
  return proto;
}

Workload FromProto(const WorkloadProto& proto) {
  return {proto.operator_name(),
          {proto.traits().begin(), proto.traits().end()},
          {proto.sizes().begin(), proto.sizes().end()}};
}

}  // namespace attune
