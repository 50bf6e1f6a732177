// The least of HTTP that a page on this machine needs.
#ifndef ATTUNE_BENCHMARKS_REPORT_LOCAL_SERVER_H_
#define ATTUNE_BENCHMARKS_REPORT_LOCAL_SERVER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace attune {

struct HttpResponse {
  int code = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

// Answers one request after another, on the loopback interface only. Movable; not thread-safe.
class LocalServer {
 public:
  // Of a `path` ("/", "/version") without its query.
  using Handler = std::function<HttpResponse(const std::string& path)>;

  // Port 0 is any free one. Unavailable, saying what to do, where the port is taken.
  static absl::StatusOr<LocalServer> Listen(int port);

  LocalServer(LocalServer&& other) noexcept;
  LocalServer& operator=(LocalServer&& other) noexcept;
  ~LocalServer();

  int port() const { return port_; }

  // Waits for a request and answers it: 405 to anything but GET, 403 where it names another host
  // (a foreign page that had its name resolve to this machine), 400 to what is no request. A client
  // that ends its connection without having said anything gets no answer; one that says nothing
  // yet keeps no other waiting.
  absl::Status ServeOne(const Handler& handler);

 private:
  LocalServer(int descriptor, int port) : descriptor_(descriptor), port_(port) {}

  absl::Status Accept();
  absl::StatusOr<int> NextSpeaker();

  int descriptor_ = -1;
  int port_ = 0;
  // Connections that have said nothing yet, the oldest first.
  std::vector<int> silent_;
};

}  // namespace attune

#endif  // ATTUNE_BENCHMARKS_REPORT_LOCAL_SERVER_H_
