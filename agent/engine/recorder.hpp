// recorder.hpp - keeps the timeline of one task: what was done, how long it took, what was seen.
#pragma once

#include <map>
#include <string>

#include "agent/engine/observed.hpp"
#include "agent/engine/step.hpp"
#include "agent/model/record.hpp"
#include "agent/records/journal.hpp"
#include "agent/records/timeline.hpp"

namespace berth::engine {

/// How far a pull has come.
struct Progress {
  std::string phase;   ///< "downloading"
  std::string so_far;  ///< "12.0 of 40.0 MiB, 2 of 5 layers"
};

/// A step in flight.
struct Begun {
  WallTime at{};
  std::string so_far;  ///< of a pull; "" until something is known
};

/// Owned by the task's runner; loop thread. Waits for nothing.
class Recorder {
 public:
  Recorder(records::Timeline& timeline, std::string task_arn)
      : timeline_(timeline), task_arn_(std::move(task_arn)) {}

  void begun(const Step& step, const model::Record& record, WallTime at);

  /// Before it is applied to the record.
  void saw(const Observed& seen, const model::Record& record);

  void changed(const model::Record& before, const model::Record& after, WallTime at);

  /// The report is safe on the disk.
  void written(const records::QueuedReport& report, model::TaskStatus told, WallTime at);

  /// Kept for those who ask; a line of it is noted when the phase changes and then at most every
  /// five seconds. Ignored when the image is not being pulled for this task.
  void pulled(std::size_t container, Progress progress, const model::Record& record, WallTime at);

  const std::map<Step, Begun>& in_flight() const { return in_flight_; }

 private:
  /// The last line about one container's pull.
  struct Noted {
    std::string phase;
    WallTime at{};
  };

  records::Timeline& timeline_;
  std::string task_arn_;
  std::map<Step, Begun> in_flight_;
  std::map<std::size_t, Noted> pulls_;  ///< by container
};

}  // namespace berth::engine
