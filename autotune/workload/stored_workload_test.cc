#include "autotune/workload/stored_workload.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(StoredWorkloadTest, RoundTrips) {
  const Workload workload = *Workload::Parse("op[a=1 b=x] m=4 n=8");
  EXPECT_EQ(FromProto(ToProto(workload)), workload);
}

}  // namespace
}  // namespace attune
