#include "attention/reference/backward.h"

#include <cmath>
#include <string>
#include <vector>

#include "attention/mask.h"
#include "attention/reference/forward.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"
#include "numerics/random.h"

namespace attune {
namespace {

using ::testing::Each;

std::vector<double> Normals(uint64_t seed, int64_t count) {
  std::vector<double> values(count);
  for (int64_t i = 0; i < count; ++i) values[i] = RandomNormal(seed, i);
  return values;
}

ReferenceInputs MakeInputs(const Problem& problem, uint64_t seed) {
  return {
      .query = Normals(seed, QueryShape(problem).elements()),
      .key = Normals(seed + 1, KeyShape(problem).elements()),
      .value = Normals(seed + 2, ValueShape(problem).elements()),
      .alibi_slopes = problem.alibi ? Normals(seed + 3, problem.q_heads) : std::vector<double>(),
      .d_out = Normals(seed + 4, OutShape(problem).elements())};
}

// <d_out, out>: the function whose gradients backward gives.
double Objective(const Problem& problem, const ReferenceInputs& inputs) {
  const ReferenceForward forward = ComputeReferenceForward(problem, inputs);
  double sum = 0;
  for (size_t i = 0; i < forward.out.size(); ++i) sum += forward.out[i] * inputs.d_out[i];
  return sum;
}

// Central differences have an error of step^2 times the third derivative and of 1e-16 / step: 1e-9
// at this step.
void ExpectIsTheDifferenceQuotient(const Problem& problem, ReferenceInputs& inputs,
                                   std::vector<double>& perturbed,
                                   const std::vector<double>& gradient) {
  constexpr double kStep = 1e-5;
  ASSERT_EQ(gradient.size(), perturbed.size());
  for (size_t i = 0; i < perturbed.size(); ++i) {
    const double centre = perturbed[i];
    perturbed[i] = centre + kStep;
    const double above = Objective(problem, inputs);
    perturbed[i] = centre - kStep;
    const double below = Objective(problem, inputs);
    perturbed[i] = centre;
    ASSERT_NEAR(gradient[i], (above - below) / (2 * kStep), 2e-8) << "element " << i;
  }
}

struct Case {
  std::string name;
  Problem problem;
};

class ReferenceBackwardTest : public ::testing::TestWithParam<Case> {};

TEST_P(ReferenceBackwardTest, GradientsAreTheDifferenceQuotientsOfForward) {
  const Problem& problem = GetParam().problem;
  constexpr uint64_t kSeed = 17;
  SCOPED_TRACE(::testing::Message() << "seed " << kSeed);
  ReferenceInputs inputs = MakeInputs(problem, kSeed);
  const ReferenceBackward backward = ComputeReferenceBackward(problem, inputs);
  ExpectIsTheDifferenceQuotient(problem, inputs, inputs.query, backward.d_query);
  ExpectIsTheDifferenceQuotient(problem, inputs, inputs.key, backward.d_key);
  ExpectIsTheDifferenceQuotient(problem, inputs, inputs.value, backward.d_value);
}

std::vector<Case> Cases() {
  const Problem base = {.dtype = Dtype::kFloat32,
                        .q_heads = 2,
                        .kv_heads = 2,
                        .q_len = 4,
                        .kv_len = 5,
                        .qk_dim = 8,
                        .v_dim = 8};
  std::vector<Case> cases = {{"full", base}};
  const auto add = [&](const std::string& name, auto change) {
    Problem problem = base;
    change(problem);
    cases.push_back({name, problem});
  };
  add("batch", [](Problem& p) { p.batch = 2; });
  add("grouped", [](Problem& p) { p.q_heads = 4; });
  add("multi_query", [](Problem& p) { p.q_heads = 4, p.kv_heads = 1; });
  add("causal", [](Problem& p) { p.mask = Mask::Causal(); });
  add("causal_top_left", [](Problem& p) { p.mask = Mask::Causal(Alignment::kTopLeft); });
  add("window", [](Problem& p) { p.mask = Mask::Window(1, 1); });
  add("rows_without_keys", [](Problem& p) { p.q_len = 6, p.kv_len = 3, p.mask = Mask::Causal(); });
  add("scale", [](Problem& p) { p.softmax_scale = -0.7; });
  add("soft_cap", [](Problem& p) { p.soft_cap = 1.5; });
  add("alibi", [](Problem& p) { p.alibi = true; });
  add("wide_values", [](Problem& p) { p.v_dim = 16; });
  add("wide_keys", [](Problem& p) { p.qk_dim = 16; });
  add("everything", [](Problem& p) {
    p = {.dtype = Dtype::kFloat32,
         .batch = 2,
         .q_heads = 4,
         .kv_heads = 2,
         .q_len = 3,
         .kv_len = 5,
         .qk_dim = 16,
         .v_dim = 8,
         .mask = Mask::Window(3, 0, Alignment::kTopLeft),
         .softmax_scale = 0.4,
         .soft_cap = 2,
         .alibi = true};
  });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Problems, ReferenceBackwardTest, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });

TEST(ReferenceBackwardTest, ReadsStridedTensorsButNotOutOrLogSumExp) {
  Problem problem = {.dtype = Dtype::kFloat32,
                     .q_heads = 2,
                     .kv_heads = 1,
                     .q_len = 3,
                     .kv_len = 4,
                     .qk_dim = 8,
                     .v_dim = 16};
  const ReferenceInputs inputs = MakeInputs(problem, 23);
  const std::vector<float> key(inputs.key.begin(), inputs.key.end());
  const std::vector<float> value(inputs.value.begin(), inputs.value.end());
  // Layout [batch, length, head, dim] from [batch, head, length, dim].
  const auto transpose = [](const std::vector<double>& from, int64_t dim) {
    std::vector<float> to(from.size());
    for (int64_t h = 0; h < 2; ++h) {
      for (int64_t i = 0; i < 3; ++i) {
        for (int64_t d = 0; d < dim; ++d) {
          to[(i * 2 + h) * dim + d] = static_cast<float>(from[(h * 3 + i) * dim + d]);
        }
      }
    }
    return to;
  };
  const std::vector<float> query = transpose(inputs.query, 8);
  const std::vector<float> d_out = transpose(inputs.d_out, 16);
  BackwardTensors tensors;
  tensors.query = query.data();
  tensors.key = key.data();
  tensors.value = value.data();
  tensors.d_out = d_out.data();
  const ReferenceBackward expected = ComputeReferenceBackward(problem, inputs);
  const ReferenceBackward actual = ComputeReferenceBackward(problem, tensors);
  const auto expect_near = [](const std::vector<double>& a, const std::vector<double>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-5);  // inputs rounded to float
  };
  expect_near(expected.d_query, actual.d_query);
  expect_near(expected.d_key, actual.d_key);
  expect_near(expected.d_value, actual.d_value);
}

TEST(ReferenceBackwardTest, NoKeysGiveZeroQueryGradients) {
  const Problem problem = {.q_len = 3, .kv_len = 0, .qk_dim = 8, .v_dim = 8};
  const ReferenceBackward backward = ComputeReferenceBackward(problem, MakeInputs(problem, 29));
  EXPECT_THAT(backward.d_query, Each(0.0));
  EXPECT_TRUE(backward.d_key.empty());
}

}  // namespace
}  // namespace attune
