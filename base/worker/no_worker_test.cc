#include "base/worker/worker_pool.h"
#include "base/worker/worker_program.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

// GoogleTest's main does not call MaybeRunWorker.
TEST(NoWorkerTest, AProgramThatDidNotOptInIsNotExecutedAgain) {
  EXPECT_FALSE(WorkersEnabled());
  WorkerPool pool("any", 1, absl::Seconds(60));
  const absl::Status status = pool.Call("hello").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("MaybeRunWorker"));
}

}  // namespace
}  // namespace attune
