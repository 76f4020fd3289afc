// acs_session.hpp - the session that brings tasks to an agent.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/http/websocket.hpp"
#include "controlplane/protocol/attach_interfaces.hpp"
#include "controlplane/protocol/session.hpp"
#include "lab/lab.hpp"
#include "lab/network.hpp"

namespace berth::lab {

/// One open session with one agent. It tells the agent everything the agent should know of its live
/// tasks: all of it when the session begins, then each change, again after `resend` until it is
/// acknowledged; before them the groups and routes they need; and after each change the whole list
/// of them, so that the agent can find out what it runs and should not. Messages go out one after
/// the other with growing sequence numbers. Lives in the coroutine that run() is.
class AcsSession final : public AgentLink {
 public:
  AcsSession(Lab& lab, std::string instance_arn, std::unique_ptr<http::WebSocket> socket,
             asio::any_io_executor executor);

  /// Talks until either side ends it. fails: as the socket does.
  Async<> run();

  void wake() override;
  void hang_up() override;

 private:
  using Moment = std::chrono::steady_clock::time_point;
  /// What was said of one task in this session.
  struct Said {
    Told told = Told::Nothing;
    Moment at{};
    bool acked = false;
  };

  /// The latest task manifest.
  struct Manifest {
    std::string message_id;
    std::vector<protocol::TaskIdentifier> tasks;
    Moment at{};
    bool acked = false;
  };

  Async<> read_all();
  Async<> write_all();
  Async<> write(std::string frame);
  Async<> tell_network();
  Async<> tell_news();
  Async<> tell_attachment(Task& task);
  Async<> tell_payload(std::vector<Task*> tasks);
  Async<> tell_manifest();
  Async<> answer_question();
  Async<> heartbeat();
  Async<> wait_for_news();
  std::string note_sent(Task& task, Told told, std::string message_id);
  bool is_news(const Task& task) const;
  void take_frame(const std::string& text);
  void take_ack(const std::string& message_id);

  Lab& lab_;
  std::string instance_arn_;
  std::string cluster_arn_;
  std::unique_ptr<http::WebSocket> socket_;
  asio::steady_timer news_;  ///< cancelled by wake()
  bool woken_ = false;
  bool hung_up_ = false;
  std::map<std::string, Said> said_;                                          ///< by task id
  std::map<std::string, std::vector<std::pair<std::string, Told>>> unacked_;  ///< by message id
  std::optional<Manifest> manifest_;  ///< nothing was listed yet in this session
  NetworkNews network_;
  /// Tasks the agent asks about; a newer question replaces it, as a newer manifest does the old.
  std::optional<protocol::TaskStopVerificationMessage> question_;
  Moment next_heartbeat_;
  std::deque<std::string> heartbeats_;  ///< not answered yet
};

}  // namespace berth::lab
