#include "device/cuda/graph.h"

#include <memory>

#include "absl/status/status.h"
#include "device/cuda/fake_driver.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

class GraphTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::shared_ptr<const CudaContext>> context = CudaContext::Retain(driver_, 0);
    ASSERT_TRUE(context.ok()) << context.status();
    absl::StatusOr<std::unique_ptr<CudaStream>> stream = CudaStream::Create(*context);
    ASSERT_TRUE(stream.ok()) << stream.status();
    stream_ = *std::move(stream);
  }

  const Driver driver_ = MakeFakeDriver();
  std::unique_ptr<CudaStream> stream_;
};

TEST_F(GraphTest, RecordsWhileTheCallableRunsAndReplays) {
  bool captured = false;
  {
    absl::StatusOr<Graph> graph = Graph::Capture(*stream_, [&](Stream& stream) {
      captured = fake_driver_state().capturing && &stream == stream_.get();
      return absl::OkStatus();
    });
    ASSERT_TRUE(graph.ok()) << graph.status();
    EXPECT_TRUE(captured);
    EXPECT_FALSE(fake_driver_state().capturing);
    EXPECT_EQ(fake_driver_state().graphs, 0);
    const Graph moved = *std::move(graph);
    EXPECT_TRUE(moved.Replay(*stream_).ok());
    EXPECT_TRUE(moved.Replay(*stream_).ok());
    EXPECT_EQ(fake_driver_state().replays, 2);
    EXPECT_EQ(fake_driver_state().executables, 1);
  }
  EXPECT_EQ(fake_driver_state().executables, 0);
}

TEST_F(GraphTest, CallablesErrorEndsTheCaptureAndComesBack) {
  const absl::Status status =
      Graph::Capture(*stream_, [](Stream&) { return absl::DataLossError("mine"); }).status();
  EXPECT_EQ(status, absl::DataLossError("mine"));
  EXPECT_FALSE(fake_driver_state().capturing);
  EXPECT_EQ(fake_driver_state().graphs, 0);
}

TEST_F(GraphTest, SynchronisingWhileCapturingIsAnErrorOfTheCallable) {
  const absl::Status status =
      Graph::Capture(*stream_, [](Stream& stream) { return stream.Synchronize(); }).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(GraphTest, DriversErrorAtTheEndComesBack) {
  fake_driver_state().end_capture_result = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  const absl::Status status =
      Graph::Capture(*stream_, [](Stream&) { return absl::OkStatus(); }).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace attune
