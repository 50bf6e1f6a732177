#include "base/text_proto.h"

#include <google/protobuf/io/tokenizer.h>

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace attune {
namespace {

// No file of ours nests deeper; a hostile one that does must not exhaust the stack.
constexpr int kMaxNesting = 16;

// On one line, with its quotes as they are; at the end of the file protobuf names what it got by
// nothing.
std::string OnOneLine(const std::string& message) {
  std::string line = absl::StrReplaceAll(absl::CHexEscape(message), {{"\\\"", "\""}, {"\\'", "'"}});
  if (absl::EndsWith(line, "got: ")) line += "the end of the file";
  return line;
}

// Keeps the first error: those behind it follow from it.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(absl::string_view source) : source_(source) {}

  void AddError(int line, int column, const std::string& message) override {
    // protobuf says -1 where it knows no place; the message goes to the file's start then.
    if (status_.ok()) {
      status_ = TextErrorAt(source_, std::max(line, 0), std::max(column, 0), OnOneLine(message));
    }
  }

  const absl::Status& status() const { return status_; }

 private:
  const absl::string_view source_;
  absl::Status status_;
};

}  // namespace

absl::Status TextErrorAt(absl::string_view source, int line, int column, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat(source, ":", line + 1, ":", column + 1, ": ", what));
}

absl::Status ParseTextProto(absl::string_view text, absl::string_view source,
                            google::protobuf::Message* message,
                            google::protobuf::TextFormat::ParseInfoTree* locations) {
  FirstError errors(source);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.SetRecursionLimit(kMaxNesting);
  if (locations != nullptr) parser.WriteLocationsTo(locations);
  if (parser.ParseFromString(std::string(text), message)) return absl::OkStatus();
  if (!errors.status().ok()) return errors.status();
  return TextErrorAt(source, 0, 0, "not a text protobuf");
}

}  // namespace attune
