#include "autotune/codegen/variant_template.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<Configuration> Variants(int count) {
  std::vector<Configuration> variants;
  for (int i = 0; i < count; ++i) {
    variants.push_back(Configuration({{"rows", i}, {"columns", 8}}));
  }
  return variants;
}

TEST(VariantTemplateTest, RepeatsLinesThatNameTheVariant) {
  EXPECT_EQ(ExpandShard("#include \"{{file}}\"\n"
                        "int shard = {{shard}};\n"
                        "F{{index}}: Kernel<{{{configuration}}}>(\"{{text}}\");\n"
                        "end\n",
                        "a/b.cc", 2, 7, Variants(2)),
            "#include \"a/b.cc\"\n"
            "int shard = 2;\n"
            "F7: Kernel<{.rows = 0, .columns = 8}>(\"rows=0,columns=8\");\n"
            "F8: Kernel<{.rows = 1, .columns = 8}>(\"rows=1,columns=8\");\n"
            "end\n");
}

TEST(VariantTemplateTest, RepeatsTableLinesForEachShard) {
  EXPECT_EQ(ExpandTable("begin\n  Shard{{shard}}(),\nend\n", 2, "", ""),
            "begin\n  Shard0(),\n  Shard1(),\nend\n");
}

TEST(VariantTemplateTest, TableHoldsSpaceAndFingerprint) {
  EXPECT_EQ(ExpandTable("s = {{space}};\nf = \"{{fingerprint}}\";\n", 1, "kernel: \"k\"", "abc"),
            "s = R\"textproto(kernel: \"k\")textproto\";\nf = \"abc\";\n");
}

TEST(VariantTemplateTest, ShardsAreEvenAndKeepOrder) {
  const auto shards = SplitIntoShards(Variants(5), 2);
  EXPECT_THAT(shards, ElementsAre(SizeIs(2), SizeIs(3)));
  EXPECT_EQ(shards[1][0].Get("rows"), 2);
  EXPECT_THAT(SplitIntoShards({}, 1), ElementsAre(IsEmpty()));
}

}  // namespace
}  // namespace attune
