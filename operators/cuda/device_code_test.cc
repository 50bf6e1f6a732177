#include "operators/cuda/device_code.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

DeviceCode Code(HeaderSet headers) {
  return {.family = "scale",
          .header = "scale.cuh",
          .headers = std::make_shared<const HeaderSet>(std::move(headers)),
          .options = {"-lineinfo"}};
}

TEST(DeviceCodeTest, VariantIsAnIncludeAndANameExpression) {
  const DeviceCode code = Code({{"scale.cuh", "template <int k> __global__ void Scale() {}\n"}});
  const KernelSource source =
      SourceOf(code, {.kernel = "Scale<2>", .functions = "struct Mine {};\n"}, "sm_90");
  EXPECT_EQ(source.name, "scale.cu");
  EXPECT_EQ(source.text, "#include \"scale.cuh\"\nstruct Mine {};\n");
  EXPECT_EQ(source.name_expression, "Scale<2>");
  EXPECT_EQ(source.architecture, "sm_90a");
  EXPECT_EQ(source.headers, code.headers);
  EXPECT_THAT(source.options, testing::ElementsAre("-lineinfo"));
}

TEST(DeviceCodeTest, FingerprintFollowsWhatTheKernelReachesAndNoLayout) {
  const std::string before = FingerprintOf(
      Code({{"scale.cuh", "#include \"two.cuh\"\nint a;\n"}, {"two.cuh", "int b;\n"}}));
  EXPECT_EQ(before, FingerprintOf(Code({{"scale.cuh", "#include \"two.cuh\"\nint  a; // a\n"},
                                        {"two.cuh", "int b;\n"},
                                        {"unreached.cuh", "int c;\n"}})));
  EXPECT_NE(before, FingerprintOf(Code({{"scale.cuh", "#include \"two.cuh\"\nint a;\n"},
                                        {"two.cuh", "long b;\n"}})));
}

TEST(DeviceCodeTest, FingerprintFollowsOptions) {
  DeviceCode code = Code({{"scale.cuh", "int a;\n"}});
  const std::string before = FingerprintOf(code);
  code.options.push_back("--use_fast_math");
  EXPECT_NE(before, FingerprintOf(code));
}

}  // namespace
}  // namespace attune
