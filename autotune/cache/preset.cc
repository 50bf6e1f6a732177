#include "autotune/cache/preset.h"

#include <google/protobuf/text_format.h>

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "autotune/cache/preset.pb.h"
#include "autotune/space/configuration.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "autotune/workload/workload.h"
#include "base/status_macros.h"
#include "base/text_proto.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr char kDateFormat[] = "%Y-%m-%d";
constexpr char kHeader[] =
    "# proto-file: autotune/cache/preset.proto\n"
    "# proto-message: attune.PresetSpec\n"
    "#\n"
    "# Written by `autotune export_preset`.\n\n";

// What must not stand twice in a preset.
std::string NameOf(const PresetEntry& entry) {
  return absl::StrCat(entry.family(), " for ", entry.workload());
}

absl::StatusOr<int64_t> ParseDate(const std::string& text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(kDateFormat, text, &time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("measured: '", text, "' is no date; expected YYYY-MM-DD"));
  }
  return absl::ToUnixSeconds(time);
}

absl::StatusOr<CacheEntry> FromSpec(const PresetSpec& spec, const PresetEntry& entry) {
  if (entry.family().empty() || entry.fingerprint().empty()) {
    return absl::InvalidArgumentError("an entry needs a family and a fingerprint");
  }
  ATTUNE_ASSIGN_OR_RETURN(const Workload workload, Workload::Parse(entry.workload()));
  ATTUNE_ASSIGN_OR_RETURN(const Configuration configuration,
                          Configuration::Parse(entry.configuration()));
  CacheEntry parsed;
  CacheKey& key = *parsed.mutable_key();
  key.set_device_model(spec.device_model());
  key.set_architecture(spec.architecture());
  key.set_environment(entry.environment());
  key.set_family(entry.family());
  key.set_fingerprint(entry.fingerprint());
  *key.mutable_workload() = ToProto(workload);
  *parsed.mutable_configuration() = ToProto(configuration);
  if (entry.nanoseconds() > 0) parsed.add_best_nanoseconds(entry.nanoseconds());
  if (entry.default_nanoseconds() > 0) parsed.add_default_nanoseconds(entry.default_nanoseconds());
  ATTUNE_ASSIGN_OR_RETURN(const int64_t measured, ParseDate(entry.measured()));
  parsed.set_measured_unix_seconds(measured);
  return parsed;
}

PresetEntry ToSpec(const CacheEntry& entry) {
  PresetEntry spec;
  spec.set_family(entry.key().family());
  spec.set_workload(FromProto(entry.key().workload()).ToString());
  spec.set_configuration(FromProto(entry.configuration()).ToString());
  if (!entry.best_nanoseconds().empty()) spec.set_nanoseconds(Median(entry.best_nanoseconds()));
  if (!entry.default_nanoseconds().empty()) {
    spec.set_default_nanoseconds(Median(entry.default_nanoseconds()));
  }
  spec.set_fingerprint(entry.key().fingerprint());
  spec.set_environment(entry.key().environment());
  spec.set_measured(absl::FormatTime(
      kDateFormat, absl::FromUnixSeconds(entry.measured_unix_seconds()), absl::UTCTimeZone()));
  return spec;
}

}  // namespace

absl::StatusOr<Preset> ParsePreset(absl::string_view text, absl::string_view source) {
  PresetSpec spec;
  ATTUNE_RETURN_IF_ERROR(ParseTextProto(text, source, &spec));
  if (spec.device_model().empty() || spec.architecture().empty() || spec.entry().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": a preset needs a device_model, an architecture and an entry"));
  }
  Preset preset = {std::string(source), {}};
  std::set<std::string> names;
  for (const PresetEntry& entry : spec.entry()) {
    absl::StatusOr<CacheEntry> parsed = FromSpec(spec, entry);
    if (parsed.ok() && !names.insert(NameOf(entry)).second) {
      parsed = absl::InvalidArgumentError("it stands twice");
    }
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(source, ": entry ", NameOf(entry), ": ", parsed.status().message()));
    }
    preset.entries.push_back(*std::move(parsed));
  }
  return preset;
}

absl::StatusOr<std::string> FormatPreset(absl::Span<const CacheEntry> entries) {
  if (entries.empty()) return absl::InvalidArgumentError("a preset needs at least one entry");
  const CacheKey& first = entries.front().key();
  std::map<std::string, const CacheEntry*> newest;
  for (const CacheEntry& entry : entries) {
    if (entry.key().device_model() != first.device_model() ||
        entry.key().architecture() != first.architecture()) {
      return absl::InvalidArgumentError(
          absl::StrCat("a preset is of one device model; these entries are of ",
                       first.device_model(), " and ", entry.key().device_model()));
    }
    const CacheEntry*& kept = newest[NameOf(ToSpec(entry))];
    if (kept == nullptr || kept->measured_unix_seconds() < entry.measured_unix_seconds()) {
      kept = &entry;
    }
  }
  PresetSpec spec;
  spec.set_device_model(first.device_model());
  spec.set_architecture(first.architecture());
  for (const auto& [name, entry] : newest) *spec.add_entry() = ToSpec(*entry);
  std::string text;
  google::protobuf::TextFormat::PrintToString(spec, &text);
  return absl::StrCat(kHeader, text);
}

}  // namespace attune
