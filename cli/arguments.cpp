// arguments.cpp - words to Arguments.
#include "cli/arguments.hpp"

#include <charconv>
#include <map>

namespace berth::cli {

namespace {

constexpr const char* kDefaultRunDir = "/run/berth";

constexpr std::string_view kHelp =
    R"(berth asks the berthd on this host. It must run as root.

  berth ps [--containers] [--json]           the tasks of this node
  berth logs TASK [CONTAINER] [-f] [--tail N] [--timestamps]
                                             what a task's containers wrote
  berth why TASK [--json]                    what a task waits for, or why it died; its life
  berth plan FILE [--local] [--all] [--json] what would come of a task definition here, field by
                                             field; starts nothing
  berth audit [--repair] [--json]            what is on this node and no task's, what a task lacks
  berth drain [--json]                       stop every task, in order, and tell it; take none
  berth doctor [--json]                      what keeps this machine from running tasks, and the
                                             cure; needs no running berthd
  berth join --token TOKEN [--cluster NAME]  make this machine a node of a berth-lab
  berth join --cluster NAME [--region REGION] [--endpoint URL] [--ca FILE] [--credentials FILE]
             [--external]                    the same of Amazon ECS, or of what speaks its API
  berth leave [--force]                      drain this node, deregister it, take berth's part away
  berth version                              of berth and of berthd

FILE holds what aws ecs register-task-definition --cli-input-json takes; "-" is standard input.
TASK is a task id, the beginning of one, or an ARN; for why also of one that was cleaned up.

  --socket PATH     berthd's socket; default $BERTH_RUN_DIR/berthd.sock, /run/berth/berthd.sock
  --containers      ps: a row for each container below its task
  --json            ps, why, plan, audit, drain, doctor: as JSON
  --local           plan: as a file of tasks.d, not as the control plane would send it
  --all             plan: also the fields that mean here what they mean to ECS
  --token TOKEN     join: of berth-lab token; where the lab is, its certificate, once a key
  --cluster NAME    join: or its ARN; with a token "default" unless given
  --region REGION   join: of the control plane
  --endpoint URL    join: of the control plane, where it is not Amazon's in that region
  --ca FILE         join: PEM, the authorities to trust there instead of the system's
  --credentials FILE
                    join: the node's keys; read again whenever the file changes
  --external        join: as ECS Anywhere has it
  --timeout SECONDS join: how long to wait until it is connected (60)
  --force           leave: also when the control plane cannot be told
  --repair          audit: remove what is no task's, then audit again
  -f, --follow      logs: go on until the container has stopped
  -n, --tail N      logs: only the last N lines of each container
  -t, --timestamps  logs: when each line was written
  -h, --help

join checks the way first and changes nothing where the check fails; it writes ecs.config, then enables
and starts berthd.service. It can be repeated.

Exit status: 0 done, 1 failed (audit: there are findings; plan: it would not run; doctor: one is an
error), 2 wrong usage, 3 berthd cannot be reached, or for doctor: is not installed.
)";

const std::map<std::string, std::string JoinWishes::*> kJoinValues = {
    {"--cluster", &JoinWishes::cluster},         {"--endpoint", &JoinWishes::endpoint},
    {"--region", &JoinWishes::region},           {"--ca", &JoinWishes::ca},
    {"--credentials", &JoinWishes::credentials}, {"--token", &JoinWishes::token},
    {"--timeout", &JoinWishes::timeout}};

Error wrong(const std::string& what) {
  return {Errc::Invalid, 0, what + "; see berth --help"};
}

/// The words one by one: options with their values taken out, the others left in order.
class Words {
 public:
  explicit Words(const std::vector<std::string>& words) : words_(words) {}

  Result<> read(Arguments& arguments, std::vector<std::string>& plain) {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word == "--") {
        plain.insert(plain.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
        return ok();
      }
      if (word.size() < 2 || word.front() != '-') {
        plain.push_back(word);
        continue;
      }
      BERTH_CHECK(read_option(word, arguments));
    }
    return ok();
  }

  bool wants_help() const { return wants_help_; }
  const std::vector<std::string>& seen() const { return seen_; }

 private:
  Result<> read_option(const std::string& word, Arguments& arguments) {
    const auto equals = word.starts_with("--") ? word.find('=') : std::string::npos;
    const std::string name = word.substr(0, equals);
    if (name == "--socket") {
      BERTH_TRY(arguments.socket, value_of(name, word, equals));
      return ok();
    }
    seen_.push_back(name);
    if (const auto wish = kJoinValues.find(name); wish != kJoinValues.end()) {
      BERTH_TRY(arguments.join.*(wish->second), value_of(name, word, equals));
      if (!(arguments.join.*(wish->second)).empty()) return ok();
      return wrong("option " + name + " \"\": must not be empty");
    }
    if (name == "-n" || name == "--tail") {
      BERTH_TRY(const std::string value, value_of(name, word, equals));
      return read_tail(value, arguments);
    }
    if (equals != std::string::npos) return wrong("option " + name + " takes no value");
    if (name == "--json") {
      arguments.json = true;
    } else if (name == "--repair") {
      arguments.repair = true;
    } else if (name == "--external") {
      arguments.join.external = true;
    } else if (name == "--force") {
      arguments.join.force = true;
    } else if (name == "--local") {
      arguments.local = true;
    } else if (name == "--all") {
      arguments.all = true;
    } else if (name == "--containers") {
      arguments.containers = true;
    } else if (name == "-f" || name == "--follow") {
      arguments.follow = true;
    } else if (name == "-t" || name == "--timestamps") {
      arguments.timestamps = true;
    } else if (name == "-h" || name == "--help") {
      wants_help_ = true;
    } else if (name == "--version") {
      arguments.command = Command::Version;
    } else {
      return wrong("unknown option " + name);
    }
    return ok();
  }

  Result<std::string> value_of(const std::string& name, const std::string& word,
                               std::size_t equals) {
    if (equals != std::string::npos) return word.substr(equals + 1);
    if (at_ == words_.size()) return wrong("option " + name + " needs a value");
    return words_[at_++];
  }

  static Result<> read_tail(const std::string& text, Arguments& arguments) {
    std::size_t lines = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), lines);
    if (failed != std::errc() || end != text.data() + text.size() || text.empty()) {
      return wrong("--tail \"" + text + "\" must be a number of lines");
    }
    arguments.tail = lines;
    return ok();
  }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  bool wants_help_ = false;
  std::vector<std::string> seen_;
};

bool belongs_to(const std::string& option, Command command) {
  if (option == "--version") return command == Command::Version;
  if (option == "--json") {
    return command == Command::Ps || command == Command::Why || command == Command::Plan ||
           command == Command::Audit || command == Command::Drain || command == Command::Doctor;
  }
  if (kJoinValues.contains(option) || option == "--external") return command == Command::Join;
  if (option == "--force") return command == Command::Leave;
  if (option == "--local" || option == "--all") return command == Command::Plan;
  if (option == "--repair") return command == Command::Audit;
  if (option == "--containers") return command == Command::Ps;
  return command == Command::Logs;
}

Result<std::string> task_word(const std::vector<std::string>& plain) {
  if (plain.size() < 2 || plain[1].empty()) return wrong(plain[0] + " needs a TASK");
  return plain[1];
}

Result<> read_plain(const std::vector<std::string>& plain, Arguments& arguments) {
  if (plain.empty()) {
    return arguments.command == Command::Version ? ok() : wrong("no command is given");
  }
  static const std::map<std::string, Command> kAlone = {
      {"ps", Command::Ps},          {"audit", Command::Audit}, {"drain", Command::Drain},
      {"doctor", Command::Doctor},  {"join", Command::Join},   {"leave", Command::Leave},
      {"version", Command::Version}};
  std::size_t most = 1;
  if (const auto alone = kAlone.find(plain[0]); alone != kAlone.end()) {
    arguments.command = alone->second;
  } else if (plain[0] == "logs") {
    arguments.command = Command::Logs;
    BERTH_TRY(arguments.task, task_word(plain));
    if (plain.size() > 2) arguments.container = plain[2];
    most = 3;
  } else if (plain[0] == "plan") {
    arguments.command = Command::Plan;
    if (plain.size() < 2 || plain[1].empty()) return wrong("plan needs a FILE");
    arguments.file = plain[1];
    most = 2;
  } else if (plain[0] == "why") {
    arguments.command = Command::Why;
    BERTH_TRY(arguments.task, task_word(plain));
    most = 2;
  } else {
    return wrong("unknown command \"" + plain[0] + "\"");
  }
  if (plain.size() > most) return wrong("\"" + plain[most] + "\" is one word too many");
  return ok();
}

}  // namespace

std::string_view help_text() {
  return kHelp;
}

Result<Arguments> parse_arguments(const std::vector<std::string>& words, const char* run_dir) {
  Arguments arguments;
  const bool has_run_dir = run_dir != nullptr && *run_dir != '\0';
  arguments.socket = std::string(has_run_dir ? run_dir : kDefaultRunDir) + "/berthd.sock";

  Words reader(words);
  std::vector<std::string> plain;
  BERTH_CHECK(reader.read(arguments, plain));
  if (reader.wants_help() || (!plain.empty() && plain[0] == "help")) {
    arguments.command = Command::Help;
    return arguments;
  }
  BERTH_CHECK(read_plain(plain, arguments));
  for (const std::string& option : reader.seen()) {
    if (!belongs_to(option, arguments.command)) {
      return wrong("option " + option + " does not belong to this command");
    }
  }
  if (arguments.command == Command::Join) {
    auto checked = check_join(arguments.join);
    if (!checked) return wrong(checked.error().message);
  }
  return arguments;
}

}  // namespace berth::cli
