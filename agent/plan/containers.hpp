// containers.hpp - a container of a task, with its image, as the runtime's spec; pure.
#pragma once

#include "agent/model/record.hpp"
#include "agent/plan/settings.hpp"
#include "base/result.hpp"
#include "logs/spec.hpp"
#include "runtime/spec.hpp"

namespace berth::plan {

/// Where the container's output goes.
logs::LogSpec log_spec_for(const model::Record& record, std::size_t container);

/// Directories of the host that must be there before the container starts: bind sources that do
/// not exist are made, as Docker makes them.
std::vector<std::string> directories_for(const model::Record& record, std::size_t container);

/// Everything the runtime has to know.
/// source: reference task model, sections 3 (fields), 3.2 (command), 6 (environment).
///
/// fails:  Invalid ("no command specified": neither task nor image names one).
Result<runtime::ContainerSpec> container_spec(const model::Record& record, std::size_t container,
                                              const runtime::Image& image,
                                              const Settings& settings);

/// What starts its process once more.
///
/// fails:  Invalid (as the logger's URI does).
Result<runtime::ProcessSpec> process_spec(const model::Record& record, std::size_t container,
                                          const Settings& settings);

/// The container's own cgroup, below its task's.
std::string cgroup_path_of_container(const model::Record& record, std::size_t container);

}  // namespace berth::plan
