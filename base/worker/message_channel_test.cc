#include "base/worker/message_channel.h"

#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace attune {
namespace {

absl::Time Soon() { return absl::Now() + absl::Milliseconds(20); }
absl::Time Late() { return absl::Now() + absl::Seconds(60); }

class MessageChannelTest : public testing::Test {
 protected:
  void Close() { const MessageChannel closed = std::move(pair_.theirs); }
  void WriteRaw(const std::string& bytes) {
    ASSERT_EQ(write(pair_.theirs.descriptor(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  absl::StatusCode ReceiveCode(absl::Time deadline) {
    return pair_.ours.Receive(deadline).status().code();
  }

  MessageChannelPair pair_ = MakeMessageChannels().value();
};

TEST_F(MessageChannelTest, MessagesKeepTheirBoundariesAndBytes) {
  const std::string zeros(3, '\0');
  for (const std::string& message : {std::string("one"), std::string(), zeros}) {
    ASSERT_EQ(pair_.theirs.Send(message, Late()), absl::OkStatus());
  }
  EXPECT_EQ(*pair_.ours.Receive(Late()), "one");
  EXPECT_EQ(*pair_.ours.Receive(Late()), "");
  EXPECT_EQ(*pair_.ours.Receive(Late()), zeros);
}

TEST_F(MessageChannelTest, AMessageLargerThanThePipeArrives) {
  const std::string large(8 << 20, 'x');
  std::thread sender([&] { EXPECT_EQ(pair_.theirs.Send(large, Late()), absl::OkStatus()); });
  EXPECT_EQ(*pair_.ours.Receive(Late()), large);
  sender.join();
}

TEST_F(MessageChannelTest, NobodyAnswersOrReads) {
  EXPECT_EQ(ReceiveCode(Soon()), absl::StatusCode::kDeadlineExceeded);
  const std::string large(8 << 20, 'x');
  EXPECT_EQ(pair_.ours.Send(large, Soon()).code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(MessageChannelTest, AClosedEndIsToldFromABrokenMessage) {
  WriteRaw(std::string("awrk\x08\0\0\0four", 12));
  Close();
  EXPECT_EQ(ReceiveCode(Late()), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReceiveCode(Late()), absl::StatusCode::kUnavailable);
  EXPECT_EQ(pair_.ours.Send("hello", Late()).code(), absl::StatusCode::kUnavailable);
}

TEST_F(MessageChannelTest, NonsenseIsNoMessage) {
  WriteRaw("Segmentation fault (core dumped)\n");
  EXPECT_EQ(ReceiveCode(Late()), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace attune
