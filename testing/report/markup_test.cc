#include "testing/report/markup.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

TEST(MarkupTest, MarkupBecomesText) {
  EXPECT_EQ(EscapeMarkup("<a href=\"x\">b & 'c'</a>"),
            "&lt;a href=&quot;x&quot;&gt;b &amp; &#39;c&#39;&lt;/a&gt;");
  EXPECT_EQ(EscapeMarkup("]]>"), "]]&gt;");
}

TEST(MarkupTest, PlainTextStays) {
  EXPECT_EQ(EscapeMarkup("two\n\tlines, 3 \u00b5s \u2026 \U0001F600"),
            "two\n\tlines, 3 \u00b5s \u2026 \U0001F600");
  EXPECT_EQ(EscapeMarkup(""), "");
}

TEST(MarkupTest, WhatXmlCannotHoldIsReplaced) {
  EXPECT_EQ(EscapeMarkup(absl::string_view("a\0b\x1b[31m", 8)), "a\uFFFDb\uFFFD[31m");
  EXPECT_EQ(EscapeMarkup("\xff\xfe"), "\uFFFD\uFFFD");
  EXPECT_EQ(EscapeMarkup("cut \xe2\x80"), "cut \uFFFD\uFFFD");
  EXPECT_EQ(EscapeMarkup("\xc0\xaf"), "\uFFFD\uFFFD");            // "/" in two bytes
  EXPECT_EQ(EscapeMarkup("\xe0\x80\xaf"), "\uFFFD\uFFFD\uFFFD");  // in three
  EXPECT_EQ(EscapeMarkup("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(EscapeMarkup("\xef\xbf\xbf"), "\uFFFD\uFFFD\uFFFD");  // U+FFFF
}

}  // namespace
}  // namespace attune
