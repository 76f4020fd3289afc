// sqlite_addresses.cpp - a row for each address.
#include "agent/records/sqlite_addresses.hpp"

#include "base/log.hpp"

namespace berth::records {

using store::Database;
using store::Row;

namespace {

std::int64_t ms_of(WallTime time) {
  return time.time_since_epoch().count();
}

Result<> put_rest(Database& database, const Rest& rest, WallTime oldest) {
  BERTH_CHECK(database.run("DELETE FROM rests WHERE since < ?", {ms_of(oldest)}));
  return database.run(
      "INSERT INTO rests(address, since) VALUES(?, ?)"
      " ON CONFLICT(address) DO UPDATE SET since = excluded.since",
      {rest.address, ms_of(rest.since)});
}

Result<std::vector<Rest>> get_rests(Database& database) {
  std::vector<Rest> all;
  BERTH_CHECK(database.query("SELECT address, since FROM rests ORDER BY since", {},
                             [&all](const Row& row) -> Result<> {
                               const std::chrono::milliseconds since(row.integer(1));
                               all.push_back({row.text(0), WallTime{since}});
                               return ok();
                             }));
  return all;
}

}  // namespace

void SqliteAddresses::note_rest(Rest rest, WallTime oldest) {
  journal_.post([rest = std::move(rest), oldest](Database& database) {
    if (Result<> put = put_rest(database, rest, oldest); !put) {
      log::error("an address given back could not be noted",
                 {{"address", rest.address}, {"error", put.error().text()}});
    }
  });
}

Async<std::vector<Rest>> SqliteAddresses::rests() {
  auto work = [](Database& database) { return get_rests(database); };
  Result<std::vector<Rest>> all = co_await journal_.on_thread(std::move(work));
  co_return all;
}

}  // namespace berth::records
