#include "autotune/trial_log/trial_log.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/message_differencer.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status_macros.h"

namespace attune {
namespace {

std::string Frame(const TrialLogRecord& record) {
  const std::string bytes = record.SerializeAsString();
  std::string frame;
  {
    google::protobuf::io::StringOutputStream stream(&frame);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.WriteVarint32(static_cast<uint32_t>(bytes.size()));
    coded.WriteString(bytes);
  }
  return frame;
}

// Takes the first frame off `content`; nullopt where it does not hold a whole one.
std::optional<absl::string_view> TakeFrame(absl::string_view& content) {
  google::protobuf::io::CodedInputStream coded(reinterpret_cast<const uint8_t*>(content.data()),
                                               static_cast<int>(content.size()));
  uint32_t size = 0;
  if (!coded.ReadVarint32(&size)) return std::nullopt;
  const auto begin = static_cast<size_t>(coded.CurrentPosition());
  if (content.size() - begin < size) return std::nullopt;
  const absl::string_view frame = content.substr(begin, size);
  content.remove_prefix(begin + size);
  return frame;
}

absl::Status CheckHeader(const TrialLogRecord& record) {
  if (!record.has_header() || record.header().format_version() == 0) {
    return absl::DataLossError("this is no trial log: it does not begin with a header");
  }
  if (record.header().format_version() > kTrialLogFormatVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the log's format is version ", record.header().format_version(),
                     ", the newest that this program reads is ", kTrialLogFormatVersion));
  }
  return absl::OkStatus();
}

absl::Status AtPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

absl::Status SystemError(const std::string& path, absl::string_view action) {
  return absl::ErrnoToStatus(errno, absl::StrCat("cannot ", action, " the trial log ", path));
}

}  // namespace

absl::StatusOr<TrialLog> ParseTrialLog(absl::string_view content) {
  TrialLog log;
  absl::string_view rest = content;
  bool first = true;
  while (!rest.empty()) {
    const std::optional<absl::string_view> frame = TakeFrame(rest);
    if (!frame.has_value()) break;
    const auto offset = static_cast<int64_t>(content.size() - rest.size() - frame->size());
    TrialLogRecord record;
    const bool parsed = record.ParseFromArray(frame->data(), static_cast<int>(frame->size()));
    if (first) {
      if (!parsed) return absl::DataLossError("this is no trial log: its header is not readable");
      ATTUNE_RETURN_IF_ERROR(CheckHeader(record));
      log.header = std::move(*record.mutable_header());
    } else if (parsed && record.has_trial()) {
      log.trials.push_back(std::move(*record.mutable_trial()));
    } else if (parsed && record.has_finished()) {
      log.first_unfinished = log.trials.size();
      log.finished = std::move(*record.mutable_finished());
    } else {
      return absl::DataLossError(absl::StrCat("the record at byte ", offset, " is damaged"));
    }
    first = false;
    log.whole_bytes = static_cast<int64_t>(content.size() - rest.size());
  }
  if (first) return absl::DataLossError("the trial log has no whole header");
  log.torn_bytes = static_cast<int64_t>(content.size()) - log.whole_bytes;
  return log;
}

absl::StatusOr<TrialLog> ReadTrialLog(const std::string& path) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(path));
  absl::StatusOr<TrialLog> log = ParseTrialLog(content);
  if (!log.ok()) return AtPath(path, log.status());
  return log;
}

TrialLogWriter::TrialLogWriter(TrialLogWriter&& other) noexcept { *this = std::move(other); }

TrialLogWriter& TrialLogWriter::operator=(TrialLogWriter&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(unfinished_trials_, other.unfinished_trials_);
  std::swap(dropped_bytes_, other.dropped_bytes_);
  return *this;
}

TrialLogWriter::~TrialLogWriter() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::StatusOr<TrialLogWriter> TrialLogWriter::Open(const std::string& path,
                                                    TrialLogHeader header) {
  header.set_format_version(kTrialLogFormatVersion);
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor < 0) return SystemError(path, "open");
  TrialLogWriter writer(path, descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return SystemError(path, "lock");
    return absl::UnavailableError(
        absl::StrCat("another process writes to the trial log ", path, "; use another path"));
  }
  ATTUNE_RETURN_IF_ERROR(writer.Start(header));
  return writer;
}

absl::Status TrialLogWriter::Start(const TrialLogHeader& header) {
  struct stat file = {};
  if (fstat(descriptor_, &file) != 0) return SystemError(path_, "look at");
  TrialLogRecord record;
  *record.mutable_header() = header;
  if (file.st_size == 0) return Write(record);

  ATTUNE_ASSIGN_OR_RETURN(TrialLog log, ReadTrialLog(path_));
  if (!google::protobuf::util::MessageDifferencer::Equals(log.header, header)) {
    return absl::FailedPreconditionError(absl::StrCat(
        path_, " is the trial log of another key or parameter space; use another path"));
  }
  if (log.torn_bytes > 0) ATTUNE_RETURN_IF_ERROR(CutOff(log.whole_bytes));
  unfinished_trials_.assign(log.trials.begin() + static_cast<std::ptrdiff_t>(log.first_unfinished),
                            log.trials.end());
  dropped_bytes_ = log.torn_bytes;
  return absl::OkStatus();
}

absl::Status TrialLogWriter::CutOff(int64_t whole_bytes) {
  ATTUNE_ASSIGN_OR_RETURN(const std::string content, ReadFile(path_));
  ATTUNE_RETURN_IF_ERROR(WriteFileAtomically(
      path_ + ".torn", absl::string_view(content).substr(static_cast<size_t>(whole_bytes))));
  if (ftruncate(descriptor_, whole_bytes) != 0) return SystemError(path_, "cut a torn record off");
  return absl::OkStatus();
}

absl::Status TrialLogWriter::Append(const Trial& trial) {
  TrialLogRecord record;
  *record.mutable_trial() = trial;
  return Write(record);
}

absl::Status TrialLogWriter::AppendFinished(const FinishedTune& finished) {
  TrialLogRecord record;
  *record.mutable_finished() = finished;
  return Write(record);
}

absl::Status TrialLogWriter::Write(const TrialLogRecord& record) {
  const std::string frame = Frame(record);
  absl::string_view rest = frame;
  while (!rest.empty()) {
    const ssize_t written = write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError(path_, "append to");
    rest.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace attune
