// manager.cpp - systemctl, asked.
#include "systemd/manager.hpp"

#include <memory>

namespace berth::systemd {

Async<bool> is_system_stopping(Spawner& spawner, std::string program, Deadline by) {
  if (!is_program(program)) co_return false;
  auto state = std::make_shared<std::string>();
  Command command;
  command.argv = {std::move(program), "is-system-running"};
  auto on_line = [state](std::string line) { *state = std::move(line); };
  // Its exit status says whether all is well, which is not asked here.
  BERTH_CO_TRY([[maybe_unused]] const Exited exited,
               co_await spawner.run(std::move(command), std::move(on_line), by));
  co_return *state == "stopping";
}

}  // namespace berth::systemd
