// records.cpp - what of the lab survives a restart: JSON documents in one SQLite table.
#include "lab/records.hpp"

#include <array>

namespace berth::lab {

namespace {

constexpr std::array<std::string_view, 1> kSchema = {
    "CREATE TABLE document("
    "  place INTEGER PRIMARY KEY AUTOINCREMENT,"
    "  kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL,"
    "  UNIQUE(kind, key))"};

}  // namespace

Result<Records> Records::open(const std::string& path) {
  BERTH_TRY(store::Database database, store::Database::open(path));
  BERTH_CHECK(database.migrate(kSchema));
  return Records(std::move(database));
}

Result<> Records::save(std::string_view kind, const std::string& key, const Json& document) {
  return database_.run(
      "INSERT INTO document(kind, key, text) VALUES(?, ?, ?)"
      " ON CONFLICT(kind, key) DO UPDATE SET text = excluded.text",
      {kind, key, dump_json(document)});
}

Result<> Records::forget(std::string_view kind, const std::string& key) {
  return database_.run("DELETE FROM document WHERE kind = ? AND key = ?", {kind, key});
}

Result<> Records::load(std::string_view kind, const std::function<Result<>(const Json&)>& take) {
  return database_.query("SELECT text FROM document WHERE kind = ? ORDER BY place", {kind},
                         [&take](const store::Row& row) -> Result<> {
                           BERTH_TRY(const Json document, parse_json(row.text(0)));
                           return take(document);
                         });
}

}  // namespace berth::lab
