#include "autotune/cache/cache_entry.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <xxhash.h>

#include <cassert>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace attune {
namespace {

uint64_t Hash(absl::string_view bytes) { return XXH64(bytes.data(), bytes.size(), 0); }

// Why `entry` cannot have been written by this code, or OK.
absl::Status CheckEntry(const CacheEntry& entry) {
  if (!entry.has_key() || entry.key().family().empty() || !entry.key().has_workload()) {
    return absl::DataLossError("the entry has no complete key");
  }
  for (const ConfigurationProto::Entry& parameter : entry.configuration().entry()) {
    if (parameter.name().empty()) return absl::DataLossError("a parameter has no name");
  }
  return absl::OkStatus();
}

}  // namespace

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

ConfigurationProto ToProto(const Configuration& configuration) {
  ConfigurationProto proto;
  for (const auto& [name, value] : configuration.entries()) {
    ConfigurationProto::Entry* entry = proto.add_entry();
    entry->set_name(name);
    entry->set_value(value);
  }
  return proto;
}

Configuration FromProto(const ConfigurationProto& proto) {
  std::vector<Configuration::Entry> entries;
  for (const ConfigurationProto::Entry& entry : proto.entry()) {
    entries.emplace_back(entry.name(), entry.value());
  }
  return Configuration(std::move(entries));
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

std::string CacheFilePrefix(absl::string_view family) {
  std::string prefix;
  for (const char c : family) {
    prefix.push_back(absl::ascii_isalnum(static_cast<unsigned char>(c)) ? c : '_');
  }
  return prefix + "-";
}

std::string CacheFileName(const CacheKey& key) {
  return absl::StrCat(CacheFilePrefix(key.family()),
                      absl::Hex(Hash(KeyBytes(key)), absl::kZeroPad16), ".pb");
}

std::string SerializeCacheFile(const CacheEntry& entry) {
  CacheFile file;
  file.set_format_version(kCacheFormatVersion);
  entry.SerializeToString(file.mutable_entry());
  file.set_checksum(Hash(file.entry()));
  return file.SerializeAsString();
}

absl::StatusOr<CacheEntry> ParseCacheFile(absl::string_view content) {
  if (content.empty()) return absl::DataLossError("the file is empty");
  CacheFile file;
  if (!file.ParseFromArray(content.data(), static_cast<int>(content.size()))) {
    return absl::DataLossError("this is no cache file, or a truncated one");
  }
  if (file.format_version() > kCacheFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the file's format is version ", file.format_version(),
                     ", the newest that this program reads is ", kCacheFormatVersion));
  }
  if (file.format_version() == 0) return absl::DataLossError("this is no cache file");
  if (file.checksum() != Hash(file.entry())) {
    return absl::DataLossError("the checksum does not match: truncated or altered");
  }
  CacheEntry entry;
  if (!entry.ParseFromString(file.entry())) return absl::DataLossError("the entry is not readable");
  if (absl::Status status = CheckEntry(entry); !status.ok()) return status;
  return entry;
}

}  // namespace attune
