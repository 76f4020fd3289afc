// database.hpp - one SQLite file: open, migrate, run, query, transaction.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "store/value.hpp"

struct sqlite3;

namespace berth::store {

class Transaction;

/// What a commit promises.
enum class Durability : std::uint8_t {
  Lazy,    ///< survives the death of the program, not a power cut (synchronous=NORMAL)
  Synced,  ///< on the disk when commit() returns, with every earlier commit (synchronous=FULL)
};

/// One database file in WAL mode, made with mode 0600. Owned by one room; one thread at a time.
/// Statements are prepared once and kept.
class Database {
 public:
  /// Opens or makes the file. ":memory:" keeps nothing.
  ///
  /// fails:  Denied, NotFound (directory), Broken (not a database, or damaged), Exhausted (disk
  /// full).
  static Result<Database> open(const std::string& path);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  /// Brings the schema up to date: step n takes version n to n + 1, each in a synced transaction of
  /// its own. Steps are never edited once released, only added.
  ///
  /// fails:  Invalid (the file was written by a newer program), or as run().
  /// again:  yes; nothing happens when all steps are done.
  Result<> migrate(std::span<const std::string_view> steps);

  /// Runs one statement, in the open transaction if there is one, else as one of its own (Lazy).
  ///
  /// fails:  Exists (a constraint refused the row), Exhausted (disk full), Unavailable (another
  ///         process holds the lock), Denied, Invalid (SQL or number of values), Broken (damaged).
  Result<> run(std::string_view sql, const Values& values = {});
  /// Calls `on_row` for each row; its failure ends the query and is returned. fails: as run().
  Result<> query(std::string_view sql, const Values& values,
                 const std::function<Result<>(const Row&)>& on_row);
  /// Runs several statements without parameters, separated by ';'. fails: as run().
  Result<> run_script(std::string_view sql);

  /// Starts a transaction; there is one at a time (Invalid otherwise). fails: as run().
  Result<Transaction> begin(Durability durability);

  std::int64_t last_insert_rowid() const;
  std::int64_t changes() const;  ///< rows touched by the last run()

 private:
  struct Open;
  friend class Transaction;
  explicit Database(std::unique_ptr<Open> open);

  std::unique_ptr<Open> open_;
};

/// An open transaction; rolled back unless committed. Must not outlive its Database.
class Transaction {
 public:
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// fails:  as Database::run(); then it has been rolled back.
  Result<> commit();

 private:
  friend class Database;
  explicit Transaction(Database::Open* open) : open_(open) {}

  Database::Open* open_;
};

}  // namespace berth::store
