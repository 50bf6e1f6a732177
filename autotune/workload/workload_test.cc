#include "autotune/workload/workload.h"

#include <cmath>
#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

constexpr char kText[] =
    "attention_forward[dtype=bf16 mask=causal qk_dim=128] batch=4 kv_heads=8 kv_len=4096";

Workload WithLength(int64_t length) { return {"op", {{"dtype", "fp32"}}, {{"length", length}}}; }

int64_t BucketOf(int64_t length) { return Bucketed(WithLength(length)).sizes.at("length"); }

TEST(WorkloadTest, TextRoundTrips) {
  for (const char* text : {kText, "op[]", "op[a=b]", "op[] n=0", "op[a=b] n=9223372036854775807"}) {
    const absl::StatusOr<Workload> parsed = Workload::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->ToString(), text);
  }
}

TEST(WorkloadTest, ParsesTraitsAndSizes) {
  const absl::StatusOr<Workload> parsed = Workload::Parse(kText);
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->operator_name, "attention_forward");
  EXPECT_EQ(parsed->traits.at("mask"), "causal");
  EXPECT_EQ(parsed->sizes.at("kv_len"), 4096);
}

TEST(WorkloadTest, OrderAndExtraSpacesDoNotMatter) {
  EXPECT_EQ(*Workload::Parse("op[b=2  a=1]  n=2 m=1"), *Workload::Parse("op[a=1 b=2] m=1 n=2"));
}

TEST(WorkloadTest, MalformedTextSaysWhatWasWrong) {
  const struct {
    const char* text;
    const char* what;
  } cases[] = {
      {"", "no traits in brackets"},
      {"op", "no traits in brackets"},
      {"op]a=1[", "no traits in brackets"},
      {"[a=1]", "no operator"},
      {"o p[a=1]", "in the operator's"},
      {"op[a=1][b=2]", "more than one pair"},
      {"op[a=[1]", "more than one pair"},
      {"op[a=1]n=1", "no space after"},
      {"op[a]", "\"a\" is not name=value"},
      {"op[a=1=2]", "is not name=value"},
      {"op[a=1 a=2]", "a stands twice"},
      {"op[] n=1 n=1", "n stands twice"},
      {"op[] n=-1", "no count"},
      {"op[] n=1.5", "no count"},
      {"op[] n=9223372036854775808", "no count"},
  };
  for (const auto& [text, what] : cases) {
    const absl::Status status = Workload::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(what)) << text;
  }
}

TEST(WorkloadTest, BucketsAreThePowersOfTwoAndThePointsHalfWay) {
  const struct {
    int64_t size;
    int64_t bucket;
  } cases[] = {{0, 0},   {1, 1},    {2, 2},     {3, 3},       {4, 4},
               {5, 6},   {6, 6},    {7, 8},     {9, 12},      {13, 16},
               {96, 96}, {97, 128}, {129, 192}, {4096, 4096}, {4097, 6144}};
  for (const auto& [size, bucket] : cases) EXPECT_EQ(BucketOf(size), bucket) << size;
}

TEST(WorkloadTest, BucketsSpanAtMostAHalfAndContainThemselves) {
  int64_t smallest = 2;
  for (int64_t size = 2; size < 20000; ++size) {
    const int64_t bucket = BucketOf(size);
    EXPECT_GE(bucket, size);
    EXPECT_EQ(BucketOf(bucket), bucket);
    if (BucketOf(size - 1) != bucket) smallest = size;
    EXPECT_LE(2 * bucket, 3 * smallest) << size;
  }
}

TEST(WorkloadTest, HugeSizesDoNotOverflowTheirBucket) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(BucketOf(most), most);
  EXPECT_EQ(BucketOf((int64_t{1} << 62) + 1), int64_t{3} << 61);
}

TEST(WorkloadTest, BucketingLeavesTraitsAlone) {
  const Workload workload = *Workload::Parse("op[qk_dim=100] n=100");
  EXPECT_EQ(Bucketed(workload).ToString(), "op[qk_dim=100] n=128");
}

TEST(WorkloadTest, DistanceSumsOctavesAndIsSymmetric) {
  const Workload a = *Workload::Parse("op[d=1] m=4 n=1024");
  const Workload b = *Workload::Parse("op[d=1] m=8 n=256");
  EXPECT_DOUBLE_EQ(Distance(a, b), 3.0);
  EXPECT_DOUBLE_EQ(Distance(b, a), 3.0);
  EXPECT_EQ(Distance(a, a), 0.0);
}

TEST(WorkloadTest, DistanceIsInfiniteBetweenWhatCannotBeCompared) {
  const Workload a = *Workload::Parse("op[d=1] m=4");
  for (const char* other : {"other[d=1] m=4", "op[d=2] m=4", "op[] m=4", "op[d=1] n=4",
                            "op[d=1] m=4 n=4", "op[d=1] m=0"}) {
    EXPECT_TRUE(std::isinf(Distance(a, *Workload::Parse(other)))) << other;
  }
  EXPECT_EQ(Distance(WithLength(0), WithLength(0)), 0.0);
}

}  // namespace
}  // namespace attune
