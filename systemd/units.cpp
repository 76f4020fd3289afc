// units.cpp - a job asked for, then its end waited for.
#include "systemd/units.hpp"

#include <algorithm>

#include "systemd/bus.hpp"

namespace berth::systemd {

namespace {

constexpr const char* kManager = "org.freedesktop.systemd1";
constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManagerInterface = "org.freedesktop.systemd1.Manager";
constexpr std::string_view kSliceEnd = ".slice";

/// The first error of several sd_bus calls, each of which is skipped after it.
int append(sd_bus_message* to, const Property& property) {
  int code = sd_bus_message_open_container(to, 'r', "sv");
  if (code >= 0) code = sd_bus_message_append(to, "s", property.name.c_str());
  if (code < 0) return code;
  if (const auto* yes = std::get_if<bool>(&property.value)) {
    code = sd_bus_message_append(to, "v", "b", static_cast<int>(*yes));
  } else if (const auto* number = std::get_if<std::uint64_t>(&property.value)) {
    code = sd_bus_message_append(to, "v", "t", *number);
  } else if (const auto* text = std::get_if<std::string>(&property.value)) {
    code = sd_bus_message_append(to, "v", "s", text->c_str());
  } else {
    const auto& list = std::get<std::vector<std::string>>(property.value);
    code = sd_bus_message_open_container(to, 'v', "as");
    if (code >= 0) code = sd_bus_message_open_container(to, 'a', "s");
    for (const std::string& one : list) {
      if (code >= 0) code = sd_bus_message_append(to, "s", one.c_str());
    }
    if (code >= 0) code = sd_bus_message_close_container(to);
    if (code >= 0) code = sd_bus_message_close_container(to);
  }
  return code < 0 ? code : sd_bus_message_close_container(to);
}

/// A call of the manager, still without arguments.
Result<Message> request(sd_bus* bus, const char* method) {
  sd_bus_message* made = nullptr;
  const int code =
      sd_bus_message_new_method_call(bus, &made, kManager, kManagerPath, kManagerInterface, method);
  if (code < 0) return bus_error(code, method);
  return Message(made);
}

Result<Message> start_request(sd_bus* bus, const TransientUnit& unit) {
  BERTH_TRY(Message message, request(bus, "StartTransientUnit"));
  int code = sd_bus_message_append(message.get(), "ss", unit.name.c_str(), "fail");
  if (code >= 0) code = sd_bus_message_open_container(message.get(), 'a', "(sv)");
  for (const Property& property : unit.properties) {
    if (code >= 0) code = append(message.get(), property);
  }
  if (code >= 0) code = sd_bus_message_close_container(message.get());
  if (code >= 0) code = sd_bus_message_append(message.get(), "a(sa(sv))", 0);
  if (code < 0) return bus_error(code, "describe " + unit.name);
  return message;
}

Result<Message> job_request(sd_bus* bus, const char* method, const std::string& unit) {
  BERTH_TRY(Message message, request(bus, method));
  const int code = sd_bus_message_append(message.get(), "ss", unit.c_str(), "replace");
  if (code < 0) return bus_error(code, method);
  return message;
}

/// The end of jobs, as the manager tells whoever has asked for them.
class JobWatch {
 public:
  /// Before the first job is asked for: it may end at once.
  static Result<std::unique_ptr<JobWatch>> open(sd_bus* bus, Deadline by) {
    BERTH_CHECK(limit_calls(bus, by));
    std::unique_ptr<JobWatch> watch(new JobWatch(bus));
    const int code = sd_bus_match_signal(bus, nullptr, kManager, kManagerPath, kManagerInterface,
                                         "JobRemoved", &JobWatch::on_removed, watch.get());
    if (code < 0) return bus_error(code, "listen for the manager's jobs");
    return watch;
  }

  /// Asks for a job and waits for its end. fails: also Broken ("job canceled" and the like).
  Result<> run(sd_bus_message* asked, const std::string& what, Deadline by) {
    ended_.clear();
    BERTH_TRY(const Message answer, call(bus_, asked, what, by));
    const char* job = nullptr;
    if (const int code = sd_bus_message_read(answer.get(), "o", &job); code < 0) {
      return bus_error(code, what);
    }
    while (true) {
      const auto found = std::find_if(ended_.begin(), ended_.end(),
                                      [&](const Ended& one) { return one.job == job; });
      if (found != ended_.end()) {
        if (found->result == "done") return ok();
        return Error{Errc::Broken, 0, what + ": the manager's job ended as " + found->result};
      }
      BERTH_CHECK(turn(what, by));
    }
  }

 private:
  struct Ended {
    std::string job;
    std::string result;
  };

  explicit JobWatch(sd_bus* bus) : bus_(bus) {}

  static int on_removed(sd_bus_message* message, void* self, sd_bus_error*) {
    const char* job = nullptr;
    const char* result = nullptr;
    std::uint32_t id = 0;
    const char* unit = nullptr;
    if (sd_bus_message_read(message, "uoss", &id, &job, &unit, &result) >= 0) {
      static_cast<JobWatch*>(self)->ended_.push_back({job, result});
    }
    return 0;
  }

  /// Takes one message, or waits for one.
  Result<> turn(const std::string& what, Deadline by) {
    int code = sd_bus_process(bus_, nullptr);
    if (code > 0) return ok();
    if (code == 0 && by.has_passed()) {
      return Error{Errc::TimedOut, 0, what + ": the manager's job did not end in time"};
    }
    const auto left = std::max(by.left(), std::chrono::milliseconds(1));
    if (code == 0) {
      code = sd_bus_wait(bus_, static_cast<std::uint64_t>(std::chrono::microseconds(left).count()));
    }
    if (code < 0 && code != -EINTR) return bus_error(code, what);
    return ok();
  }

  sd_bus* bus_;
  std::vector<Ended> ended_;
};

}  // namespace

Result<std::string> cgroup_of_slice(const std::string& name) {
  const Error invalid{Errc::Invalid, 0, "\"" + name + "\" is no slice, as \"berth.slice\" is one"};
  if (!std::string_view(name).ends_with(kSliceEnd)) return invalid;
  const std::string stem = name.substr(0, name.size() - kSliceEnd.size());
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-:.";
  if (stem.empty() || stem.find_first_not_of(kAllowed) != std::string::npos) return invalid;
  std::string path;
  for (std::size_t at = 0; at <= stem.size(); ++at) {
    if (at < stem.size() && stem[at] != '-') continue;
    if (at == 0 || stem[at - 1] == '-') return invalid;
    path += "/" + stem.substr(0, at) + std::string(kSliceEnd);
  }
  return path;
}

Result<> start_slice(const TransientUnit& slice, Deadline by) {
  BERTH_TRY(const Bus bus, open_system_bus());
  BERTH_TRY(const auto jobs, JobWatch::open(bus.get(), by));
  const std::string what = "start " + slice.name;
  BERTH_TRY(const Message fresh, start_request(bus.get(), slice));
  Result<> started = jobs->run(fresh.get(), what, by);
  if (!started.failed_with(Errc::Exists)) return started;
  BERTH_TRY(const Message known, job_request(bus.get(), "StartUnit", slice.name));
  return jobs->run(known.get(), what, by);
}

Result<> stop_slice(const std::string& name, Deadline by) {
  BERTH_TRY(const Bus bus, open_system_bus());
  BERTH_TRY(const auto jobs, JobWatch::open(bus.get(), by));
  BERTH_TRY(const Message message, job_request(bus.get(), "StopUnit", name));
  Result<> stopped = jobs->run(message.get(), "stop " + name, by);
  return stopped.failed_with(Errc::NotFound) ? ok() : stopped;
}

}  // namespace berth::systemd
