#include "benchmarks/openblas_attention.h"

#include <string>

#include "attention/reference/forward.h"
#include "attention/verification/attention_inputs.h"
#include "gtest/gtest.h"
#include "numerics/error.h"

namespace attune {
namespace {

TEST(OpenblasAttentionTest, ComputesAttention) {
  const Problem problem = {.dtype = Dtype::kFloat32,
                           .q_heads = 3,
                           .kv_heads = 3,
                           .q_len = 40,
                           .kv_len = 40,
                           .qk_dim = 24,
                           .v_dim = 24,
                           .layout = Layout::kBatchHeadLength};
  AttentionInputs inputs(problem, Direction::kForward, 1);
  OpenblasAttention attention(problem);
  attention.Run(inputs.Forward());
  const ReferenceForward expected = ComputeReferenceForward(problem, inputs.Reference());
  const absl::Status close = CheckTolerance(
      CompareArrays(expected.out, inputs.tensor(TensorRole::kOut).Contiguous()), {}, "out");
  EXPECT_TRUE(close.ok()) << close;
}

}  // namespace
}  // namespace attune
