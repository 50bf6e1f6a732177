#include "autotune/cli/output/entry_json.h"

#include "autotune/cache/cache_entry.h"
#include "autotune/workload/stored_workload.h"
#include "numerics/statistics.h"

namespace attune {
namespace {

constexpr double kConfidence = 0.95;

Json Resources(const google::protobuf::Map<std::string, int64_t>& resources) {
  // Sorted: the message's own order is another in each process.
  Json json = Json::object();
  for (const auto& [name, amount] :
       std::map<std::string, int64_t>(resources.begin(), resources.end())) {
    json[name] = amount;
  }
  return json;
}

// "<name>": the median; "<name>_interval": where it lies; "<name>_samples": all.
void AddSamples(const std::string& name, const google::protobuf::RepeatedField<double>& samples,
                Json& json) {
  if (samples.empty()) return;
  json[name] = Median(samples);
  if (const auto interval = MedianInterval(samples, kConfidence)) {
    json[name + "_interval"] = {interval->lower, interval->upper};
  }
  json[name + "_samples"] = std::vector<double>(samples.begin(), samples.end());
}

}  // namespace

Json ToJson(const CacheKey& key) {
  return {{"device_model", key.device_model()}, {"architecture", key.architecture()},
          {"environment", key.environment()},   {"family", key.family()},
          {"fingerprint", key.fingerprint()},   {"workload", FromProto(key.workload()).ToString()}};
}

Json ToJson(const ConfigurationProto& configuration) {
  Json json = Json::object();
  for (const ConfigurationProto::Entry& entry : configuration.entry()) {
    json[entry.name()] = entry.value();
  }
  return json;
}

Json ToJson(const CacheEntry& entry) {
  Json json = {{"name", CacheFileName(entry.key())},
               {"key", ToJson(entry.key())},
               {"configuration", ToJson(entry.configuration())}};
  AddSamples("nanoseconds", entry.best_nanoseconds(), json);
  AddSamples("default_nanoseconds", entry.default_nanoseconds(), json);
  if (entry.has_runner_up_margin()) json["runner_up_margin"] = entry.runner_up_margin();
  json["tied"] = Json::array();
  for (const ConfigurationProto& tied : entry.tied()) json["tied"].push_back(ToJson(tied));
  json["resources"] = Resources(entry.resources());
  json["strategy"] = entry.strategy();
  json["evaluations"] = entry.evaluations();
  json["seconds"] = entry.seconds();
  json["measured_unix_seconds"] = entry.measured_unix_seconds();
  if (entry.finalist().empty()) return json;
  json["significance"] = entry.significance();
  json["default_configuration"] = ToJson(entry.default_configuration());
  for (const FinalistProto& finalist : entry.finalist()) {
    Json each = {{"configuration", ToJson(finalist.configuration())},
                 {"p_value", finalist.p_value()},
                 {"is_fastest", finalist.is_fastest()},
                 {"resources", Resources(finalist.resources())}};
    AddSamples("nanoseconds", finalist.nanoseconds(), each);
    json["finalists"].push_back(std::move(each));
  }
  return json;
}

Json ToJson(const std::vector<std::string>& texts) {
  Json json = Json::array();
  for (const std::string& text : texts) json.push_back(text);
  return json;
}

void PrintJson(const Json& json, std::ostream& out) {
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace attune
