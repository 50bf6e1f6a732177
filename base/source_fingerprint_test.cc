#include "base/source_fingerprint.h"

#include "gtest/gtest.h"

namespace attune {
namespace {

TEST(NormalizeSourceTest, IgnoresLayoutAndComments) {
  EXPECT_EQ(NormalizeSource("int  f( int a ) {  // adds\n  return a + 1; /* one */\n}\n"),
            NormalizeSource("int f(int a) {\n\n\treturn a + 1;}"));
}

TEST(NormalizeSourceTest, KeepsTokensApart) {
  EXPECT_EQ(NormalizeSource("return  x"), "return x");
  EXPECT_EQ(NormalizeSource("a/**/b"), "a b");
  EXPECT_EQ(NormalizeSource("a + +b"), "a+ +b");
}

TEST(NormalizeSourceTest, KeepsLiterals) {
  EXPECT_EQ(NormalizeSource("f(\"a  // b\")"), "f(\"a  // b\")");
  EXPECT_EQ(NormalizeSource("f('\\'' , ' ')"), "f('\\'',' ')");
  EXPECT_EQ(NormalizeSource("R\"x(a  /* b */)x\"  ;"), "R\"x(a  /* b */)x\";");
  EXPECT_EQ(NormalizeSource("1'000 + 2 // x"), "1'000+2");
}

TEST(NormalizeSourceTest, KeepsDirectivesOnTheirLines) {
  EXPECT_EQ(NormalizeSource("#define F (x)  // why\n\nint a;\n int b;\n#if A\nc\n#endif\n"),
            "#define F (x)\nint a;int b;\n#if A\nc\n#endif");
}

TEST(SourceFingerprintTest, ChangesWithMeaningAndFlagsOnly) {
  const std::string base = SourceFingerprint({"int a;", "int b;"}, {"-O2"});
  EXPECT_EQ(base.size(), 32);
  EXPECT_EQ(base, SourceFingerprint({"int  a ;  // x", "int b;\n"}, {"-O2"}));
  EXPECT_NE(base, SourceFingerprint({"int a;", "int c;"}, {"-O2"}));
  EXPECT_NE(base, SourceFingerprint({"int a;", "int b;"}, {"-O3"}));
  EXPECT_NE(base, SourceFingerprint({"int b;", "int a;"}, {"-O2"}));
}

}  // namespace
}  // namespace attune
