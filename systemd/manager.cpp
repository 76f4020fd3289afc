// manager.cpp - systemctl, asked.
#include "systemd/manager.hpp"

namespace berth::systemd {

Async<bool> is_system_stopping(Spawner& spawner, std::string program, Deadline by) {
  if (!is_program(program)) co_return false;
  Command command;
  command.argv = {std::move(program), "is-system-running"};
  // Its exit status says whether all is well, which is not asked here.
  BERTH_CO_TRY(const Said said, co_await hear_out(spawner, std::move(command), 1, by));
  co_return !said.lines.empty() && said.lines.front() == "stopping";
}

}  // namespace berth::systemd
