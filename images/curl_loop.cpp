// curl_loop.cpp - sockets and the timer of libcurl's multi interface on Asio.
#include "images/curl_loop.hpp"

#include <utility>

namespace berth::images {

/// A socket that belongs to libcurl and is only watched here.
struct CurlLoop::Socket {
  asio::posix::stream_descriptor descriptor;
  curl_socket_t fd;
  int wanted = 0;  ///< CURL_POLL_*
  bool reading = false;
  bool writing = false;
  bool forgotten = false;
};

CurlLoop::CurlLoop(asio::any_io_executor executor)
    : executor_(executor),
      multi_(curl_multi_init()),
      timer_(executor),
      alive_(std::make_shared<bool>(true)) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlLoop::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlLoop::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

CurlLoop::~CurlLoop() {
  curl_multi_cleanup(multi_);
  while (!sockets_.empty()) forget(sockets_.begin()->first);
  *alive_ = false;
}

void CurlLoop::add(CURL* easy, std::function<void(CURLcode)> on_end) {
  running_[easy] = std::move(on_end);
  curl_multi_add_handle(multi_, easy);
}

void CurlLoop::remove(CURL* easy) {
  running_.erase(easy);
  curl_multi_remove_handle(multi_, easy);
}

int CurlLoop::on_socket(CURL*, curl_socket_t fd, int what, void* self, void*) {
  CurlLoop& loop = *static_cast<CurlLoop*>(self);
  if (what == CURL_POLL_REMOVE) {
    loop.forget(fd);
    return 0;
  }
  std::shared_ptr<Socket>& socket = loop.sockets_[fd];
  if (!socket) {
    socket =
        std::make_shared<Socket>(Socket{asio::posix::stream_descriptor(loop.executor_, fd), fd});
  }
  socket->wanted = what;
  loop.watch(socket);
  return 0;
}

int CurlLoop::on_timer(CURLM*, long timeout_ms, void* self) {
  CurlLoop& loop = *static_cast<CurlLoop*>(self);
  loop.timer_.cancel();
  if (timeout_ms < 0) return 0;
  loop.timer_.expires_after(std::chrono::milliseconds(timeout_ms));
  loop.timer_.async_wait([&loop, alive = loop.alive_](const boost::system::error_code& code) {
    if (!code && *alive) loop.act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void CurlLoop::watch(const std::shared_ptr<Socket>& socket) {
  using Descriptor = asio::posix::stream_descriptor;
  auto arm = [this, &socket](Descriptor::wait_type way, bool Socket::* armed, int ready) {
    if (*socket.*armed) return;
    *socket.*armed = true;
    socket->descriptor.async_wait(
        way, [this, alive = alive_, socket, armed, ready](const boost::system::error_code& code) {
          *socket.*armed = false;
          if (code || !*alive || socket->forgotten || (socket->wanted & ready) == 0) return;
          act(socket->fd, ready);
          if (*alive && !socket->forgotten) watch(socket);
        });
  };
  // CURL_POLL_IN and _OUT have the values of CURL_CSELECT_IN and _OUT.
  if (socket->wanted & CURL_POLL_IN) arm(Descriptor::wait_read, &Socket::reading, CURL_CSELECT_IN);
  if (socket->wanted & CURL_POLL_OUT) {
    arm(Descriptor::wait_write, &Socket::writing, CURL_CSELECT_OUT);
  }
}

void CurlLoop::forget(curl_socket_t fd) {
  auto found = sockets_.find(fd);
  if (found == sockets_.end()) return;
  found->second->forgotten = true;
  found->second->descriptor.release();  // libcurl closes it
  sockets_.erase(found);
}

void CurlLoop::act(curl_socket_t fd, int ready) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, ready, &running);
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    auto found = running_.find(easy);
    if (found == running_.end()) continue;
    auto on_end = std::move(found->second);
    remove(easy);
    on_end(code);
  }
}

}  // namespace berth::images
