// Sizes, masks and strides at the ends of what a problem may have, which random problems seldom
// meet, in the family that a plan chooses on the CPU.
#include <sys/mman.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "attention/attention.h"
#include "attention/reference/forward.h"
#include "attention/verification/attention_inputs.h"
#include "attention/verification/verify.h"
#include "autotune/cache/tuning_cache.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

Problem SmallProblem(Dtype dtype) {
  return {.dtype = dtype, .q_heads = 2, .q_len = 33, .kv_len = 17, .qk_dim = 16, .v_dim = 24};
}

absl::Status RunAndVerify(const Problem& problem, Direction direction) {
  const TuningCache cache{TuningCacheOptions()};
  const auto plan = Attention::Plan(problem, {.direction = direction, .cache = &cache});
  if (!plan.ok()) return plan.status();
  AttentionInputs inputs(problem, direction, /*seed=*/1);
  if (direction == Direction::kForward) {
    const absl::Status status = plan->Run(inputs.Forward());
    return status.ok() ? VerifyForward(inputs, ExpectForward(inputs)) : status;
  }
  const absl::Status status = plan->Run(inputs.Backward());
  return status.ok() ? VerifyBackward(inputs, ExpectBackward(inputs)) : status;
}

void ExpectRight(const Problem& problem) {
  SCOPED_TRACE(problem.ToString());
  EXPECT_EQ(RunAndVerify(problem, Direction::kForward), absl::OkStatus());
  EXPECT_EQ(RunAndVerify(problem, Direction::kBackward), absl::OkStatus());
}

class EdgeCasesTest : public ::testing::TestWithParam<Dtype> {};

TEST_P(EdgeCasesTest, NoRowsOneKeyAndMoreQueriesThanKeysUnderEveryMask) {
  const std::vector<Mask> masks = {Mask::Full(),
                                   Mask::Causal(),
                                   Mask::Causal(Alignment::kTopLeft),
                                   Mask::Window(0, 0),
                                   Mask::Window(3, 0, Alignment::kTopLeft),
                                   Mask::Window(kMost, kMost)};
  for (const int64_t q_len : {0, 1, 70}) {
    for (const int64_t kv_len : {0, 1, 5}) {
      for (const Mask& mask : masks) {
        Problem problem = SmallProblem(GetParam());
        problem.q_len = q_len;
        problem.kv_len = kv_len;
        problem.mask = mask;
        ExpectRight(problem);
      }
    }
  }
}

TEST_P(EdgeCasesTest, GroupsOfAnySizeAndBatchesOfSingleRows) {
  Problem problem = SmallProblem(GetParam());
  problem.mask = Mask::Causal();
  for (const auto& [q_heads, kv_heads] :
       std::vector<std::pair<int64_t, int64_t>>{{7, 7}, {7, 1}, {9, 3}, {64, 1}}) {
    problem.q_heads = q_heads;
    problem.kv_heads = kv_heads;
    ExpectRight(problem);
  }
  problem = SmallProblem(GetParam());
  problem.batch = 200;
  problem.q_len = problem.kv_len = 1;
  ExpectRight(problem);
}

TEST_P(EdgeCasesTest, ScalesAndCapsAtTheEndsOfTheirRange) {
  for (const double scale : {0.0, 1e-45, -1.0}) {
    Problem problem = SmallProblem(GetParam());
    problem.softmax_scale = scale;
    ExpectRight(problem);
  }
  for (const double cap : {1e-30, 1e30}) {
    Problem problem = SmallProblem(GetParam());
    problem.soft_cap = cap;
    ExpectRight(problem);
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, EdgeCasesTest,
                         ::testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16));

// Address space of which hardly a page is touched.
class SparseFloats {
 public:
  explicit SparseFloats(int64_t count)
      : bytes_(count * sizeof(float)),
        data_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~SparseFloats() {
    if (ok()) munmap(data_, bytes_);
  }
  bool ok() const { return data_ != MAP_FAILED; }
  float* data() const { return static_cast<float*>(data_); }

 private:
  const size_t bytes_;
  void* const data_;
};

TEST(HugeStridesTest, ElementsBeyondThirtyTwoBitsAreFound) {
  constexpr int64_t kHead = (int64_t{1} << 31) + 64;
  constexpr Strides kStrides = {.batch = 2 * kHead, .head = kHead, .length = 16};
  const Problem problem = {.dtype = Dtype::kFloat32,
                           .q_heads = 2,
                           .kv_heads = 2,
                           .q_len = 3,
                           .kv_len = 5,
                           .qk_dim = 16,
                           .v_dim = 16,
                           .query_strides = kStrides,
                           .key_strides = kStrides,
                           .value_strides = kStrides,
                           .out_strides = kStrides};
  const SparseFloats query(kHead + 80), key(kHead + 80), value(kHead + 80), out(kHead + 80);
  if (!query.ok() || !key.ok() || !value.ok() || !out.ok()) {
    GTEST_SKIP() << "this machine gives no 35 GB of address space";
  }
  for (int64_t head = 0; head < 2; ++head) {
    for (int64_t i = 0; i < 80; ++i) {
      const double x = static_cast<double>(i + 100 * head);
      query.data()[head * kHead + i] = static_cast<float>(std::sin(x));
      key.data()[head * kHead + i] = static_cast<float>(std::cos(3 * x));
      value.data()[head * kHead + i] = static_cast<float>(std::sin(2 * x));
    }
  }
  const TuningCache cache{TuningCacheOptions()};
  const auto plan = Attention::Plan(problem, {.cache = &cache});
  ASSERT_TRUE(plan.ok()) << plan.status();
  const ForwardTensors tensors = {
      .query = query.data(), .key = key.data(), .value = value.data(), .out = out.data()};
  ASSERT_EQ(plan->Run(tensors), absl::OkStatus());
  for (int64_t head = 0; head < 2; ++head) {
    for (int64_t row = 0; row < 3; ++row) {
      const ReferenceRow expected = ComputeReferenceRow(problem, tensors, 0, head, row);
      for (int64_t d = 0; d < 16; ++d) {
        EXPECT_NEAR(out.data()[head * kHead + row * 16 + d], expected.out[d], 1e-5);
      }
    }
  }
}

}  // namespace
}  // namespace attune
