#include "benchmarks/report/page.h"

#include <gtest/gtest.h>

namespace attune {
namespace {

constexpr char kHtml[] = "<style>{{style}}</style><script>{{echarts}}</script>{{data}}|{{scripts}}";

TEST(PageTest, PartsStandWhereTheHtmlNamesThem) {
  const auto page =
      ComposePage({.html = kHtml, .style = "a{{b}}", .echarts = "e", .scripts = "s", .data = "{}"});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(*page, "<style>a{{b}}</style><script>e</script>{}|s");
}

TEST(PageTest, DataCannotEndItsElement) {
  const auto page =
      ComposePage({.html = "{{data}}", .data = R"({"a": "</script><!--<script>\"'"})"});
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(*page, R"({"a": "\u003c/script>\u003c!--\u003cscript>\"'"})");
}

TEST(PageTest, OnlyALivePageMayAskItsServerAndKnowsItsVersion) {
  const PageParts parts = {.html = "{{connect}}|{{scripts}}", .scripts = "s"};
  EXPECT_EQ(ComposePage(parts).value(), "|s");
  PageParts live = parts;
  live.live_script = "l";
  live.version = "1f";
  EXPECT_EQ(ComposePage(live).value(), "connect-src 'self'; |s\nattune.version = \"1f\";\nl");
}

TEST(PageTest, ScriptsThatWouldEndTheirElementAreRefused) {
  EXPECT_FALSE(ComposePage({.html = kHtml, .scripts = "'</SCRIPT>'"}).ok());
  EXPECT_FALSE(ComposePage({.html = kHtml, .echarts = "<!-- x"}).ok());
  EXPECT_FALSE(ComposePage({.html = kHtml, .style = "</style>"}).ok());
}

TEST(PageTest, PartsThatThereAreNotAreRefused) {
  EXPECT_FALSE(ComposePage({.html = "{{other}}"}).ok());
  EXPECT_FALSE(ComposePage({.html = "{{data"}).ok());
}

}  // namespace
}  // namespace attune
