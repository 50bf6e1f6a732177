#include "testing/gpu/family_table.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "attention/cpu/cpu_backward_family.h"
#include "attention/cpu/cpu_forward_family.h"
#include "device/cpu/cpu_device.h"

namespace attune {
namespace {

TEST(FamilyTableTest, SaysWhoServesWhoCouldAndWhyOthersDoNot) {
  const CpuForwardFamily forward;
  const CpuForwardFamily second;
  const CpuBackwardFamily backward;
  CpuDevice cpu;
  const std::vector<NamedProblem> problems = {SizedProblems()[0]};
  const ReportTable table = FamilyTable({&forward, &backward, &second}, problems, cpu.info());
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(table.rows[0],
            (std::vector<std::string>{"small_fp32", "attention_forward", "cpu_forward", "serves"}));
  EXPECT_EQ(table.rows[1][3], "could serve");
  EXPECT_EQ(table.rows[2], (std::vector<std::string>{"small_fp32", "attention_backward",
                                                     "cpu_backward", "serves"}));

  DeviceInfo gpu;
  gpu.id = "cuda:0";
  gpu.kind = DeviceKind::kCuda;
  const ReportTable refused = FamilyTable({&forward}, problems, gpu);
  ASSERT_EQ(refused.rows.size(), 1u);
  EXPECT_TRUE(absl::StrContains(refused.rows[0][3], "runs on the CPU")) << refused.rows[0][3];
}

}  // namespace
}  // namespace attune
