#include "attention/verification/verify.h"

#include <cmath>
#include <vector>

#include "absl/status/status.h"
#include "attention/mask.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "numerics/dtype.h"

namespace attune {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Problem Strided(Dtype dtype) {
  return {.dtype = dtype,
          .batch = 2,
          .q_heads = 4,
          .kv_heads = 2,
          .q_len = 7,
          .kv_len = 5,
          .qk_dim = 16,
          .v_dim = 8,
          .mask = Mask::Causal(),
          .query_strides = Strides{.batch = 1000, .head = 20, .length = 100},
          .out_strides = Strides{.batch = 800, .head = 24, .length = 100}};
}

int64_t Offset(const HostTensor& t, int64_t b, int64_t h, int64_t i, int64_t d) {
  return b * t.strides.batch + h * t.strides.head + i * t.strides.length + d;
}

void Store(HostTensor& tensor, const std::vector<double>& values) {
  int64_t n = 0;
  for (int64_t b = 0; b < tensor.shape.batch; ++b) {
    for (int64_t h = 0; h < tensor.shape.heads; ++h) {
      for (int64_t i = 0; i < tensor.shape.length; ++i) {
        for (int64_t d = 0; d < tensor.shape.dim; ++d) {
          StoreElement(tensor.array.dtype(), tensor.array.data(), Offset(tensor, b, h, i, d),
                       static_cast<float>(values[n++]));
        }
      }
    }
  }
}

class VerifyTest : public ::testing::TestWithParam<Dtype> {
 protected:
  // Inputs with the reference's results, rounded, in their outputs.
  VerifyTest()
      : forward_(Strided(GetParam()), Direction::kForward, 1),
        backward_(Strided(GetParam()), Direction::kBackward, 1),
        expected_forward_(ExpectForward(forward_)),
        expected_backward_(ExpectBackward(backward_)) {
    Store(forward_.tensor(TensorRole::kOut), expected_forward_.reference.out);
    Store(forward_.tensor(TensorRole::kLogSumExp), expected_forward_.reference.log_sum_exp);
    Store(backward_.tensor(TensorRole::kDQuery), expected_backward_.reference.d_query);
    Store(backward_.tensor(TensorRole::kDKey), expected_backward_.reference.d_key);
    Store(backward_.tensor(TensorRole::kDValue), expected_backward_.reference.d_value);
  }

  std::string ForwardMessage() {
    return std::string(VerifyForward(forward_, expected_forward_).message());
  }
  std::string BackwardMessage() {
    return std::string(VerifyBackward(backward_, expected_backward_).message());
  }

  AttentionInputs forward_;
  AttentionInputs backward_;
  ForwardExpectation expected_forward_;
  BackwardExpectation expected_backward_;
};

TEST_P(VerifyTest, TheRoundedReferencePasses) {
  EXPECT_EQ(VerifyForward(forward_, expected_forward_), absl::OkStatus());
  EXPECT_EQ(VerifyBackward(backward_, expected_backward_), absl::OkStatus());
}

TEST_P(VerifyTest, NamesTheElementThatIsWrong) {
  HostTensor& out = forward_.tensor(TensorRole::kOut);
  StoreElement(GetParam(), out.array.data(), Offset(out, 1, 2, 3, 4), 9.0f);
  // ((1 * 4 + 2) * 7 + 3) * 8 + 4
  EXPECT_THAT(ForwardMessage(),
              AllOf(HasSubstr("out: "), HasSubstr("index 364: expected "), HasSubstr("actual 9"),
                    HasSubstr("[batch 1, head 2, row 3, dim 4]")));
  HostTensor& d_query = backward_.tensor(TensorRole::kDQuery);
  StoreElement(GetParam(), d_query.array.data(), Offset(d_query, 0, 3, 6, 15), std::nanf(""));
  EXPECT_THAT(BackwardMessage(), AllOf(HasSubstr("d_query: 1 non-finite mismatches"),
                                       HasSubstr("[batch 0, head 3, row 6, dim 15]")));
}

TEST_P(VerifyTest, NamesTheElementThatWasNotWritten) {
  HostTensor& d_key = backward_.tensor(TensorRole::kDKey);
  const HostTensor fresh =
      AttentionInputs(Strided(GetParam()), Direction::kBackward, 1).tensor(TensorRole::kDKey);
  d_key.array = fresh.array;
  EXPECT_THAT(BackwardMessage(), HasSubstr("d_key: 320 of 320 elements were not written, first "
                                           "index 0 [batch 0, head 0, row 0, dim 0]"));
}

TEST_P(VerifyTest, SeesWritesOutsideBeforeAnythingElse) {
  HostTensor& lse = forward_.tensor(TensorRole::kLogSumExp);
  StoreElement(Dtype::kFloat32, lse.array.data(), lse.array.elements(), 0.0f);
  HostTensor& out = forward_.tensor(TensorRole::kOut);
  StoreElement(GetParam(), out.array.data(), 0, 9.0f);
  EXPECT_THAT(ForwardMessage(), HasSubstr("log_sum_exp: memory outside the tensor was written"));
}

TEST_P(VerifyTest, RowsWithoutKeysMustHaveMinusInfinity) {
  HostTensor& lse = forward_.tensor(TensorRole::kLogSumExp);
  StoreElement(Dtype::kFloat32, lse.array.data(), 1, -1e30f);
  EXPECT_THAT(ForwardMessage(), AllOf(HasSubstr("log_sum_exp: 1 non-finite mismatches"),
                                      HasSubstr("expected -inf, actual -1")));
}

INSTANTIATE_TEST_SUITE_P(Dtypes, VerifyTest,
                         ::testing::Values(Dtype::kFloat32, Dtype::kFloat16, Dtype::kBfloat16),
                         [](const auto& info) { return std::string(DtypeName(info.param)); });

}  // namespace
}  // namespace attune
