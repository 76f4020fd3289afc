// value.hpp - what goes into a statement's parameters and what comes out of its rows.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3_stmt;

namespace berth::store {

/// Bytes to be kept as a blob; text is kept as text.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

/// One parameter. nullopt and nullptr become NULL, bool an integer.
class Value {
 public:
  using Held = std::variant<std::nullptr_t, std::int64_t, double, std::string, Blob>;

  Value(std::nullptr_t) : held_(nullptr) {}
  template <std::integral Number>
  Value(Number number) : held_(static_cast<std::int64_t>(number)) {}
  Value(double number) : held_(number) {}
  Value(std::string text) : held_(std::move(text)) {}
  Value(std::string_view text) : held_(std::string(text)) {}
  Value(const char* text) : held_(std::string(text)) {}
  Value(Blob blob) : held_(std::move(blob)) {}
  template <class T>
  Value(std::optional<T> maybe) : held_(nullptr) {
    if (maybe) held_ = Value(std::move(*maybe)).held_;
  }

  const Held& held() const { return held_; }

 private:
  Held held_;
};

using Values = std::vector<Value>;

/// The row a statement stands on; valid inside the function it is given to. Columns count from 0.
/// SQLite converts between types as its documentation says; NULL reads as 0 or "".
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;  ///< also the bytes of a blob
  std::optional<std::string> maybe_text(int column) const;
  std::optional<std::int64_t> maybe_integer(int column) const;
  std::optional<double> maybe_real(int column) const;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace berth::store
