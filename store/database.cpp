// database.cpp - one SQLite file: open, migrate, run, query, transaction.
#include "store/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <map>

#include "base/unique_fd.hpp"

namespace berth::store {

namespace {

/// How long a lock held by another process is waited for; only a person with sqlite3 holds one.
constexpr int kBusyTimeoutMs = 2000;

Errc code_for(int sqlite_code) {
  switch (sqlite_code & 0xff) {
    case SQLITE_CONSTRAINT: return Errc::Exists;
    case SQLITE_FULL:
    case SQLITE_NOMEM: return Errc::Exhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Errc::Unavailable;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN: return Errc::Denied;
    case SQLITE_ERROR:
    case SQLITE_RANGE:
    case SQLITE_MISUSE: return Errc::Invalid;
    default: return Errc::Broken;
  }
}

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementPtr = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

int bind(sqlite3_stmt* statement, int index, const Value::Held& held) {
  if (const auto* integer = std::get_if<std::int64_t>(&held)) {
    return sqlite3_bind_int64(statement, index, *integer);
  }
  if (const auto* real = std::get_if<double>(&held)) {
    return sqlite3_bind_double(statement, index, *real);
  }
  // The values outlive the step, so SQLite need not copy them.
  if (const auto* text = std::get_if<std::string>(&held)) {
    return sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                               SQLITE_UTF8);
  }
  if (const auto* blob = std::get_if<Blob>(&held)) {
    return sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(),
                               SQLITE_STATIC);
  }
  return sqlite3_bind_null(statement, index);
}

/// Makes the file with mode 0600 if it is missing; WAL and index take over its mode.
Result<> make_private(const std::string& path) {
  if (path == ":memory:") return ok();
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) return os_error(errno, "open " + path);
  return ok();
}

}  // namespace

struct Database::Open {
  std::string path;
  sqlite3* handle = nullptr;
  Durability set_to = Durability::Lazy;
  std::map<std::string, StatementPtr, std::less<>> kept;  ///< prepared, at rest

  ~Open() {
    kept.clear();
    sqlite3_close(handle);
  }

  Error error(int code, std::string_view what) const {
    const int os_errno = (code & 0xff) == SQLITE_IOERR ? sqlite3_system_errno(handle) : 0;
    const Errc errc = os_errno == ENOSPC ? Errc::Exhausted : code_for(code);
    return {errc, os_errno, path + ": " + std::string(what) + ": " + sqlite3_errmsg(handle)};
  }

  Result<StatementPtr> take(std::string_view sql) {
    if (auto found = kept.find(sql); found != kept.end()) {
      StatementPtr statement = std::move(found->second);
      kept.erase(found);
      return statement;
    }
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &rest);
    StatementPtr statement(raw);
    if (code != SQLITE_OK) return error(code, "prepare");
    if (!statement) return Error{Errc::Invalid, 0, path + ": empty statement"};
    return statement;
  }

  void give_back(std::string_view sql, StatementPtr statement) {
    sqlite3_reset(statement.get());
    sqlite3_clear_bindings(statement.get());
    kept.insert_or_assign(std::string(sql), std::move(statement));
  }

  Result<> step_all(sqlite3_stmt* statement, const Values& values,
                    const std::function<Result<>(const Row&)>* on_row) {
    if (sqlite3_bind_parameter_count(statement) != static_cast<int>(values.size())) {
      return Error{Errc::Invalid, 0, path + ": statement and values differ in number"};
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const int code = bind(statement, static_cast<int>(i) + 1, values[i].held());
      if (code != SQLITE_OK) return error(code, "bind");
    }
    for (;;) {
      const int code = sqlite3_step(statement);
      if (code == SQLITE_DONE) return ok();
      if (code != SQLITE_ROW) return error(code, "run");
      if (on_row) BERTH_CHECK((*on_row)(Row(statement)));
    }
  }

  Result<> execute(std::string_view sql, const Values& values,
                   const std::function<Result<>(const Row&)>* on_row) {
    BERTH_TRY(StatementPtr statement, take(sql));
    Result<> outcome = step_all(statement.get(), values, on_row);
    give_back(sql, std::move(statement));
    return outcome;
  }

  /// The setting belongs to the connection and may not change inside a transaction.
  Result<> set(Durability durability) {
    if (durability == set_to) return ok();
    BERTH_CHECK(execute(
        durability == Durability::Synced ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL",
        {}, nullptr));
    set_to = durability;
    return ok();
  }

  bool in_transaction() const { return sqlite3_get_autocommit(handle) == 0; }
};

Database::Database(std::unique_ptr<Open> open) : open_(std::move(open)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path) {
  BERTH_CHECK(make_private(path));
  auto opened = std::make_unique<Open>();
  opened->path = path;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &opened->handle, flags, nullptr);
  if (code != SQLITE_OK) return opened->error(code, "open");
  sqlite3_extended_result_codes(opened->handle, 1);
  sqlite3_busy_timeout(opened->handle, kBusyTimeoutMs);

  Database database(std::move(opened));
  BERTH_CHECK(database.run_script(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
      "PRAGMA trusted_schema=OFF; PRAGMA cache_size=-512;"));
  return database;
}

Result<> Database::migrate(std::span<const std::string_view> steps) {
  std::int64_t version = 0;
  BERTH_CHECK(query("PRAGMA user_version", {}, [&version](const Row& row) {
    version = row.integer(0);
    return ok();
  }));
  if (version > static_cast<std::int64_t>(steps.size())) {
    return Error{Errc::Invalid, 0,
                 open_->path + ": schema version " + std::to_string(version) +
                     " was written by a newer program; this one knows up to " +
                     std::to_string(steps.size())};
  }
  for (auto next = static_cast<std::size_t>(version); next < steps.size(); ++next) {
    BERTH_TRY(Transaction step, begin(Durability::Synced));
    if (auto done = run_script(steps[next]); !done) {
      return std::move(done).error().while_doing("schema step " + std::to_string(next + 1));
    }
    BERTH_CHECK(run_script("PRAGMA user_version=" + std::to_string(next + 1)));
    BERTH_CHECK(step.commit());
  }
  return ok();
}

Result<> Database::run(std::string_view sql, const Values& values) {
  if (!open_->in_transaction()) BERTH_CHECK(open_->set(Durability::Lazy));
  return open_->execute(sql, values, nullptr);
}

Result<> Database::query(std::string_view sql, const Values& values,
                         const std::function<Result<>(const Row&)>& on_row) {
  return open_->execute(sql, values, &on_row);
}

Result<> Database::run_script(std::string_view sql) {
  const std::string text(sql);
  const int code = sqlite3_exec(open_->handle, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return open_->error(code, "run");
  return ok();
}

Result<Transaction> Database::begin(Durability durability) {
  if (open_->in_transaction()) {
    return Error{Errc::Invalid, 0, open_->path + ": a transaction is open already"};
  }
  BERTH_CHECK(open_->set(durability));
  // IMMEDIATE: a lock that cannot be had is told here and not at the first write.
  BERTH_CHECK(open_->execute("BEGIN IMMEDIATE", {}, nullptr));
  return Transaction(open_.get());
}

std::int64_t Database::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(open_->handle);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(open_->handle);
}

Transaction::Transaction(Transaction&& other) noexcept
    : open_(std::exchange(other.open_, nullptr)) {}

Transaction::~Transaction() {
  if (!open_ || !open_->in_transaction()) return;
  // A failed rollback leaves nothing to do: the next begin reports it.
  (void)open_->execute("ROLLBACK", {}, nullptr);
}

Result<> Transaction::commit() {
  if (!open_) return Error{Errc::Invalid, 0, "commit of a transaction that is over"};
  Database::Open* open = std::exchange(open_, nullptr);
  Result<> committed = open->execute("COMMIT", {}, nullptr);
  if (!committed && open->in_transaction()) (void)open->execute("ROLLBACK", {}, nullptr);
  return committed;
}

bool Row::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Row::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Row::real(int column) const {
  return sqlite3_column_double(statement_, column);
}

std::string Row::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)) : "";
}

std::optional<std::string> Row::maybe_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

std::optional<std::int64_t> Row::maybe_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<double> Row::maybe_real(int column) const {
  if (is_null(column)) return std::nullopt;
  return real(column);
}

}  // namespace berth::store
