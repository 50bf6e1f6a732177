// The space and what runs untuned, over all that the kernel supports.
#include "attention/cuda/hopper/hopper_forward_untuned.h"

#include <cstdint>
#include <string>
#include <vector>

#include "attention/cuda/hopper/hopper_forward_support.h"
#include "attention/workload.h"
#include "autotune/space/configuration.h"
#include "autotune/space/parameter_space.h"
#include "autotune/space/untuned.h"
#include "base/file.h"
#include "gtest/gtest.h"

namespace attune::hopper {
namespace {

constexpr char kSpaceFile[] = "attention/cuda/hopper/hopper_forward.space.textproto";

const ParameterSpace& Space() {
  static const auto* const space = [] {
    const auto text = ReadFile(kSpaceFile);
    EXPECT_TRUE(text.ok()) << text.status();
    auto parsed = ParameterSpace::Parse(*text, kSpaceFile);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return new ParameterSpace(*std::move(parsed));
  }();
  return *space;
}

// As HopperForwardFamily gives them.
Variables AllFixedVariables(const Problem& problem) {
  Variables variables = ProblemVariables(problem);
  variables.merge(FixedVariables(problem));
  variables.merge(UntunedVariables(problem));
  variables["device_shared_bytes_per_block"] = 227 << 10;
  return variables;
}

Variables AllVariables(const Problem& problem, const Configuration& configuration) {
  Variables variables = AllFixedVariables(problem);
  variables.merge(ForwardVariables(problem, VariantOf(problem, configuration)));
  return variables;
}

// 16k tokens and 2048 columns, as in docs/hopper_forward_log.md.
Problem LogProblem(int64_t qk_dim, int64_t v_dim, int64_t length, const Mask& mask) {
  const int64_t heads = qk_dim == v_dim ? 2048 / v_dim : 16;
  return {.batch = 16384 / length,
          .q_heads = heads,
          .kv_heads = heads,
          .q_len = length,
          .kv_len = length,
          .qk_dim = qk_dim,
          .v_dim = v_dim,
          .mask = mask};
}

void ExpectAdmitted(const Problem& problem, const Configuration& configuration) {
  const auto removed = Space().RemovedBy(configuration, AllVariables(problem, configuration));
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_FALSE(removed->has_value())
      << **removed << " removes " << configuration.ToString() << " for " << problem.ToString();
}

std::vector<Mask> Masks() {
  return {Mask::Full(), Mask::Causal(), Mask::Window(500, 0), Mask{.right = 3}};
}

Configuration Wanted(const Problem& problem) {
  const auto wanted =
      WantedConfiguration(Space(), [&](const Configuration&) { return UntunedVariables(problem); });
  EXPECT_TRUE(wanted.ok()) << wanted.status();
  return *wanted;
}

TEST(HopperForwardUntunedTest, ChoiceIsAdmittedAtEveryHeadDimLengthAndMask) {
  for (int64_t qk_dim = 8; qk_dim <= 256; qk_dim += 16) {
    for (int64_t v_dim = 16; v_dim <= 256; v_dim += 24) {
      for (const int64_t length : {1, 512, 1024, 2048, 4096, 16384}) {
        for (const Mask& mask : Masks()) {
          const Problem problem = LogProblem(qk_dim, v_dim, length, mask);
          ExpectAdmitted(problem, Wanted(problem));
          if (HasFatalFailure() || HasNonfatalFailure()) return;
        }
      }
    }
  }
}

// What a problem may ask for besides.
std::vector<Problem> Featured(const Problem& plain) {
  std::vector<Problem> problems(7, plain);
  problems[0].soft_cap = 30;
  problems[1].alibi = true;
  problems[2].soft_cap = 30;
  problems[2].alibi = true;
  problems[3].score_expression = "score + 1";
  problems[4].mask_expression = "q == kv";
  problems[5].softmax_scale = -1;
  problems[5].mask_expression = "q == kv";
  problems[6].dtype = Dtype::kFloat16;
  return problems;
}

TEST(HopperForwardUntunedTest, FeaturesHaveAnAdmittedChoiceAtEveryHeadDim) {
  for (const int64_t qk_dim : {8, 40, 64, 72, 80, 96, 112, 128, 160, 192, 248, 256}) {
    for (const int64_t v_dim : {8, 64, 72, 80, 128, 192, 256}) {
      for (const int64_t length : {512, 4096}) {
        for (const Mask& mask : Masks()) {
          for (Problem problem : Featured(LogProblem(128, 128, length, mask))) {
            problem.qk_dim = qk_dim;
            problem.v_dim = v_dim;
            ExpectAdmitted(problem, Wanted(problem));
            problem.packed = Packed{.total_q_len = 16384, .total_kv_len = 16384};
            if (!CheckProblem(problem).ok()) continue;
            ExpectAdmitted(problem, Wanted(problem));
            if (HasFailure()) return;
          }
        }
      }
    }
  }
}

Problem Grouped(Problem problem, int64_t q_heads, int64_t kv_heads, int64_t q_len) {
  problem.q_heads = q_heads;
  problem.kv_heads = kv_heads;
  problem.q_len = q_len;
  return problem;
}

TEST(HopperForwardUntunedTest, GroupedHeadsHaveAnAdmittedChoice) {
  for (const int64_t dim : {64, 80, 96, 128, 192, 256}) {
    for (const int64_t q_len : {1, 8, 16, 64, 128, 1000, 4096}) {
      for (const int64_t group : {4, 7, 16, 64}) {
        for (const Mask& mask : Masks()) {
          for (const Problem& problem : Featured(LogProblem(dim, dim, 4096, mask))) {
            const Problem grouped = Grouped(problem, 2 * group, 2, q_len);
            ExpectAdmitted(grouped, Wanted(grouped));
            if (HasFailure()) return;
          }
        }
      }
    }
  }
}

TEST(HopperForwardUntunedTest, FewQueriesOfManyHeadsArePacked) {
  const auto packs = [](int64_t q_heads, int64_t q_len) {
    const Problem problem = Grouped(LogProblem(128, 128, 8192, Mask::Full()), q_heads, 8, q_len);
    return Wanted(problem).Get("pack_heads");
  };
  for (const int64_t q_len : {1, 16, 64}) {
    EXPECT_EQ(packs(64, q_len), 1) << q_len;
    EXPECT_EQ(packs(56, q_len), 0) << q_len;  // seven heads to a group
    EXPECT_EQ(packs(8, q_len), 0) << q_len;
  }
  EXPECT_EQ(packs(64, 2000), 0);
}

TEST(HopperForwardUntunedTest, FewTilesAreSmall) {
  const auto rows = [](int64_t dim, int64_t heads, int64_t length, const Mask& mask) {
    Problem problem = LogProblem(dim, dim, length, mask);
    problem.batch = 1;
    problem.q_heads = problem.kv_heads = heads;
    const Configuration wanted = Wanted(problem);
    ExpectAdmitted(problem, wanted);
    return wanted.Get("block_m");
  };
  for (const Mask& mask : {Mask::Full(), Mask::Causal()}) {
    EXPECT_EQ(rows(128, 16, 512, mask), 64);
    EXPECT_EQ(rows(128, 8, 4096, mask), 128);
    EXPECT_EQ(rows(128, 64, 4096, mask), 192);
    EXPECT_EQ(rows(64, 16, 1024, mask), 64);
    EXPECT_EQ(rows(64, 64, 4096, mask), 192);
  }
  EXPECT_EQ(rows(64, 512, 256, Mask::Full()), 64);
}

TEST(HopperForwardUntunedTest, FewTilesOfPackedHeadsStayPacked) {
  Problem problem = Grouped(LogProblem(128, 128, 8192, Mask::Full()), 64, 8, 128);
  problem.batch = 1;
  EXPECT_EQ(Wanted(problem).Get("pack_heads"), 1);
}

TEST(HopperForwardUntunedTest, EmptyLengthsHaveAChoiceToo) {
  for (const Mask& mask : Masks()) {
    Problem problem = LogProblem(128, 128, 1024, mask);
    problem.kv_len = 0;
    ExpectAdmitted(problem, Wanted(problem));
  }
}

// A variant of the log's last table, as its names say it.
struct Winner {
  int64_t qk_dim;
  int64_t v_dim;
  bool causal;
  int64_t length;
  const char* differences;  // from the space's default and, where causal, longest first
};

constexpr Winner kWinners[] = {
    {64, 64, false, 512, "block_m=192,block_n=128,row_maximum=1,scheduler=1"},
    {64, 64, false, 8192, "block_m=192,block_n=128,row_maximum=1,scheduler=1"},
    {64, 64, true, 512, "block_m=64,turns=0,blocks_per_sm=3,section_mib=16"},
    {64, 64, true, 1024, "block_m=192,block_n=128,row_maximum=1,narrow_first=1,section_mib=32"},
    {64, 64, true, 2048, "block_m=192,block_n=128,row_maximum=1,narrow_first=1,section_mib=32"},
    {64, 64, true, 8192, "block_m=192,block_n=128,row_maximum=1,narrow_first=1,section_mib=64"},
    {128, 128, false, 512, "block_n=128,turns=0"},
    {128, 128, false, 1024, "block_n=128,turns=0"},
    {128, 128, false, 2048,
     "block_m=192,block_n=128,q_stages=1,probabilities=1,row_maximum=1,store=1"},
    {128, 128, false, 4096, "block_m=192,block_n=80"},
    {128, 128, true, 512, "block_n=128,join_tiles=1,section_mib=16"},
    {128, 128, true, 1024, "block_m=192,block_n=80,k_stages=3,v_stages=3,turns=0,section_mib=32"},
    {128, 128, true, 2048, "block_m=192,block_n=80,k_stages=3,v_stages=3,turns=0,section_mib=32"},
    {128, 128, true, 4096,
     "block_m=192,block_n=80,turns=0,row_maximum=1,narrow_first=1,section_mib=32"},
    {128, 128, true, 16384,
     "block_m=192,block_n=80,turns=0,row_maximum=1,narrow_first=1,section_mib=64"},
    {256, 256, false, 512, "q_stages=1,k_stages=3,q_register_columns=64,turns=0,store=1"},
    {256, 256, false, 1024, "block_n=80,q_stages=1,q_register_columns=64,store=1"},
    {256, 256, false, 2048, "block_n=80,q_stages=1,store=1,cluster=2"},
    {256, 256, false, 16384, "block_n=80,q_stages=1,store=1,cluster=2"},
    {256, 256, true, 512,
     "q_stages=1,k_stages=3,q_register_columns=64,turns=0,store=1,producer_registers=24,"
     "section_mib=32"},
    {256, 256, true, 4096, "q_stages=1,k_stages=3,turns=0,store=1,section_mib=32"},
    {256, 256, true, 8192, "q_stages=1,k_stages=3,turns=0,store=1,section_mib=64"},
    {256, 256, true, 16384, "q_stages=1,k_stages=3,turns=0,store=1"},
    {80, 80, false, 4096, "block_m=192,block_n=112"},
    {96, 96, false, 4096,
     "block_m=192,block_n=128,q_stages=1,probabilities=1,row_maximum=1,scheduler=1,store=1"},
    {192, 128, false, 4096, "block_n=128,q_stages=1,store=1"},
    {192, 128, true, 4096,
     "block_n=128,q_stages=1,turns=0,store=1,producer_registers=24,section_mib=64"},
};

Configuration With(const Configuration& base, const Configuration& differences) {
  std::vector<Configuration::Entry> entries = base.entries();
  for (auto& [name, value] : entries) {
    for (const auto& [changed, to] : differences.entries()) {
      if (changed == name) value = to;
    }
  }
  return Configuration(std::move(entries));
}

Problem ProblemOf(const Winner& winner) {
  return LogProblem(winner.qk_dim, winner.v_dim, winner.length,
                    winner.causal ? Mask::Causal() : Mask::Full());
}

Configuration ConfigurationOf(const Winner& winner) {
  const Configuration longest_first = *Configuration::Parse("scheduler=1,order=1");
  const Configuration base =
      winner.causal ? With(Space().Default(), longest_first) : Space().Default();
  return With(base, *Configuration::Parse(winner.differences));
}

TEST(HopperForwardSpaceTest, WinnersOfTheLogAreAdmitted) {
  for (const Winner& winner : kWinners) ExpectAdmitted(ProblemOf(winner), ConfigurationOf(winner));
}

TEST(HopperForwardUntunedTest, ChoicesAtMeasuredHeadDimsAreWinners) {
  int same = 0;
  for (const Winner& winner : kWinners) {
    same += Wanted(ProblemOf(winner)) == ConfigurationOf(winner) ? 1 : 0;
  }
  // One pattern for several lengths does not take each of them: at head dim 256 the log's two
  // lengths with another scheduler or section were within 1 % of the pattern's.
  EXPECT_GE(same, 20) << "of " << std::size(kWinners);
}

Problem WithCap(Problem problem) {
  problem.soft_cap = 30;
  return problem;
}

Problem WithExpression(Problem problem) {
  problem.score_expression = "score + 1";
  return problem;
}

Problem PackedOf(Problem problem) {
  problem.packed = Packed{.total_q_len = 16384, .total_kv_len = 16384};
  return problem;
}

TEST(HopperForwardSpaceTest, AdmitsSomeHundredsThatAreAllValid) {
  for (const Problem& problem :
       {LogProblem(64, 64, 4096, Mask::Full()), LogProblem(64, 64, 4096, Mask::Causal()),
        LogProblem(128, 128, 4096, Mask::Causal()),
        LogProblem(128, 128, 4096, Mask::Window(500, 0)), LogProblem(256, 256, 4096, Mask::Full()),
        LogProblem(192, 128, 4096, Mask::Causal()),
        WithCap(LogProblem(128, 128, 4096, Mask::Causal())),
        WithExpression(LogProblem(256, 256, 4096, Mask::Window(500, 0))),
        PackedOf(LogProblem(128, 128, 4096, Mask::Causal())),
        Grouped(LogProblem(64, 64, 4096, Mask::Causal()), 64, 8, 4096),
        Grouped(LogProblem(128, 128, 8192, Mask::Full()), 64, 8, 16)}) {
    const Variables fixed = AllFixedVariables(problem);
    const auto enumeration = Space().Enumerate(
        fixed, [&](const Configuration& configuration) -> absl::StatusOr<Variables> {
          Variables variables = fixed;
          variables.merge(ForwardVariables(problem, VariantOf(problem, configuration)));
          return variables;
        });
    ASSERT_TRUE(enumeration.ok()) << enumeration.status();
    EXPECT_GE(enumeration->admitted.size(), 6u) << problem.ToString();
    EXPECT_LE(enumeration->admitted.size(), 1000u) << problem.ToString();
    for (const Configuration& configuration : enumeration->admitted) {
      EXPECT_TRUE(IsValid(VariantOf(problem, configuration))) << configuration.ToString();
    }
  }
}

}  // namespace
}  // namespace attune::hopper
