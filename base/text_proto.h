// Reading text protobuf that people wrote, with the place of the first mistake.
#ifndef ATTUNE_BASE_TEXT_PROTO_H_
#define ATTUNE_BASE_TEXT_PROTO_H_

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace attune {

// "source:line:column: what"; `line` and `column` count from 0 here and from 1 in the message.
absl::Status TextErrorAt(absl::string_view source, int line, int column, absl::string_view what);

// Parses `text` into `message`, replacing what it holds. An InvalidArgument names `source`, line
// and column of the first mistake. `locations`, unless null, receives where each field stands.
absl::Status ParseTextProto(absl::string_view text, absl::string_view source,
                            google::protobuf::Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* locations = nullptr);

}  // namespace attune

#endif  // ATTUNE_BASE_TEXT_PROTO_H_
