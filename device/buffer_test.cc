#include "device/buffer.h"

#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BufferTest : public ::testing::Test {
 protected:
  Buffer Make(int64_t bytes) {
    return Buffer(&storage_, bytes, [this](void* data, int64_t released_bytes) {
      EXPECT_EQ(data, &storage_);
      released_.push_back(released_bytes);
    });
  }

  char storage_ = 0;
  std::vector<int64_t> released_;
};

TEST_F(BufferTest, ReleasesOnceWhenTheLastOwnerGoes) {
  {
    Buffer first = Make(3);
    Buffer second = std::move(first);
    EXPECT_EQ(second.bytes(), 3);
    EXPECT_EQ(second.data(), &storage_);
    EXPECT_THAT(released_, IsEmpty());
  }
  EXPECT_THAT(released_, ElementsAre(3));
}

TEST_F(BufferTest, AssignmentReleasesWhatItReplaces) {
  Buffer buffer = Make(1);
  buffer = Make(2);
  EXPECT_THAT(released_, ElementsAre(1));
  buffer = Buffer();
  EXPECT_THAT(released_, ElementsAre(1, 2));
}

TEST_F(BufferTest, AnEmptyBufferHoldsNothing) {
  const Buffer buffer;
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_EQ(buffer.bytes(), 0);
}

}  // namespace
}  // namespace attune
