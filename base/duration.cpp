// duration.cpp - spans of time as Go writes them, exact to the nanosecond.
#include "base/duration.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

namespace berth {

namespace {

using u64 = std::uint64_t;

constexpr u64 kLongest = static_cast<u64>(std::numeric_limits<std::int64_t>::max());

struct Unit {
  std::string_view name;
  u64 ns;
};
constexpr std::array kUnits{Unit{"ns", 1},
                            Unit{"us", 1'000},
                            Unit{"\u00b5s", 1'000},  // micro sign
                            Unit{"\u03bcs", 1'000},  // Greek mu
                            Unit{"ms", 1'000'000},
                            Unit{"s", 1'000'000'000},
                            Unit{"m", 60'000'000'000},
                            Unit{"h", 3'600'000'000'000}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& rest) {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

/// digits × unit and fraction × unit; nullopt on overflow. Digits of the fraction below one
/// nanosecond are cut off, as Go does.
std::optional<u64> scaled(std::string_view digits, std::string_view fraction, u64 unit) {
  u64 whole = 0;
  for (const char digit : digits) {
    if (whole > kLongest / 10) return std::nullopt;
    whole = whole * 10 + static_cast<u64>(digit - '0');
  }
  if (whole > kLongest / unit) return std::nullopt;
  // From the last digit to the first, each step rounded down: as exact as one division at the end.
  u64 part = 0;
  for (auto digit = fraction.rbegin(); digit != fraction.rend(); ++digit) {
    part = (static_cast<u64>(*digit - '0') * unit + part) / 10;
  }
  const u64 total = whole * unit + part;
  return total > kLongest ? std::nullopt : std::optional<u64>(total);
}

/// One "1.5h" from the front of `rest`.
std::optional<u64> take_term(std::string_view& rest) {
  const std::string_view digits = take_digits(rest);
  std::string_view fraction;
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
  }
  if (digits.empty() && fraction.empty()) return std::nullopt;
  std::size_t length = 0;
  while (length < rest.size() && rest[length] != '.' && !is_digit(rest[length])) ++length;
  const std::string_view name = rest.substr(0, length);
  rest.remove_prefix(length);
  const auto unit =
      std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& one) { return one.name == name; });
  return unit == kUnits.end() ? std::nullopt : scaled(digits, fraction, unit->ns);
}

std::string decimal(u64 value, u64 unit) {
  std::string text = std::to_string(value / unit);
  u64 rest = value % unit;
  if (rest == 0) return text;
  text += '.';
  for (u64 digit = unit / 10; rest != 0; digit /= 10) {
    text += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
  return text;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return Error{Errc::Invalid, 0,
                 "\"" + std::string(text) + "\": not a duration such as 10s, 1h30m or 500ms"};
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) return bad();
  u64 total = 0;
  while (!rest.empty()) {
    const std::optional<u64> term = take_term(rest);
    if (!term || *term > kLongest - total) return bad();
    total += *term;
  }
  const auto count = static_cast<std::int64_t>(total);
  return std::chrono::nanoseconds(negative ? -count : count);
}

std::string show_duration(std::chrono::nanoseconds duration) {
  if (duration.count() == 0) return "0s";
  const std::string sign = duration.count() < 0 ? "-" : "";
  const u64 ns = duration.count() < 0 ? u64{0} - static_cast<u64>(duration.count())
                                      : static_cast<u64>(duration.count());
  if (ns < 1'000) return sign + std::to_string(ns) + "ns";
  if (ns < 1'000'000) return sign + decimal(ns, 1'000) + "us";
  if (ns < 1'000'000'000) return sign + decimal(ns, 1'000'000) + "ms";
  const u64 minute = 60'000'000'000;
  const std::string seconds = decimal(ns % minute, 1'000'000'000) + "s";
  const u64 minutes = ns / minute;
  if (minutes == 0) return sign + seconds;
  if (minutes < 60) return sign + std::to_string(minutes) + "m" + seconds;
  return sign + std::to_string(minutes / 60) + "h" + std::to_string(minutes % 60) + "m" + seconds;
}

}  // namespace berth
