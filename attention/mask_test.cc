#include "attention/mask.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/random.h"

namespace attune {
namespace {

constexpr int64_t kHuge = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();

// The definition in mask.h, in arithmetic too wide to overflow.
bool Sees(const Mask& mask, int64_t q_len, int64_t kv_len, int64_t i, int64_t j) {
  using Wide = __int128;
  const Wide offset = mask.alignment == Alignment::kBottomRight ? Wide{kv_len} - q_len : 0;
  if (mask.left && Wide{j} < Wide{i} + offset - *mask.left) return false;
  if (mask.right && Wide{j} > Wide{i} + offset + *mask.right) return false;
  return true;
}

void ExpectMatchesDefinition(const Mask& mask, int64_t q_len, int64_t kv_len) {
  for (int64_t first = 0; first < q_len; ++first) {
    for (int64_t last = first; last < std::min(q_len, first + 4); ++last) {
      const KeyRange range = VisibleKeys(mask, q_len, kv_len, first, last);
      ASSERT_LE(0, range.begin);
      ASSERT_LE(range.begin, range.end);
      ASSERT_LE(range.end, kv_len);
      for (int64_t j = 0; j < kv_len; ++j) {
        bool seen = false;
        for (int64_t i = first; i <= last; ++i) seen |= Sees(mask, q_len, kv_len, i, j);
        ASSERT_EQ(range.begin <= j && j < range.end, seen)
            << mask.ToString() << " " << q_len << "x" << kv_len << " rows " << first << ".." << last
            << " key " << j;
      }
    }
    const KeyRange row = VisibleKeys(mask, q_len, kv_len, first);
    const KeyRange same = VisibleKeys(mask, q_len, kv_len, first, first);
    ASSERT_EQ(row.begin, same.begin);
    ASSERT_EQ(row.end, same.end);
  }
}

std::optional<int64_t> RandomBound(uint64_t seed, uint64_t draw) {
  switch (RandomBits(seed, draw) % 8) {
    case 0:
      return std::nullopt;
    case 1:
      return kHuge;
    case 2:
      return 0;
    case 3:  // not valid in a problem, but the definition stands
      return -static_cast<int64_t>(RandomBits(seed, draw + 1) % 5);
    default:
      return RandomBits(seed, draw + 1) % 40;
  }
}

TEST(MaskTest, VisibleKeysMatchTheDefinitionForRandomMasksAndSizes) {
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    const Mask mask = {
        .left = RandomBound(seed, 0),
        .right = RandomBound(seed, 2),
        .alignment = RandomBits(seed, 4) % 2 ? Alignment::kTopLeft : Alignment::kBottomRight};
    ExpectMatchesDefinition(mask, RandomBits(seed, 5) % 24, RandomBits(seed, 6) % 24);
    if (HasFatalFailure()) return;
  }
}

TEST(MaskTest, BoundsAtTheEndsOfTheirTypeDoNotOverflow) {
  for (const int64_t left : {kHuge, kHuge - 1, kLeast, kLeast + 1, int64_t{0}}) {
    for (const int64_t right : {kHuge, kHuge - 1, kLeast, kLeast + 1, int64_t{0}}) {
      for (const Alignment alignment : {Alignment::kBottomRight, Alignment::kTopLeft}) {
        ExpectMatchesDefinition(Mask::Window(left, right, alignment), 5, 3);
        ExpectMatchesDefinition(Mask::Window(left, right, alignment), 3, 5);
      }
    }
  }
}

TEST(MaskTest, CausalDecodingSeesTheWholeCache) {
  const KeyRange keys = VisibleKeys(Mask::Causal(), 1, 4096, 0);
  EXPECT_EQ(keys.begin, 0);
  EXPECT_EQ(keys.end, 4096);
  EXPECT_EQ(VisibleKeys(Mask::Causal(Alignment::kTopLeft), 1, 4096, 0).end, 1);
}

TEST(MaskTest, FirstRowsOfALongBottomRightCausalQuerySeeNothing) {
  EXPECT_EQ(VisibleKeys(Mask::Causal(), 10, 4, 5).end, 0);
  EXPECT_EQ(VisibleKeys(Mask::Causal(), 10, 4, 6).end, 1);
  EXPECT_EQ(VisibleKeys(Mask::Causal(), 10, 4, 9).end, 4);
}

TEST(MaskTest, NoRowsOrNoKeysSeeNothing) {
  const KeyRange no_rows = VisibleKeys(Mask::Full(), 4, 4, 3, 2);
  EXPECT_EQ(no_rows.begin, no_rows.end);
  const KeyRange no_keys = VisibleKeys(Mask::Causal(), 4, 0, 3);
  EXPECT_EQ(no_keys.begin, no_keys.end);
}

TEST(MaskTest, TextIsAsDocumented) {
  EXPECT_EQ(Mask::Full().ToString(), "full");
  EXPECT_EQ(Mask::Causal().ToString(), "causal");
  EXPECT_EQ(Mask::Causal(Alignment::kTopLeft).ToString(), "causal:top_left");
  EXPECT_EQ(Mask::Window(1024, 0).ToString(), "window:1024:0");
  EXPECT_EQ((Mask{.left = 3, .alignment = Alignment::kTopLeft}).ToString(),
            "window:3:inf:top_left");
  EXPECT_EQ((Mask{.right = 3}).ToString(), "window:inf:3");
}

TEST(MaskTest, TextRoundTrips) {
  const std::vector<std::optional<int64_t>> bounds = {std::nullopt, 0, 1, 1024, kHuge};
  for (const auto& left : bounds) {
    for (const auto& right : bounds) {
      for (const Alignment alignment : {Alignment::kBottomRight, Alignment::kTopLeft}) {
        const Mask mask = {.left = left, .right = right, .alignment = alignment};
        const absl::StatusOr<Mask> parsed = Mask::Parse(mask.ToString());
        ASSERT_TRUE(parsed.ok()) << parsed.status();
        EXPECT_EQ(*parsed, mask) << mask.ToString();
      }
    }
  }
}

TEST(MaskTest, UnreadableTextIsAnErrorThatSaysWhatIsExpected) {
  for (const char* text : {"", "Full", "causal:", "window", "window:1", "window:1:2:3",
                           "window:-1:0", "window:a:0", "window::0", "window:1:0:bottom",
                           "top_left", "full:top_left:top_left", "window:9223372036854775808:0"}) {
    const absl::Status status = Mask::Parse(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("window:LEFT:RIGHT"));
  }
}

}  // namespace
}  // namespace attune
