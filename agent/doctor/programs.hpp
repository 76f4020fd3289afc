// programs.hpp - the programs that berthd and containerd start: are they there, do they run, which
// version are they?
#pragma once

#include <string>

#include "agent/doctor/cgroups.hpp"
#include "agent/doctor/finding.hpp"
#include "base/spawner.hpp"

namespace berth::doctor {

struct Program {
  std::string name;                  ///< as it was looked for: "runc"
  std::string path{};                ///< "" when it is not there
  std::vector<std::string> lines{};  ///< what it printed when asked for its version
  bool is_late = false;              ///< it had not ended in time
  std::string failure{};             ///< why it could not be run; "" when it could
};

/// Finds it as find_program does, and runs it with that one argument.
Async<Program> ask_program(Spawner* spawner, std::string name, std::string search_path,
                           std::string argument, Deadline by);

/// "io.containerd.runc.v2" as "containerd-shim-runc-v2"; an absolute path as itself; "" for a name
/// that containerd would not take. source: containerd, runtime/v2/README.md, "Runtime v2".
std::string shim_of(const std::string& runtime);

/// BERTH_RUNTIME's shim.
Finding judge_shim(const std::string& runtime, const Program& shim);
/// The OCI runtime of containers, which may be crun under the name of runc.
Finding judge_oci_runtime(const Program& runtime, const CgroupFacts& cgroups);
/// A program of berth's own, beside berthd. version: of this berthd.
Finding judge_helper(const Program& helper, const std::string& version);

}  // namespace berth::doctor
