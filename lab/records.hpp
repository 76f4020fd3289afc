// records.hpp - what of the lab survives a restart: JSON documents in one SQLite table.
#pragma once

#include <functional>
#include <string>

#include "base/json.hpp"
#include "store/database.hpp"

namespace berth::lab {

/// Documents by kind ("task", "instance", "subnet", ...) and key. Owned by the Lab.
class Records {
 public:
  /// fails:  as Database::open and migrate.
  static Result<Records> open(const std::string& path);

  /// Writes one document. Survives the death of the program; a power cut may lose the last ones.
  Result<> save(std::string_view kind, const std::string& key, const Json& document);
  Result<> forget(std::string_view kind, const std::string& key);
  /// In the order in which they were first written. fails: as `take`, or Broken.
  Result<> load(std::string_view kind, const std::function<Result<>(const Json&)>& take);

  /// What is saved until commit() is written together.
  Result<store::Transaction> begin() { return database_.begin(store::Durability::Lazy); }

 private:
  explicit Records(store::Database database) : database_(std::move(database)) {}

  store::Database database_;
};

}  // namespace berth::lab
