// notices.hpp - hears of others' changes to one table.
#pragma once

#include <string>
#include <string_view>

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

  /// What other processes did since the last call.
  struct Heard {
    bool took_from_it = false;  ///< something of the table, or all of it
    /// A base chain of others or an opening (neighbours.hpp) came, changed or went, or a rule of an
    /// opening went.
    bool moved_others = false;
  };
  /// Both, when the kernel had more to tell than it could keep. Never waits. fails: Broken.
  Result<Heard> read();

 private:
  TableNotices(std::string table, std::string own_name, UniqueFd fd)
      : table_(std::move(table)), own_name_(std::move(own_name)), fd_(std::move(fd)) {}
  void hear(std::string_view datagram, Heard& heard);

  std::string table_;
  std::string own_name_;  ///< of this process, as the kernel has it
  UniqueFd fd_;
  Heard told_;  ///< of the transaction that is being told
};

}  // namespace berth::firewall
