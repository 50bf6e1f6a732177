#include "base/worker/message_channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"

namespace attune {
namespace {

// What every message begins with, so that what something else printed is not taken for one.
struct Header {
  uint32_t magic = 0x6b727761;
  uint32_t size = 0;
};
constexpr uint32_t kLargestMessage = uint32_t{1} << 28;

absl::Status Closed() { return absl::UnavailableError("the other end of the pipe is closed"); }

// Waits for `events` or the other end's death.
absl::Status WaitFor(int descriptor, int16_t events, absl::Time deadline) {
  while (true) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return absl::DeadlineExceededError("no answer in time");
    // A minute at a time: an infinite deadline is no number of milliseconds.
    const int64_t milliseconds = absl::ToInt64Milliseconds(std::min(left, absl::Minutes(1))) + 1;
    pollfd waited = {.fd = descriptor, .events = events, .revents = 0};
    const int ready = poll(&waited, 1, static_cast<int>(milliseconds));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "cannot wait for a pipe");
  }
}

}  // namespace

MessageChannel::MessageChannel(MessageChannel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

MessageChannel& MessageChannel::operator=(MessageChannel&& other) noexcept {
  MessageChannel closed(std::exchange(descriptor_, std::exchange(other.descriptor_, -1)));
  return *this;
}

MessageChannel::~MessageChannel() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status MessageChannel::Send(absl::string_view message, absl::Time deadline) {
  const Header header = {.size = static_cast<uint32_t>(message.size())};
  if (message.size() > kLargestMessage) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a message of ", message.size(), " bytes: expected no more than ", kLargestMessage));
  }
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof(header));
  bytes.append(message.data(), message.size());
  absl::string_view rest = bytes;
  while (!rest.empty()) {
    ATTUNE_RETURN_IF_ERROR(WaitFor(descriptor_, POLLOUT, deadline));
    const ssize_t sent = send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      rest.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return Closed();
    } else if (errno != EAGAIN && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot write to a pipe");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> MessageChannel::Receive(absl::Time deadline) {
  Header header;
  ATTUNE_RETURN_IF_ERROR(ReceiveBytes(reinterpret_cast<char*>(&header), sizeof(header), deadline));
  if (header.magic != Header().magic || header.size > kLargestMessage) {
    return absl::DataLossError("what came out of the pipe is no message");
  }
  std::string message(header.size, '\0');
  const absl::Status status = ReceiveBytes(message.data(), message.size(), deadline);
  if (absl::IsUnavailable(status)) return absl::DataLossError("the message breaks off");
  ATTUNE_RETURN_IF_ERROR(status);
  return message;
}

absl::Status MessageChannel::ReceiveBytes(char* data, size_t size, absl::Time deadline) {
  size_t received = 0;
  while (received < size) {
    ATTUNE_RETURN_IF_ERROR(WaitFor(descriptor_, POLLIN, deadline));
    const ssize_t count = recv(descriptor_, data + received, size - received, MSG_DONTWAIT);
    if (count > 0) {
      received += static_cast<size_t>(count);
    } else if (count == 0 || errno == ECONNRESET) {
      return received == 0 ? Closed() : absl::DataLossError("the message breaks off");
    } else if (errno != EAGAIN && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "cannot read from a pipe");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MessageChannelPair> MakeMessageChannels() {
  int descriptors[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptors) != 0) {
    return absl::ErrnoToStatus(errno, "cannot make a pipe to a worker process");
  }
  return MessageChannelPair{MessageChannel(descriptors[0]), MessageChannel(descriptors[1])};
}

}  // namespace attune
