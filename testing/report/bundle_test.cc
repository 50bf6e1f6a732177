#include "testing/report/bundle.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace attune {
namespace {

constexpr char kText[] =
    "revision\tabc123-dirty\n"
    "assertions\ton\n"
    "kind\tlabel\tprogram\n"
    "test\t//attention/cuda/portable:portable_forward_gpu_test\tbin/a\n"
    "test\t//device/cuda:gpu_test\tbin/b\n"
    "test\t//testing/gpu:attention_gpu_test\tbin/c\n"
    "test\t//attention/ternary/cuda:gpu_test\tbin/t\n"
    "benchmark\t//benchmarks:cpu_attention_benchmark\tbin/d\n"
    "benchmark\t//benchmarks:gpu_plan_benchmark\tbin/e\n"
    "tool\t//testing/gpu:gpu_validate\tbin/gpu_validate\n";

std::vector<std::string> Paths(const std::vector<Program>& programs) {
  std::vector<std::string> paths;
  for (const Program& program : programs) paths.push_back(program.path);
  return paths;
}

using Strings = std::vector<std::string>;

TEST(BundleTest, FactsAndProgramsAreRead) {
  const auto bundle = ParseBundle("/b", kText);
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->facts.at("revision"), "abc123-dirty");
  ASSERT_EQ(bundle->programs.size(), 7u);
  EXPECT_EQ(bundle->programs[1].FileName(), "device.cuda.gpu_test");
  EXPECT_EQ(bundle->Tool("gpu_validate")->path, "/b/bin/gpu_validate");
  EXPECT_EQ(bundle->Tool("gpu_test").status().code(), absl::StatusCode::kNotFound);
}

TEST(BundleTest, TargetsSelectPartsOfTheTree) {
  const auto bundle = ParseBundle("/b", kText);
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(Paths(Select(*bundle, "test", Target::kAll)),
            (Strings{"/b/bin/a", "/b/bin/b", "/b/bin/c", "/b/bin/t"}));
  EXPECT_EQ(Paths(Select(*bundle, "test", Target::kAttention)), Strings{"/b/bin/c"});
  EXPECT_EQ(Paths(Select(*bundle, "test", Target::kFlashAttention)),
            (Strings{"/b/bin/a", "/b/bin/c"}));
  EXPECT_EQ(Paths(Select(*bundle, "test", Target::kTernary)), Strings{"/b/bin/t"});
  EXPECT_EQ(Paths(Select(*bundle, "benchmark", Target::kAll)), Strings{"/b/bin/e"});
}

TEST(BundleTest, LinesThatAreNoneAreNamed) {
  for (const char* text : {"kind\tlabel\tprogram\ntest\t//a:b\n", "revision\n", "", "a\tb\n",
                           "test\t//a:b\tbin/b\n"}) {
    const auto bundle = ParseBundle("/b", text);
    EXPECT_EQ(bundle.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_TRUE(absl::StrContains(bundle.status().message(), "/b/programs.tsv")) << bundle.status();
  }
}

}  // namespace
}  // namespace attune
