#include "benchmarks/report/local_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

namespace attune {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

HttpResponse Echo(const std::string& path) { return {.body = "path " + path}; }

int Connect(const LocalServer& server) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(server.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return descriptor;
}

// What the server answers to `request`.
std::string Ask(LocalServer& server, const std::string& request) {
  std::thread serving([&] { EXPECT_TRUE(server.ServeOne(Echo).ok()); });
  const int descriptor = Connect(server);
  EXPECT_EQ(send(descriptor, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  shutdown(descriptor, SHUT_WR);
  std::string answer;
  char buffer[4096];
  for (ssize_t count; (count = recv(descriptor, buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(count));
  }
  close(descriptor);
  serving.join();
  return answer;
}

class LocalServerTest : public ::testing::Test {
 protected:
  LocalServer server_ = LocalServer::Listen(0).value();
};

TEST_F(LocalServerTest, ARequestGetsItsPathAnsweredWithoutTheQuery) {
  const std::string answer =
      Ask(server_, "GET /version?x=1 HTTP/1.1\r\nHost: localhost:80\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 13\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\npath /version"));
}

TEST_F(LocalServerTest, WhatIsNoRequestOfThisMachineIsRefused) {
  EXPECT_THAT(Ask(server_, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), HasSubstr(" 403 "));
  EXPECT_THAT(Ask(server_, "GET / HTTP/1.1\r\n\r\n"), HasSubstr(" 403 "));
  EXPECT_THAT(Ask(server_, "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"), HasSubstr(" 405 "));
  EXPECT_THAT(Ask(server_, "nonsense"), HasSubstr(" 400 "));
}

TEST_F(LocalServerTest, WhoSaysNothingGetsNoAnswer) { EXPECT_EQ(Ask(server_, ""), ""); }

TEST_F(LocalServerTest, ConnectionsThatAreSilentKeepNoRequestWaiting) {
  constexpr int kMoreThanAreKept = 20;
  std::vector<int> silent;
  for (int i = 0; i < kMoreThanAreKept; ++i) {
    silent.push_back(Connect(server_));
    EXPECT_THAT(Ask(server_, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), HasSubstr("path /"));
  }
  for (const int descriptor : silent) close(descriptor);
}

TEST_F(LocalServerTest, APortThatIsTakenIsUnavailable) {
  EXPECT_EQ(LocalServer::Listen(server_.port()).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace attune
