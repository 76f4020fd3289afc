// database_test.cpp - what the store keeps, refuses and reports.
#include "store/database.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace berth::store {
namespace {

constexpr std::array<std::string_view, 1> kOneTable = {
    "CREATE TABLE thing(name TEXT PRIMARY KEY, size INTEGER, share REAL, bytes BLOB)"};

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string pattern = testing::TempDir() + "berth-store-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }

  std::string file() const { return folder_ + "/state.db"; }
  Database opened() const {
    auto database = Database::open(file());
    EXPECT_TRUE(database) << database.error().text();
    auto migrated = database->migrate(kOneTable);
    EXPECT_TRUE(migrated) << migrated.error().text();
    return std::move(database).value();
  }

  std::string folder_;
};

std::vector<std::string> names(Database& database) {
  std::vector<std::string> found;
  auto done = database.query("SELECT name FROM thing ORDER BY name", {}, [&](const Row& row) {
    found.push_back(row.text(0));
    return ok();
  });
  EXPECT_TRUE(done) << done.error().text();
  return found;
}

TEST_F(StoreTest, GivesBackEachTypeAsItWasStored) {
  Database database = opened();
  const std::string bytes("\0\xff\x01", 3);

  ASSERT_TRUE(database.run("INSERT INTO thing VALUES(?,?,?,?)", {"a", 42, 0.25, Blob{bytes}}));
  ASSERT_TRUE(database.run("INSERT INTO thing VALUES(?,?,?,?)",
                           {"b", std::optional<std::int64_t>(), nullptr, nullptr}));

  int rows = 0;
  auto done =
      database.query("SELECT size, share, bytes FROM thing ORDER BY name", {}, [&](const Row& row) {
        if (rows++ == 0) {
          EXPECT_EQ(row.integer(0), 42);
          EXPECT_EQ(row.real(1), 0.25);
          EXPECT_EQ(row.text(2), bytes);
        } else {
          EXPECT_EQ(row.maybe_integer(0), std::nullopt);
          EXPECT_EQ(row.maybe_real(1), std::nullopt);
          EXPECT_EQ(row.maybe_text(2), std::nullopt);
        }
        return ok();
      });
  ASSERT_TRUE(done);
  EXPECT_EQ(rows, 2);
}

TEST_F(StoreTest, KeepsCommittedRowsOverReopening) {
  {
    Database database = opened();
    auto change = database.begin(Durability::Synced);
    ASSERT_TRUE(change);
    ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES('kept')"));
    ASSERT_TRUE(change->commit());
  }

  Database again = opened();

  EXPECT_EQ(names(again), std::vector<std::string>{"kept"});
}

TEST_F(StoreTest, RollsBackATransactionThatIsDropped) {
  Database database = opened();
  {
    auto change = database.begin(Durability::Lazy);
    ASSERT_TRUE(change);
    ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES('gone')"));
  }

  EXPECT_TRUE(names(database).empty());
  EXPECT_TRUE(database.begin(Durability::Lazy));
}

TEST_F(StoreTest, SwitchesSynchronousWithEachTransaction) {
  Database database = opened();
  auto synchronous = [&database] {
    std::int64_t level = -1;
    EXPECT_TRUE(database.query("PRAGMA synchronous", {}, [&level](const Row& row) {
      level = row.integer(0);
      return ok();
    }));
    return level;
  };

  for (auto [durability, level] :
       {std::pair{Durability::Synced, 2}, {Durability::Lazy, 1}, {Durability::Synced, 2}}) {
    auto change = database.begin(durability);
    ASSERT_TRUE(change);
    EXPECT_EQ(synchronous(), level);
    ASSERT_TRUE(change->commit());
  }
  ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES('alone')"));
  EXPECT_EQ(synchronous(), 1);
}

TEST_F(StoreTest, RefusesASecondTransactionInsideTheFirst) {
  Database database = opened();
  auto first = database.begin(Durability::Lazy);
  ASSERT_TRUE(first);

  EXPECT_TRUE(database.begin(Durability::Lazy).failed_with(Errc::Invalid));
}

TEST_F(StoreTest, NamesTheReasonOfARefusedRow) {
  Database database = opened();
  ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES(?)", {"once"}));

  auto twice = database.run("INSERT INTO thing(name) VALUES(?)", {"once"});

  EXPECT_TRUE(twice.failed_with(Errc::Exists));
  EXPECT_NE(twice.error().message.find("thing.name"), std::string::npos) << twice.error().message;
}

TEST_F(StoreTest, RefusesBadSqlAndMissingValues) {
  Database database = opened();

  EXPECT_TRUE(database.run("INSERT INTO nowhere VALUES(1)").failed_with(Errc::Invalid));
  EXPECT_TRUE(database.run("INSERT INTO thing(name) VALUES(?)").failed_with(Errc::Invalid));
}

TEST_F(StoreTest, LetsAQueryRunItselfAgainInside) {
  Database database = opened();
  ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES('a'), ('b')"));

  int inner = 0;
  auto outer = database.query("SELECT name FROM thing", {}, [&](const Row&) {
    return database.query("SELECT name FROM thing", {}, [&inner](const Row&) {
      ++inner;
      return ok();
    });
  });

  ASSERT_TRUE(outer);
  EXPECT_EQ(inner, 4);
}

TEST_F(StoreTest, EndsAQueryWithTheFailureOfItsReader) {
  Database database = opened();
  ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES('a'), ('b')"));

  int seen = 0;
  auto done = database.query("SELECT name FROM thing", {}, [&seen](const Row&) -> Result<> {
    ++seen;
    return Error{Errc::Broken, 0, "cannot decode"};
  });

  EXPECT_TRUE(done.failed_with(Errc::Broken));
  EXPECT_EQ(seen, 1);
}

TEST_F(StoreTest, AddsOnlyTheMissingSchemaSteps) {
  {
    Database first = opened();
  }
  constexpr std::array<std::string_view, 2> kTwoSteps = {
      "CREATE TABLE this_would_fail_twice(x); CREATE TABLE this_would_fail_twice(x)",
      "ALTER TABLE thing ADD COLUMN note TEXT"};

  auto database = Database::open(file());
  ASSERT_TRUE(database);
  auto migrated = database->migrate(kTwoSteps);

  ASSERT_TRUE(migrated) << migrated.error().text();
  EXPECT_TRUE(database->run("INSERT INTO thing(name, note) VALUES('n', 'x')"));
}

TEST_F(StoreTest, LeavesTheSchemaAloneWhenAStepFails) {
  Database database = opened();
  const std::array<std::string_view, 2> broken = {kOneTable[0],
                                                  "CREATE TABLE half(x); CREATE TABLE thing(y)"};

  auto migrated = database.migrate(broken);

  EXPECT_TRUE(migrated.failed_with(Errc::Invalid));
  EXPECT_TRUE(database.run("INSERT INTO half VALUES(1)").failed_with(Errc::Invalid));
}

TEST_F(StoreTest, RefusesAFileOfANewerProgram) {
  Database database = opened();
  ASSERT_TRUE(database.run_script("PRAGMA user_version=7"));

  auto migrated = database.migrate(kOneTable);

  EXPECT_TRUE(migrated.failed_with(Errc::Invalid));
  EXPECT_NE(migrated.error().message.find("newer program"), std::string::npos);
}

TEST_F(StoreTest, MakesTheFileForItsOwnerOnly) {
  Database database = opened();
  ASSERT_TRUE(database.run("INSERT INTO thing(name) VALUES('a')"));

  for (const char* suffix : {"", "-wal"}) {
    struct stat status{};
    ASSERT_EQ(::stat((file() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(StoreTest, SaysWhenTheFileIsNotADatabase) {
  std::ofstream(file()) << std::string(4096, 'x');

  EXPECT_TRUE(Database::open(file()).failed_with(Errc::Broken));
  EXPECT_TRUE(Database::open(folder_ + "/no/such/state.db").failed_with(Errc::NotFound));
}

TEST_F(StoreTest, WaitsForNobodyForEver) {
  Database mine = opened();
  Database other = opened();
  auto held = other.begin(Durability::Lazy);
  ASSERT_TRUE(held);
  ASSERT_TRUE(mine.run_script("PRAGMA busy_timeout=1"));

  EXPECT_TRUE(mine.begin(Durability::Lazy).failed_with(Errc::Unavailable));
}

}  // namespace
}  // namespace berth::store
