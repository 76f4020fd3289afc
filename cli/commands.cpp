// commands.cpp - ps, logs, why, plan, audit, drain, doctor, join, leave, version.
#include "cli/commands.hpp"

#include <ostream>

#include "base/clock.hpp"
#include "base/dir.hpp"
#include "cli/audit_table.hpp"
#include "cli/berthd.hpp"
#include "cli/doctor.hpp"
#include "cli/drain.hpp"
#include "cli/join.hpp"
#include "cli/leave.hpp"
#include "cli/log_stream.hpp"
#include "cli/places.hpp"
#include "cli/plan_text.hpp"
#include "cli/task_table.hpp"
#include "cli/why_text.hpp"

namespace berth::cli {

namespace {

Result<> show_version(const Berthd& berthd, std::ostream& out) {
  out << "berth " << BERTH_VERSION << "\n" << std::flush;
  BERTH_TRY(const local::VersionView version, berthd.version());
  out << "berthd " << version.version << " (pid " << version.pid << ", cluster " << version.cluster;
  if (!version.container_instance.empty()) out << ", " << version.container_instance;
  out << ")\n";
  return ok();
}

Result<> show_tasks(const Berthd& berthd, const Arguments& arguments, std::ostream& out) {
  BERTH_TRY(NodeTasks node, berthd.tasks());
  const WallTime now = SystemClock().wall();
  if (arguments.json) {
    out << local::to_json(node.tasks, node.files) << "\n";
  } else {
    out << task_table(std::move(node.tasks), arguments.containers, now)
        << file_lines(node.files, now);
  }
  return ok();
}

Result<> show_logs(const Berthd& berthd, const Arguments& arguments, std::ostream& out,
                   std::ostream& err) {
  BERTH_TRY(const local::LogsView logs, berthd.logs(arguments.task));
  LogStream stream(out, err, arguments.timestamps);
  BERTH_CHECK(stream.add(logs, arguments.container));
  if (arguments.follow) stream.start_following();
  if (arguments.tail) BERTH_CHECK(stream.skip_to_tail(*arguments.tail));
  return arguments.follow ? stream.follow(berthd) : stream.print_all();
}

Result<> show_audit(const Berthd& berthd, const Arguments& arguments, std::ostream& out) {
  BERTH_TRY(const local::AuditView audit, berthd.audit(arguments.repair));
  if (arguments.json) {
    out << local::to_json(audit) << "\n";
  } else {
    out << audit_table(audit);
  }
  if (audit.findings.empty()) return ok();
  return Error{Errc::Broken, 0,
               "the node differs from its tasks in " + std::to_string(audit.findings.size()) +
                   (audit.findings.size() == 1 ? " thing" : " things")};
}

Result<> drain(const Berthd& berthd, const Arguments& arguments, std::ostream& out) {
  BERTH_TRY(const local::DrainView drained, drain_node(berthd, arguments.json ? nullptr : &out));
  if (arguments.json) out << local::to_json(drained) << "\n";
  return judge_drain(drained);
}

Result<> show_why(const Berthd& berthd, const Arguments& arguments, std::ostream& out) {
  BERTH_TRY(const model::Why why, berthd.why(arguments.task));
  BERTH_TRY(const model::Timeline timeline, berthd.timeline(why.task_arn));
  if (arguments.json) {
    out << "{\"why\":" << local::to_json(why) << ",\"timeline\":" << local::to_json(timeline)
        << "}\n";
  } else {
    out << why_text(why, timeline, SystemClock().wall());
  }
  return ok();
}

constexpr std::size_t kMostFileBytes = 1 << 20;  // as berthd has it

/// kFailed for a task that would not run: that is an answer, and no failure of asking.
Result<int> show_plan(const Berthd& berthd, const Arguments& arguments, std::ostream& out) {
  const std::string file = arguments.file == "-" ? "/dev/stdin" : arguments.file;
  BERTH_TRY(std::string definition, read_file(file, kMostFileBytes));
  BERTH_TRY(const local::PlanView plan, berthd.plan(std::move(definition), arguments.local));
  if (arguments.json) {
    out << local::to_json(plan) << "\n";
  } else {
    out << plan_text(plan, arguments.all);
  }
  return plan.would_run() ? kDone : kFailed;
}

Result<> obey_plainly(const Berthd& berthd, const Arguments& arguments, const Places& places,
                      std::ostream& out, std::ostream& err) {
  switch (arguments.command) {
    case Command::Help: out << help_text(); return ok();
    case Command::Version: return show_version(berthd, out);
    case Command::Ps: return show_tasks(berthd, arguments, out);
    case Command::Logs: return show_logs(berthd, arguments, out, err);
    case Command::Audit: return show_audit(berthd, arguments, out);
    case Command::Why: return show_why(berthd, arguments, out);
    case Command::Drain: return drain(berthd, arguments, out);
    case Command::Plan: return ok();  // its answer has a status of its own
    case Command::Doctor: return become_doctor(arguments.json);
    case Command::Join: return join_cluster(berthd, arguments, places, out);
    case Command::Leave: return leave_cluster(berthd, arguments, places, out, err);
  }
  return ok();
}

/// The exit status of what was done.
Result<int> obey(const Arguments& arguments, const Places& places, std::ostream& out,
                 std::ostream& err) {
  const Berthd berthd(arguments.socket);
  if (arguments.command == Command::Plan) return show_plan(berthd, arguments, out);
  BERTH_CHECK(obey_plainly(berthd, arguments, places, out, err));
  return kDone;
}

int complain(std::ostream& out, std::ostream& err, const Error& why, int status) {
  out.flush();
  err << "berth: " << why.message << "\n";
  err.flush();
  return status;
}

}  // namespace

int run(const std::vector<std::string>& words, const char* run_dir, std::ostream& out,
        std::ostream& err, const char* config_file) {
  const auto arguments = parse_arguments(words, run_dir);
  if (!arguments) return complain(out, err, arguments.error(), kWrongUsage);
  const auto done = obey(*arguments, places_for(config_file), out, err);
  out.flush();
  if (done) return *done;
  // A check of join's that failed is a failure; that it is "unavailable" is not berthd.
  const bool is_away = done.failed_with(Errc::Unavailable) && arguments->command != Command::Join &&
                       arguments->command != Command::Leave;
  return complain(out, err, done.error(), is_away ? kUnreachable : kFailed);
}

}  // namespace berth::cli
