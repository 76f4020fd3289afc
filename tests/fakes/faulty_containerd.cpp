// faulty_containerd.cpp - stands between berth and a containerd, and breaks calls as it is told.
//
//   faulty-containerd LISTEN UPSTREAM CONTROL     three unix sockets; SIGTERM ends it
//
// Every call that comes to LISTEN is handed on to UPSTREAM with its metadata and deadline. Rules
// come over CONTROL, one line and one answer a connection:
//
//   rule METHOD NTH WITH ACTION [ARGUMENT]   METHOD is the end of a path ("Tasks/Start"), or * for
//   all;
//                                            NTH counts the calls that match from now on, 0 is each
//                                            of them; WITH is a text in the first message, or *
//   calls    each method that was called since the last `clear`, with its count, and the broken
//   calls clear    forgets rules and counts; a call that hangs ends as UNAVAILABLE
//
//   fail CODE   not performed, answered with this gRPC status
//   hang        not performed, never answered
//   late MS     performed, answered that much later
//   lost        performed, and answered UNAVAILABLE
#include <grpcpp/alarm.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace berth::testing {

namespace {

enum class Action { Pass, Fail, Hang, Late, Lost };

struct Fault {
  Action action = Action::Pass;
  int argument = 0;  ///< a status code or milliseconds
};

struct Rule {
  std::string method, with;
  int nth = 0;
  Fault fault;
  int seen = 0;
};

class Hanging {
 public:
  virtual ~Hanging() = default;
  virtual void give_up() = 0;
};

/// What is to break, what was called, who hangs. Any thread.
class Plan {
 public:
  Fault next(const std::string& path, std::string_view message) {
    const std::lock_guard lock(mutex_);
    ++calls_[path];
    for (Rule& rule : rules_) {
      if (rule.method != "*" && !path.ends_with("." + rule.method) &&
          !path.ends_with("/" + rule.method)) {
        continue;
      }
      if (rule.with != "*" && message.find(rule.with) == std::string_view::npos) continue;
      ++rule.seen;
      if (rule.nth != 0 && rule.seen != rule.nth) continue;
      ++broken_;
      return rule.fault;
    }
    return {};
  }

  void add(Rule rule) {
    const std::lock_guard lock(mutex_);
    rules_.push_back(std::move(rule));
  }

  void hangs(const std::shared_ptr<Hanging>& call) {
    const std::lock_guard lock(mutex_);
    hanging_.insert(call);
  }

  void ends(const std::shared_ptr<Hanging>& call) {
    const std::lock_guard lock(mutex_);
    hanging_.erase(call);
  }

  void holds() {
    const std::lock_guard lock(mutex_);
    ++held_;
  }

  void clear() {
    std::set<std::shared_ptr<Hanging>> hanging;
    {
      const std::lock_guard lock(mutex_);
      rules_.clear();
      calls_.clear();
      broken_ = 0;
      held_ = 0;
      hanging.swap(hanging_);
    }
    for (const auto& call : hanging) call->give_up();
  }

  std::string calls() {
    const std::lock_guard lock(mutex_);
    std::ostringstream text;
    for (const auto& [path, count] : calls_) text << path << " " << count << "\n";
    text << "broken " << broken_ << "\nheld " << held_ << "\n";
    return text.str();
  }

 private:
  std::mutex mutex_;
  std::vector<Rule> rules_;
  std::map<std::string, int> calls_;
  std::set<std::shared_ptr<Hanging>> hanging_;
  int broken_ = 0;
  int held_ = 0;
};

std::string text_of(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string text;
  if (!buffer.Dump(&slices).ok()) return text;
  for (const auto& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return text;
}

/// One call, both of its sides. gRPC's threads run it; a side that is done lets go of it.
class Call final : public Hanging, public std::enable_shared_from_this<Call> {
 public:
  Call(Plan& plan, grpc::GenericStub& stub, grpc::GenericCallbackServerContext& context)
      : plan_(plan),
        stub_(stub),
        context_(context),
        path_(context.method()),
        below_(*this),
        above_(*this) {}

  grpc::ServerGenericBidiReactor* begin() {
    below_.self = shared_from_this();
    below_.StartRead(&from_below_);
    return &below_;
  }

  void give_up() override { finish({grpc::StatusCode::UNAVAILABLE, "hung, and was let go"}); }

 private:
  /// The side of berth.
  struct Below final : grpc::ServerGenericBidiReactor {
    explicit Below(Call& call) : owner(call) {}
    void OnReadDone(bool is_good) override { owner.read_from_below(is_good); }
    void OnWriteDone(bool is_good) override { owner.written_below(is_good); }
    void OnCancel() override { owner.cancelled(); }
    void OnDone() override { const auto last = std::move(self); }

    std::shared_ptr<Call> self;
    Call& owner;
  };

  /// The side of containerd.
  struct Above final : grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
    explicit Above(Call& call) : owner(call) {}
    void OnReadDone(bool is_good) override { owner.read_from_above(is_good); }
    void OnWriteDone(bool is_good) override { owner.written_above(is_good); }
    void OnDone(const grpc::Status& status) override {
      const auto last = std::move(self);
      owner.ended_above(status);
    }

    std::shared_ptr<Call> self;
    Call& owner;
  };

  void read_from_below(bool is_good) {
    if (!is_begun_) {
      is_begun_ = true;
      fault_ = plan_.next(path_, is_good ? text_of(from_below_) : std::string());
      if (fault_.action == Action::Fail) {
        return finish({static_cast<grpc::StatusCode>(fault_.argument), "planned failure"});
      }
      if (fault_.action == Action::Hang) {
        plan_.hangs(shared_from_this());
        if (context_.IsCancelled()) cancelled();
        return;
      }
      begin_above();
    }
    const std::lock_guard lock(mutex_);
    if (is_over_above_) return;
    if (is_good) {
      above_.StartWrite(&from_below_);
    } else {
      above_.StartWritesDone();
    }
  }

  void begin_above() {
    for (const auto& [key, value] : context_.client_metadata()) {
      const std::string name(key.data(), key.size());
      if (name.starts_with("containerd-")) {
        upstream_.AddMetadata(name, std::string(value.data(), value.size()));
      }
    }
    upstream_.set_deadline(context_.deadline());
    above_.self = shared_from_this();
    stub_.PrepareBidiStreamingCall(&upstream_, path_, {}, &above_);
    above_.AddHold();  // writes come from the other side's callbacks
    above_.StartRead(&from_above_);
    above_.StartCall();
    is_open_ = true;
    if (context_.IsCancelled()) cancelled();
  }

  void written_above(bool is_good) {
    if (is_good) below_.StartRead(&from_below_);
  }

  void read_from_above(bool is_good) {
    if (is_good) return below_.StartWrite(&from_above_);
    {
      const std::lock_guard lock(mutex_);
      is_over_above_ = true;
    }
    above_.RemoveHold();
  }

  void written_below(bool is_good) {
    if (!is_good) upstream_.TryCancel();
    above_.StartRead(&from_above_);
  }

  void ended_above(const grpc::Status& status) {
    if (fault_.action == Action::Lost) {
      return finish({grpc::StatusCode::UNAVAILABLE, "the answer was lost"});
    }
    if (fault_.action != Action::Late) return finish(status);
    plan_.holds();
    const auto at = std::chrono::system_clock::now() + std::chrono::milliseconds(fault_.argument);
    alarm_.Set(at, [keep = shared_from_this(), status](bool) { keep->finish(status); });
  }

  void cancelled() {
    if (is_open_) upstream_.TryCancel();
    if (fault_.action == Action::Hang) finish(grpc::Status::CANCELLED);
  }

  void finish(const grpc::Status& status) {
    if (is_finished_.exchange(true)) return;
    plan_.ends(shared_from_this());
    below_.Finish(status);
  }

  Plan& plan_;
  grpc::GenericStub& stub_;
  grpc::GenericCallbackServerContext& context_;
  const std::string path_;
  grpc::ClientContext upstream_;
  grpc::ByteBuffer from_below_, from_above_;
  grpc::Alarm alarm_;
  Below below_;
  Above above_;
  std::mutex mutex_;
  bool is_over_above_ = false;  ///< guarded by mutex_; no writes any more
  bool is_begun_ = false;
  std::atomic<bool> is_open_{false}, is_finished_{false};
  Fault fault_;
};

class Service final : public grpc::CallbackGenericService {
 public:
  Service(Plan& plan, const std::string& upstream) : plan_(plan), stub_(channel_to(upstream)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return std::make_shared<Call>(plan_, stub_, *context)->begin();
  }

 private:
  static std::shared_ptr<grpc::Channel> channel_to(const std::string& socket) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel("unix://" + socket, grpc::InsecureChannelCredentials(),
                                     arguments);
  }

  Plan& plan_;
  grpc::GenericStub stub_;
};

bool action_of(const std::string& word, Action& action) {
  static const std::map<std::string, Action> kWords{{"fail", Action::Fail},
                                                    {"hang", Action::Hang},
                                                    {"late", Action::Late},
                                                    {"lost", Action::Lost}};
  const auto found = kWords.find(word);
  if (found != kWords.end()) action = found->second;
  return found != kWords.end();
}

std::string obey(Plan& plan, const std::string& line) {
  std::istringstream words(line);
  std::string command, action;
  words >> command;
  if (command == "calls") return plan.calls();
  if (command == "clear") {
    plan.clear();
    return "ok\n";
  }
  Rule rule;
  words >> rule.method >> rule.nth >> rule.with >> action;
  if (command != "rule" || !words || !action_of(action, rule.fault.action)) {
    return "not understood: " + line + "\n";
  }
  words >> rule.fault.argument;
  plan.add(std::move(rule));
  return "ok\n";
}

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ::unlink(path.c_str());
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 8) != 0) {
    std::perror(path.c_str());
    return {};
  }
  return fd;
}

/// One line in, one answer out, for ever.
int serve(Plan& plan, const UniqueFd& control) {
  while (true) {
    const UniqueFd peer(::accept4(control.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) return 1;
    std::string line;
    char byte = 0;
    while (::read(peer.get(), &byte, 1) == 1 && byte != '\n') line += byte;
    const std::string answer = obey(plan, line);
    ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }
}

int run(const std::string& at, const std::string& upstream, const std::string& control) {
  static Plan plan;
  static Service service(plan, upstream);
  ::unlink(at.c_str());
  grpc::ServerBuilder builder;
  builder.AddListeningPort("unix://" + at, grpc::InsecureServerCredentials());
  builder.RegisterCallbackGenericService(&service);
  builder.SetMaxReceiveMessageSize(-1);
  static const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  const UniqueFd commands = listen_at(control);  // last: whoever sees it may call
  return commands ? serve(plan, commands) : 1;
}

}  // namespace

}  // namespace berth::testing

int main(int count, char** words) {
  if (count != 4) {
    std::fputs("usage: faulty-containerd LISTEN UPSTREAM CONTROL\n", stderr);
    return 2;
  }
  return berth::testing::run(words[1], words[2], words[3]);
}
