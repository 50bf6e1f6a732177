#include "attention/verification/attention_inputs.h"

#include <cmath>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "attention/reference/forward.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

Problem Strided() {
  return {.dtype = Dtype::kFloat16,
          .batch = 2,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 3,
          .kv_len = 5,
          .qk_dim = 16,
          .v_dim = 8,
          .alibi = true,
          .key_strides = Strides{.batch = 400, .head = 20, .length = 48},
          .out_strides = Strides{.batch = 300, .head = 24, .length = 100}};
}

TEST(AttentionInputsTest, SameSeedSameNumbersWhateverTheStrides) {
  const Problem strided = Strided();
  Problem dense = strided;
  dense.key_strides = dense.out_strides = std::nullopt;
  dense.layout = Layout::kBatchHeadLength;
  const ReferenceInputs a = AttentionInputs(strided, Direction::kBackward, 3).Reference();
  const ReferenceInputs b = AttentionInputs(dense, Direction::kBackward, 3).Reference();
  const ReferenceInputs c = AttentionInputs(dense, Direction::kBackward, 4).Reference();
  EXPECT_EQ(a.query, b.query);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.value, b.value);
  EXPECT_EQ(a.d_out, b.d_out);
  EXPECT_NE(a.query, c.query);
}

TEST(AttentionInputsTest, InputsAreFiniteTheirGapsAndTheOutputsPoison) {
  AttentionInputs inputs(Strided(), Direction::kForward, 1);
  for (const HostTensor& tensor : inputs.tensors()) {
    int64_t poison = 0;
    for (int64_t i = 0; i < tensor.array.elements(); ++i) poison += tensor.array.IsPoison(i);
    const int64_t gaps = tensor.array.elements() - tensor.shape.elements();
    EXPECT_EQ(poison, tensor.is_output ? tensor.array.elements() : gaps)
        << TensorRoleName(tensor.role);
    for (const double value : tensor.Contiguous())
      EXPECT_NE(std::isfinite(value), tensor.is_output);
  }
  EXPECT_GT(inputs.tensor(TensorRole::kKey).array.elements(), 2 * 2 * 5 * 16);
  EXPECT_TRUE(inputs.CheckCanaries().ok());
}

TEST(AttentionInputsTest, SlopesAreThePapers) {
  AttentionInputs inputs(Strided(), Direction::kForward, 1);
  EXPECT_THAT(inputs.Reference().alibi_slopes,
              ::testing::ElementsAre(0.25, 0.0625, 0.015625, 0.00390625));
}

TEST(AttentionInputsTest, BackwardHasTheReferencesOutAndLogSumExp) {
  AttentionInputs inputs(Strided(), Direction::kBackward, 5);
  const ReferenceForward forward = ComputeReferenceForward(inputs.problem(), inputs.Reference());
  const std::vector<double> out = inputs.tensor(TensorRole::kOut).Contiguous();
  const std::vector<double> lse = inputs.tensor(TensorRole::kLogSumExp).Contiguous();
  ASSERT_EQ(out.size(), forward.out.size());
  for (size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], forward.out[i], 1e-3);
  ASSERT_EQ(lse.size(), forward.log_sum_exp.size());
  for (size_t i = 0; i < lse.size(); ++i) EXPECT_NEAR(lse[i], forward.log_sum_exp[i], 1e-6);
}

TEST(AttentionInputsTest, BackwardKeepsMinusInfinityOfRowsWithoutKeys) {
  Problem problem = Strided();
  problem.kv_len = 0;
  AttentionInputs inputs(problem, Direction::kBackward, 5);
  EXPECT_THAT(inputs.tensor(TensorRole::kLogSumExp).Contiguous(),
              Each(-std::numeric_limits<double>::infinity()));
  EXPECT_THAT(inputs.tensor(TensorRole::kOut).Contiguous(), Each(0.0));
  EXPECT_TRUE(inputs.CheckCanaries().ok());
}

TEST(AttentionInputsTest, TensorsLieWhereTheirRolesAre) {
  AttentionInputs inputs(Strided(), Direction::kBackward, 5);
  const BackwardTensors tensors = inputs.Backward();
  EXPECT_EQ(tensors.query, inputs.tensor(TensorRole::kQuery).array.data());
  EXPECT_EQ(tensors.key, inputs.tensor(TensorRole::kKey).array.data());
  EXPECT_EQ(tensors.value, inputs.tensor(TensorRole::kValue).array.data());
  EXPECT_EQ(tensors.alibi_slopes, inputs.tensor(TensorRole::kAlibiSlopes).array.data());
  EXPECT_EQ(tensors.out, inputs.tensor(TensorRole::kOut).array.data());
  EXPECT_EQ(tensors.log_sum_exp, inputs.tensor(TensorRole::kLogSumExp).array.data());
  EXPECT_EQ(tensors.d_out, inputs.tensor(TensorRole::kDOut).array.data());
  EXPECT_EQ(tensors.d_query, inputs.tensor(TensorRole::kDQuery).array.data());
  EXPECT_EQ(tensors.d_key, inputs.tensor(TensorRole::kDKey).array.data());
  EXPECT_EQ(tensors.d_value, inputs.tensor(TensorRole::kDValue).array.data());
  Problem problem = Strided();
  problem.alibi = false;
  EXPECT_EQ(AttentionInputs(problem, Direction::kForward, 5).Forward().alibi_slopes, nullptr);
}

TEST(AttentionInputsTest, WritesIntoGapsGuardsAndInputsAreFound) {
  AttentionInputs inputs(Strided(), Direction::kForward, 1);
  HostTensor& out = inputs.tensor(TensorRole::kOut);
  StoreElement(Dtype::kFloat16, out.array.data(), 8, 1.0f);  // between head 0 and head 1
  EXPECT_THAT(std::string(inputs.CheckCanaries().message()),
              HasSubstr("out: memory between rows was written, 8 elements"));
  inputs.ResetOutputs();
  EXPECT_TRUE(inputs.CheckCanaries().ok());
  StoreElement(Dtype::kFloat16, out.array.data(), -1, 1.0f);
  EXPECT_THAT(std::string(inputs.CheckCanaries().message()), HasSubstr("out: memory outside"));
  inputs.ResetOutputs();
  StoreElement(Dtype::kFloat16, inputs.tensor(TensorRole::kKey).array.data(), 7, 1e-3f);
  EXPECT_THAT(std::string(inputs.CheckCanaries().message()),
              HasSubstr("key: the run changed this input"));
}

TEST(AttentionInputsTest, PackedTensorsHoldTheSequencesAndPoisonBehindThem) {
  Problem problem = Strided();
  problem.key_strides = problem.out_strides = std::nullopt;
  problem.packed = Packed{.total_q_len = 10, .total_kv_len = 12};  // of 2 * 3 and 2 * 5
  AttentionInputs inputs(problem, Direction::kForward, 2);
  EXPECT_THAT(inputs.lengths().query, ::testing::ElementsAre(0, 3, 6));
  EXPECT_THAT(inputs.lengths().key, ::testing::ElementsAre(0, 5, 10));
  const ForwardTensors tensors = inputs.Forward();
  EXPECT_EQ(
      std::vector<int32_t>(tensors.cumulative_query_lengths, tensors.cumulative_query_lengths + 3),
      inputs.lengths().query);
  EXPECT_EQ(
      std::vector<int32_t>(tensors.cumulative_key_lengths, tensors.cumulative_key_lengths + 3),
      inputs.lengths().key);
  const HostTensor& key = inputs.tensor(TensorRole::kKey);
  EXPECT_EQ(key.shape, (TensorShape{1, 2, 10, 16}));
  EXPECT_EQ(key.array.elements(), 12 * 2 * 16);
  EXPECT_FALSE(key.array.IsPoison(10 * 2 * 16 - 1));
  EXPECT_TRUE(key.array.IsPoison(10 * 2 * 16));
  EXPECT_EQ(inputs.Reference().lengths, inputs.lengths());
  HostTensor& out = inputs.tensor(TensorRole::kOut);
  StoreElement(Dtype::kFloat16, out.array.data(), 6 * 4 * 8, 1.0f);  // the first row of no sequence
  EXPECT_THAT(std::string(inputs.CheckCanaries().message()), HasSubstr("memory between rows"));
}

TEST(AttentionInputsTest, BuffersLieWhereTheirIndicesAre) {
  Problem problem = Strided();
  problem.mask_expression = "ids[kv] != 9";
  problem.buffers = {{.name = "bias", .extent = 7},
                     {.name = "ids", .element = BufferElement::kInt32, .extent = 5}};
  problem.mask_function = [](const ScorePoint& at) { return at.buffers[1][at.kv] != 9; };
  AttentionInputs inputs(problem, Direction::kForward, 5);
  const ForwardTensors tensors = inputs.Forward();
  const BufferValues values = inputs.Reference().buffers;
  ASSERT_EQ(values.size(), 2u);
  ASSERT_EQ(values[0].size(), 7u);
  ASSERT_EQ(values[1].size(), 5u);
  EXPECT_EQ(static_cast<const float*>(tensors.buffers[0])[6], values[0][6]);
  EXPECT_EQ(static_cast<const int32_t*>(tensors.buffers[1])[4], values[1][4]);
  EXPECT_EQ(tensors.buffers[2], nullptr);
  EXPECT_EQ(TensorRoleName(BufferRole(1)), "buffer 1");
  EXPECT_TRUE(inputs.CheckCanaries().ok());
}

}  // namespace
}  // namespace attune
