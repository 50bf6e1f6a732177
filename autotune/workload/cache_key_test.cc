#include "autotune/workload/cache_key.h"

#include <string>

#include "gtest/gtest.h"

namespace attune {
namespace {

CacheKey MakeKey() {
  DeviceInfo device;
  device.model = "Model X";
  device.architecture = "arch9";
  device.environment = "compiler 1";
  return MakeCacheKey(device, "tile", "f00d", *Workload::Parse("op[a=1] m=4 n=8"));
}

TEST(CacheKeyTest, EqualKeysHaveEqualBytesWhateverTheOrderOfInsertion) {
  CacheKey key = MakeKey();
  CacheKey other = key;
  other.mutable_workload()->clear_sizes();
  (*other.mutable_workload()->mutable_sizes())["n"] = 8;
  (*other.mutable_workload()->mutable_sizes())["m"] = 4;
  EXPECT_EQ(KeyBytes(key), KeyBytes(other));
  (*other.mutable_workload()->mutable_sizes())["m"] = 5;
  EXPECT_NE(KeyBytes(key), KeyBytes(other));
}

}  // namespace
}  // namespace attune
