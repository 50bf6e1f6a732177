#include "autotune/cli/output/entry_json.h"

#include <sstream>

#include "autotune/cache/cache_entry.h"
#include "autotune/space/stored_configuration.h"
#include "autotune/workload/stored_workload.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

CacheEntry Entry() {
  CacheEntry entry;
  entry.mutable_key()->set_family("tile");
  *entry.mutable_key()->mutable_workload() = ToProto(*Workload::Parse("op[] n=64"));
  *entry.mutable_configuration() = ToProto(*Configuration::Parse("block=8,unroll=1"));
  for (int i = 0; i < 7; ++i) entry.add_best_nanoseconds(100 + i);
  (*entry.mutable_resources())["registers"] = 32;
  return entry;
}

TEST(EntryJsonTest, HoldsWhatTheEntryHolds) {
  CacheEntry entry = Entry();
  FinalistProto* finalist = entry.add_finalist();
  *finalist->mutable_configuration() = entry.configuration();
  finalist->set_p_value(0.25);
  const Json json = ToJson(entry);
  EXPECT_EQ(json.at("name"), CacheFileName(entry.key()));
  EXPECT_EQ(json.at("key").at("workload"), "op[] n=64");
  EXPECT_EQ(json.at("configuration").dump(), R"({"block":8,"unroll":1})");
  EXPECT_EQ(json.at("nanoseconds"), 103);
  EXPECT_EQ(json.at("nanoseconds_interval").dump(), "[100.0,106.0]");
  EXPECT_EQ(json.at("nanoseconds_samples").size(), 7u);
  EXPECT_EQ(json.at("resources").at("registers"), 32);
  EXPECT_EQ(json.at("finalists").at(0).at("p_value"), 0.25);
}

TEST(EntryJsonTest, WhatThereIsNotIsLeftOut) {
  CacheEntry entry = Entry();
  entry.clear_best_nanoseconds();
  const Json json = ToJson(entry);
  EXPECT_FALSE(json.contains("nanoseconds"));
  EXPECT_FALSE(json.contains("default_nanoseconds"));
  EXPECT_FALSE(json.contains("runner_up_margin"));
  EXPECT_FALSE(json.contains("finalists"));
}

TEST(EntryJsonTest, TextThatIsNotUtf8IsStillPrinted) {
  std::ostringstream out;
  PrintJson(ToJson(std::vector<std::string>{"a\xff", "b"}), out);
  EXPECT_THAT(out.str(), HasSubstr("\"b\""));
}

}  // namespace
}  // namespace attune
