#include "autotune/workload/cache_key.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cassert>

#include "autotune/workload/stored_workload.h"

namespace attune {

CacheKey MakeCacheKey(const DeviceInfo& device, absl::string_view family,
                      absl::string_view fingerprint, const Workload& workload) {
  CacheKey key;
  key.set_device_model(device.model);
  key.set_architecture(device.architecture);
  key.set_environment(device.environment);
  key.set_family(std::string(family));
  key.set_fingerprint(std::string(fingerprint));
  *key.mutable_workload() = ToProto(workload);
  return key;
}

std::string KeyBytes(const CacheKey& key) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    // Maps otherwise come in the order of a hash table that is salted per process.
    coded.SetSerializationDeterministic(true);
    const bool written = key.SerializeToCodedStream(&coded);
    assert(written);
  }
  return bytes;
}

}  // namespace attune
