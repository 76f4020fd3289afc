// notices.hpp - hears of others' changes to one table.
#pragma once

#include <string>

#include "base/result.hpp"
#include "base/unique_fd.hpp"

namespace berth::firewall {

/// Hears of the network namespace of the thread that opened it. One thread at a time. Who changed
/// the table is known by the name of the process: its number is that of the outermost namespace.
class TableNotices {
 public:
  /// table: of family inet. fails: Denied, Exhausted (descriptors).
  static Result<TableNotices> open(std::string table);

  /// Becomes readable when there is something to hear.
  int fd() const { return fd_.get(); }

  /// True when another process took something out of the table, or all of it, since the last call;
  /// also when the kernel had more to tell than it could keep. Never waits. fails: Broken.
  Result<bool> somebody_took_from_it();

 private:
  TableNotices(std::string table, std::string own_name, UniqueFd fd)
      : table_(std::move(table)), own_name_(std::move(own_name)), fd_(std::move(fd)) {}
  bool hear(const char* datagram, std::size_t size);

  std::string table_;
  std::string own_name_;  ///< of this process, as the kernel has it
  UniqueFd fd_;
  bool is_touched_ = false;  ///< by the transaction that is being told
};

}  // namespace berth::firewall
