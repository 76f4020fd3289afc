// curl_loop.hpp - libcurl's multi interface driven by the loop thread.
#pragma once

#include <curl/curl.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>

#include "base/async.hpp"

namespace berth::images {

/// Tells libcurl when its sockets are ready and its time has come, and hears which exchanges have
/// ended. Loop thread only.
class CurlLoop {
 public:
  explicit CurlLoop(asio::any_io_executor executor);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  /// Runs the exchange; `on_end` is called once unless it is removed before.
  void add(CURL* easy, std::function<void(CURLcode)> on_end);
  void remove(CURL* easy);

  asio::any_io_executor executor() const { return executor_; }

 private:
  struct Socket;
  static int on_socket(CURL*, curl_socket_t fd, int what, void* self, void* known);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  void watch(const std::shared_ptr<Socket>& socket);
  void forget(curl_socket_t fd);
  void act(curl_socket_t fd, int ready);

  asio::any_io_executor executor_;
  CURLM* multi_;
  asio::steady_timer timer_;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::map<CURL*, std::function<void(CURLcode)>> running_;
  std::shared_ptr<bool> alive_;  ///< false once destroyed; handlers still queued look at it
};

}  // namespace berth::images
