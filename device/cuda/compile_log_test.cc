#include "device/cuda/compile_log.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr char kLog[] = R"(ptxas warning : Value of threads per SM for entry second is out of range.
ptxas info    : 0 bytes gmem
ptxas info    : Compiling entry function 'first' for 'sm_80'
ptxas info    : Function properties for first
ptxas         .     0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 10 registers, used 1 barriers, 512 bytes smem, 360 bytes cmem[0]
ptxas info    : Compile time = 2.769 ms
ptxas info    : Compiling entry function 'second' for 'sm_80'
ptxas info    : Function properties for second
ptxas         .     760 bytes stack frame, 908 bytes spill stores, 912 bytes spill loads
ptxas info    : Used 32 registers, used 2 barriers, 760 bytes cumulative stack size
ptxas info    : Function properties for helper
ptxas         .     16 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads
)";

TEST(ParseResourcesTest, ReadsTheKernelThatIsAskedFor) {
  const absl::StatusOr<KernelResources> first = ParseResources(kLog, "first");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(*first, (KernelResources{.registers = 10, .static_shared_bytes = 512, .barriers = 1}));
  const absl::StatusOr<KernelResources> second = ParseResources(kLog, "second");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(*second, (KernelResources{.registers = 32,
                                      .stack_bytes = 760,
                                      .spill_store_bytes = 908,
                                      .spill_load_bytes = 912,
                                      .barriers = 2}));
}

TEST(ParseResourcesTest, SaysWhenTheLogIsSilent) {
  EXPECT_EQ(ParseResources(kLog, "firs").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ParseResources("", "first").status().code(), absl::StatusCode::kNotFound);
}

TEST(ParsePerformanceWarningsTest, EachIsTakenOnceAndWithoutTheFunction) {
  EXPECT_EQ(ParsePerformanceWarnings(kLog), "");
  // As ptxas 13.0 writes them.
  constexpr char kSerialized[] =
      "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are "
      "serialized due to insufficient register resources for the wgmma pipeline in the function "
      "'_Z5firstv'\n"
      "ptxas info    : (C7510) Potential Performance Loss: wgmma.mma_async instructions are "
      "serialized due to insufficient register resources for the wgmma pipeline in the function "
      "'_Z5firstv'\n"
      "ptxas info    : (C7508) Potential Performance Loss: 'setmaxnreg' ignored to allow "
      "debugging.\n";
  EXPECT_EQ(
      ParsePerformanceWarnings(kSerialized),
      "(C7510) Potential Performance Loss: wgmma.mma_async instructions are serialized due to "
      "insufficient register resources for the wgmma pipeline\n"
      "(C7508) Potential Performance Loss: 'setmaxnreg' ignored to allow debugging.");
}

TEST(FirstErrorTest, SkipsWarningsAndCountsWhatFollows) {
  EXPECT_EQ(
      FirstError("k.cu(2): warning #177-D: unused\n  int a;\n      ^\n\n"
                 "k.cu(10): error: identifier \"b\" is undefined\n  int x = b;\n          ^\n\n"
                 "k.cu(11): error: expected a \";\"\n\n2 errors detected.\n"),
      "k.cu(10): error: identifier \"b\" is undefined\n  int x = b;\n          ^\n"
      "(and 1 more error)");
}

TEST(FirstErrorTest, KeepsALogWithoutErrorsWhole) {
  EXPECT_EQ(FirstError("\nsomething else\n"), "something else");
}

}  // namespace
}  // namespace attune
