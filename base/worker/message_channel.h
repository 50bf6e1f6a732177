// Messages over a pipe between two processes, one of which may die or write nonsense.
#ifndef ATTUNE_BASE_WORKER_MESSAGE_CHANNEL_H_
#define ATTUNE_BASE_WORKER_MESSAGE_CHANNEL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace attune {

// One end of a two-way pipe (a connected pair of UNIX sockets: unlike a pipe, writing to a dead
// process raises no signal). Owns its descriptor. Not thread-safe.
class MessageChannel {
 public:
  explicit MessageChannel(int descriptor) : descriptor_(descriptor) {}
  MessageChannel(MessageChannel&& other) noexcept;
  MessageChannel& operator=(MessageChannel&& other) noexcept;
  ~MessageChannel();

  int descriptor() const { return descriptor_; }

  // Errors of both: DeadlineExceeded; Unavailable if the other end is closed; DataLoss for what is
  // no message, or only the beginning of one.
  absl::Status Send(absl::string_view message, absl::Time deadline);
  absl::StatusOr<std::string> Receive(absl::Time deadline);

 private:
  absl::Status ReceiveBytes(char* data, size_t size, absl::Time deadline);

  int descriptor_ = -1;
};

struct MessageChannelPair {
  MessageChannel ours;
  MessageChannel theirs;
};

// Two ends of one pipe, neither of which is inherited by programs that this one executes.
absl::StatusOr<MessageChannelPair> MakeMessageChannels();

}  // namespace attune

#endif  // ATTUNE_BASE_WORKER_MESSAGE_CHANNEL_H_
