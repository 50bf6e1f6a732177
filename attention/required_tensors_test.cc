#include "attention/required_tensors.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::HasSubstr;

const Problem kProblem = {.q_len = 4, .kv_len = 8, .qk_dim = 16, .v_dim = 8};
// Nothing reads or writes through the addresses.
int32_t g_lengths[2];
float g_memory;

ForwardTensors AllForward() {
  return {.query = &g_memory, .key = &g_memory, .value = &g_memory, .out = &g_memory};
}

BackwardTensors AllBackward() {
  return {.query = &g_memory,
          .key = &g_memory,
          .value = &g_memory,
          .out = &g_memory,
          .log_sum_exp = &g_memory,
          .d_out = &g_memory,
          .d_query = &g_memory,
          .d_key = &g_memory,
          .d_value = &g_memory};
}

void ExpectNamed(const std::string& name, const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
  EXPECT_THAT(std::string(status.message()), HasSubstr("tensor " + name + " is null"));
}

TEST(RequiredTensorsTest, WhatIsOptionalMayBeNull) {
  EXPECT_EQ(CheckTensors(kProblem, Direction::kForward, AllForward()), absl::OkStatus());
  EXPECT_EQ(CheckTensors(kProblem, Direction::kBackward, AllBackward()), absl::OkStatus());
}

TEST(RequiredTensorsTest, ANullForwardTensorIsNamed) {
  const std::pair<const char*, const void * ForwardTensors::*> inputs[] = {
      {"query", &ForwardTensors::query},
      {"key", &ForwardTensors::key},
      {"value", &ForwardTensors::value}};
  for (const auto& [name, field] : inputs) {
    ForwardTensors tensors = AllForward();
    tensors.*field = nullptr;
    ExpectNamed(name, CheckTensors(kProblem, Direction::kForward, tensors));
  }
  ForwardTensors tensors = AllForward();
  tensors.out = nullptr;
  ExpectNamed("out", CheckTensors(kProblem, Direction::kForward, tensors));
}

TEST(RequiredTensorsTest, ANullBackwardTensorIsNamed) {
  const auto check = [](const std::string& name, auto field) {
    BackwardTensors tensors = AllBackward();
    tensors.*field = nullptr;
    ExpectNamed(name, CheckTensors(kProblem, Direction::kBackward, tensors));
  };
  check("query", &BackwardTensors::query);
  check("key", &BackwardTensors::key);
  check("value", &BackwardTensors::value);
  check("out", &BackwardTensors::out);
  check("log_sum_exp", &BackwardTensors::log_sum_exp);
  check("d_out", &BackwardTensors::d_out);
  check("d_query", &BackwardTensors::d_query);
  check("d_key", &BackwardTensors::d_key);
  check("d_value", &BackwardTensors::d_value);
}

TEST(RequiredTensorsTest, SlopesAreRequiredWithAlibiOnly) {
  Problem problem = kProblem;
  problem.alibi = true;
  ExpectNamed("alibi_slopes", CheckTensors(problem, Direction::kForward, AllForward()));
  ExpectNamed("alibi_slopes", CheckTensors(problem, Direction::kBackward, AllBackward()));
  ForwardTensors tensors = AllForward();
  tensors.alibi_slopes = &g_memory;
  EXPECT_EQ(CheckTensors(problem, Direction::kForward, tensors), absl::OkStatus());
}

TEST(RequiredTensorsTest, LengthsAreRequiredOfPackedSequencesOnly) {
  Problem problem = kProblem;
  problem.packed = Packed{.total_q_len = 4, .total_kv_len = 8};
  ExpectNamed("cumulative_query_lengths", CheckTensors(problem, Direction::kForward, AllForward()));
  ExpectNamed("cumulative_query_lengths",
              CheckTensors(problem, Direction::kBackward, AllBackward()));
  ForwardTensors tensors = AllForward();
  tensors.cumulative_query_lengths = g_lengths;
  ExpectNamed("cumulative_key_lengths", CheckTensors(problem, Direction::kForward, tensors));
  tensors.cumulative_key_lengths = g_lengths;
  EXPECT_EQ(CheckTensors(problem, Direction::kForward, tensors), absl::OkStatus());
}

TEST(RequiredTensorsTest, BuffersOfExpressionsAreRequired) {
  Problem problem = kProblem;
  problem.mask_expression = "ids[kv] == ids[q] + offset[0]";
  problem.buffers = {{.name = "ids", .extent = 8}, {.name = "offset", .extent = 1}};
  ForwardTensors tensors = AllForward();
  tensors.buffers[0] = &g_memory;
  ExpectNamed("buffer offset", CheckTensors(problem, Direction::kForward, tensors));
  tensors.buffers[1] = &g_memory;
  EXPECT_EQ(CheckTensors(problem, Direction::kForward, tensors), absl::OkStatus());
}

TEST(RequiredTensorsTest, ATensorWithoutElementsMayBeNull) {
  Problem problem = kProblem;
  problem.kv_len = 0;
  ForwardTensors tensors = AllForward();
  tensors.key = tensors.value = nullptr;
  EXPECT_EQ(CheckTensors(problem, Direction::kForward, tensors), absl::OkStatus());
}

char* At(int bytes) { return reinterpret_cast<char*>(&g_memory) + bytes; }

void ExpectMisaligned(const std::string& name, int beyond, int bytes, const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("tensor " + name + " is at an address " + std::to_string(beyond) +
                        " bytes beyond a multiple of " + std::to_string(bytes)));
}

TEST(RequiredTensorsTest, AddressesBetweenElementsAreRefused) {
  Problem problem = kProblem;
  ForwardTensors tensors = AllForward();
  tensors.key = At(2);
  problem.dtype = Dtype::kFloat16;
  EXPECT_EQ(CheckTensors(problem, Direction::kForward, tensors), absl::OkStatus());
  problem.dtype = Dtype::kFloat32;
  ExpectMisaligned("key", 2, 4, CheckTensors(problem, Direction::kForward, tensors));
  BackwardTensors gradients = AllBackward();
  gradients.d_value = At(3);
  ExpectMisaligned("d_value", 3, 4, CheckTensors(problem, Direction::kBackward, gradients));
}

// Elements of four bytes, whatever the problem's dtype.
TEST(RequiredTensorsTest, AddressesBetweenWordsAreRefused) {
  Problem problem = kProblem;
  problem.dtype = Dtype::kBfloat16;
  BackwardTensors gradients = AllBackward();
  gradients.log_sum_exp = reinterpret_cast<const float*>(At(2));
  ExpectMisaligned("log_sum_exp", 2, 4, CheckTensors(problem, Direction::kBackward, gradients));

  problem.packed = Packed{.total_q_len = 4, .total_kv_len = 8};
  problem.alibi = true;
  problem.score_expression = "score + bias[h]";
  problem.buffers = {{.name = "bias", .extent = 1}};
  ForwardTensors good = AllForward();
  good.cumulative_query_lengths = good.cumulative_key_lengths = g_lengths;
  good.alibi_slopes = good.log_sum_exp = &g_memory;
  good.buffers[0] = &g_memory;
  ASSERT_EQ(CheckTensors(problem, Direction::kForward, good), absl::OkStatus());
  const auto expect_refused = [&](const std::string& name, auto move) {
    ForwardTensors tensors = good;
    move(tensors);
    ExpectMisaligned(name, 2, 4, CheckTensors(problem, Direction::kForward, tensors));
  };
  const auto* lengths = reinterpret_cast<const int32_t*>(At(2));
  auto* floats = reinterpret_cast<float*>(At(2));
  expect_refused("cumulative_query_lengths",
                 [&](ForwardTensors& t) { t.cumulative_query_lengths = lengths; });
  expect_refused("cumulative_key_lengths",
                 [&](ForwardTensors& t) { t.cumulative_key_lengths = lengths; });
  expect_refused("alibi_slopes", [&](ForwardTensors& t) { t.alibi_slopes = floats; });
  expect_refused("log_sum_exp", [&](ForwardTensors& t) { t.log_sum_exp = floats; });
  expect_refused("buffer bias", [&](ForwardTensors& t) { t.buffers[0] = floats; });
}

TEST(RequiredTensorsTest, TensorsOfTheOtherDirectionAreRefused) {
  const absl::Status status = CheckTensors(kProblem, Direction::kForward, AllBackward());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("a plan of attention_forward was given the tensors of attention_backward"));
  EXPECT_EQ(CheckTensors(kProblem, Direction::kBackward, AllForward()).code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace attune
