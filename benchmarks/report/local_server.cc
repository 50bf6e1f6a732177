#include "benchmarks/report/local_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"

namespace attune {
namespace {

constexpr size_t kLongestRequest = 16384;
// A client that stops within its request may not keep the others waiting for longer.
constexpr timeval kTimeout = {.tv_sec = 2};
// Browsers open connections that they may need later, and say nothing on them until then.
constexpr size_t kMostSilent = 16;

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::string ReadRequest(int connection) {
  std::string request;
  char buffer[4096];
  while (!absl::StrContains(request, "\r\n\r\n") && request.size() < kLongestRequest) {
    const ssize_t count = recv(connection, buffer, sizeof(buffer), 0);
    if (count <= 0) break;
    request.append(buffer, static_cast<size_t>(count));
  }
  return request;
}

void Write(int connection, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the client has gone
    text.remove_prefix(static_cast<size_t>(count));
  }
}

bool IsThisHost(absl::string_view host) {
  host = host.substr(0, host.rfind(':'));
  return host == "localhost" || host == "127.0.0.1";
}

// The value of the Host line, "" if there is none.
std::string HostOf(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    const size_t colon = line.find(':');
    if (colon != std::string::npos && absl::EqualsIgnoreCase(line.substr(0, colon), "host")) {
      return std::string(absl::StripAsciiWhitespace(absl::string_view(line).substr(colon + 1)));
    }
  }
  return "";
}

HttpResponse Answer(const std::string& request, const LocalServer::Handler& handler) {
  const std::vector<std::string> lines = absl::StrSplit(request, "\r\n");
  const std::vector<std::string> words = absl::StrSplit(lines.front(), ' ');
  if (words.size() != 3 || !absl::StartsWith(words[2], "HTTP/1.")) {
    return {.code = 400, .body = "no request\n"};
  }
  if (words[0] != "GET") return {.code = 405, .body = "only GET\n"};
  if (!IsThisHost(HostOf(lines))) return {.code = 403, .body = "another host\n"};
  return handler(words[1].substr(0, words[1].find('?')));
}

}  // namespace

absl::StatusOr<LocalServer> LocalServer::Listen(int port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    return absl::UnavailableError(absl::StrCat("no socket: ", std::strerror(errno)));
  }
  LocalServer server(descriptor, port);
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = Loopback(port);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(descriptor, generic, size) != 0 || listen(descriptor, 16) != 0 ||
      getsockname(descriptor, generic, &size) != 0) {
    return absl::UnavailableError(absl::StrCat(
        "port ", port, " cannot be used: ", std::strerror(errno), "; 0 takes any free one"));
  }
  server.port_ = ntohs(address.sin_port);
  return server;
}

LocalServer::LocalServer(LocalServer&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      port_(other.port_),
      silent_(std::exchange(other.silent_, {})) {}

LocalServer& LocalServer::operator=(LocalServer&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(port_, other.port_);
  std::swap(silent_, other.silent_);
  return *this;
}

LocalServer::~LocalServer() {
  if (descriptor_ >= 0) close(descriptor_);
  for (const int connection : silent_) close(connection);
}

absl::Status LocalServer::Accept() {
  const int connection = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
  if (connection < 0) {
    if (errno == EINTR || errno == ECONNABORTED) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("no connection: ", std::strerror(errno)));
  }
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof(kTimeout));
  silent_.push_back(connection);
  if (silent_.size() > kMostSilent) {
    close(silent_.front());
    silent_.erase(silent_.begin());
  }
  return absl::OkStatus();
}

// The connection that has something to say, or has ended.
absl::StatusOr<int> LocalServer::NextSpeaker() {
  while (true) {
    std::vector<pollfd> waiting = {{.fd = descriptor_, .events = POLLIN, .revents = 0}};
    for (const int connection : silent_) {
      waiting.push_back({.fd = connection, .events = POLLIN, .revents = 0});
    }
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) {
      return absl::UnavailableError(absl::StrCat("no connection: ", std::strerror(errno)));
    }
    for (size_t i = 1; i < waiting.size(); ++i) {
      if (waiting[i].revents == 0) continue;
      silent_.erase(silent_.begin() + static_cast<std::ptrdiff_t>(i) - 1);
      return waiting[i].fd;
    }
    if (waiting.front().revents != 0) ATTUNE_RETURN_IF_ERROR(Accept());
  }
}

absl::Status LocalServer::ServeOne(const Handler& handler) {
  ATTUNE_ASSIGN_OR_RETURN(const int connection, NextSpeaker());
  const std::string request = ReadRequest(connection);
  if (!request.empty()) {
    const HttpResponse response = Answer(request, handler);
    Write(connection,
          absl::StrCat("HTTP/1.1 ", response.code, " \r\nContent-Type: ", response.content_type,
                       "\r\nContent-Length: ", response.body.size(),
                       "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"));
    Write(connection, response.body);
  }
  close(connection);
  return absl::OkStatus();
}

}  // namespace attune
