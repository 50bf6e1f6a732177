#include "autotune/explain/trial_export.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

#include "autotune/space/stored_configuration.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using Json = nlohmann::json;

Trial MakeTrial(int64_t tile, Trial::Outcome outcome) {
  Trial trial;
  *trial.mutable_configuration() = ToProto(Configuration({{"tile", tile}, {"width", 2}}));
  trial.set_outcome(outcome);
  trial.set_prepare_seconds(0.5);
  trial.set_turn_seconds(1);
  trial.set_wait_seconds(0.5);
  trial.set_verify_seconds(0.125);
  trial.set_sample_seconds(0.125);
  trial.set_unix_microseconds(1700000000000000);
  if (outcome == Trial::OK) {
    for (const double sample : {1e6, 3e6, 2e6}) trial.add_nanoseconds(sample);
    (*trial.mutable_resources())["registers"] = 40;
  } else {
    trial.set_message("say \"no\", twice");
  }
  return trial;
}

TrialHistory History() {
  TrialHistory history;
  history.trials = {MakeTrial(1, Trial::OK)};
  for (const Trial::Outcome outcome : {Trial::COMPILE_ERROR, Trial::LAUNCH_ERROR, Trial::TIMEOUT,
                                       Trial::WRONG_RESULT, Trial::CRASH}) {
    history.trials.push_back(MakeTrial(2, outcome));
  }
  return history;
}

TEST(TrialExportTest, T4HoldsWhatItsSchemaRequires) {
  const Json json = Json::parse(FormatT4(History()));
  EXPECT_TRUE(std::regex_match(json.at("schema_version").get<std::string>(),
                               std::regex("[0-9]+.[0-9]+.[0-9]+")));
  ASSERT_EQ(json.at("results").size(), 6u);
  const std::set<std::string> invalidities = {"timeout",     "compile",     "runtime",
                                              "correctness", "constraints", "correct"};
  for (const Json& result : json.at("results")) {
    EXPECT_TRUE(result.at("timestamp").is_string());
    EXPECT_TRUE(result.at("configuration").is_object());
    EXPECT_EQ(invalidities.count(result.at("invalidity")), 1u);
    EXPECT_TRUE(result.at("correctness").is_number());
    EXPECT_TRUE(result.at("measurements").is_array());
    EXPECT_EQ(result.at("objectives").dump(), R"(["time"])");
    for (const char* name : {"compilation_time", "framework", "search_algorithm", "validation"}) {
      EXPECT_TRUE(result.at("times").at(name).is_number()) << name;
    }
    EXPECT_TRUE(result.at("times").at("runtimes").is_array());
    for (const Json& measurement : result.at("measurements")) {
      EXPECT_TRUE(measurement.at("name").is_string());
      EXPECT_TRUE(measurement.at("value").is_number());
      EXPECT_TRUE(measurement.at("unit").is_string());
    }
  }
}

TEST(TrialExportTest, T4HasTimesInMillisecondsAndEachOutcome) {
  const Json results = Json::parse(FormatT4(History())).at("results");
  const Json& ran = results.at(0);
  EXPECT_EQ(ran.at("timestamp"), "2023-11-14T22:13:20.000000+00:00");
  EXPECT_EQ(ran.at("configuration").dump(), R"({"tile":1,"width":2})");
  EXPECT_EQ(ran.at("times").at("compilation_time"), 500);
  EXPECT_EQ(ran.at("times").at("validation"), 125);
  EXPECT_EQ(ran.at("times").at("framework"), 250);
  EXPECT_EQ(ran.at("times").at("runtimes").dump(), "[1.0,3.0,2.0]");
  EXPECT_EQ(ran.at("measurements").at(0).at("value"), 2);
  EXPECT_EQ(ran.at("measurements").at(1).at("name"), "registers");
  EXPECT_EQ(results.at(1).at("invalidity"), "compile");
  EXPECT_EQ(results.at(2).at("invalidity"), "runtime");
  EXPECT_EQ(results.at(3).at("invalidity"), "timeout");
  EXPECT_EQ(results.at(4).at("invalidity"), "correctness");
  EXPECT_EQ(results.at(4).at("correctness"), 0);
  EXPECT_EQ(results.at(5).at("invalidity"), "runtime");
  EXPECT_TRUE(results.at(5).at("measurements").empty());
}

TEST(TrialExportTest, CsvHasAColumnForEachParameterAndResource) {
  TrialHistory history = History();
  history.trials.resize(2);
  EXPECT_EQ(FormatCsv(history),
            "outcome,unix_microseconds,prepare_seconds,nanoseconds,samples,tile,width,registers,"
            "message\r\n"
            "OK,1700000000000000,0.500000,2000000.0,3,1,2,40,\r\n"
            "COMPILE_ERROR,1700000000000000,0.500000,,0,2,2,,\"say \"\"no\"\", twice\"\r\n");
}

TEST(TrialExportTest, ALogWithoutTrialsIsATableWithoutRows) {
  EXPECT_TRUE(Json::parse(FormatT4({})).at("results").empty());
  EXPECT_EQ(FormatCsv({}),
            "outcome,unix_microseconds,prepare_seconds,nanoseconds,samples,message\r\n");
}

}  // namespace
}  // namespace attune
