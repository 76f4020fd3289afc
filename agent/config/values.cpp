// values.cpp - durations, ports, paths and names, read strictly.
#include "agent/config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "base/json.hpp"

namespace berth::config {

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

Error refuse(std::string_view text, const std::string& rule) {
  return Error{Errc::Invalid, 0, "\"" + std::string(text) + "\": " + rule};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
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

bool has_prefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto bad = [&] { return refuse(text, "not a duration such as 10s, 1h30m or 500ms"); };
  std::string_view rest = text;
  const bool negative = has_prefix(rest, "-");
  if (negative || has_prefix(rest, "+")) rest.remove_prefix(1);
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

Result<bool> parse_bool(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return refuse(text, "allowed are true and false");
}

Result<u64> parse_number(std::string_view text, u64 highest) {
  u64 value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data(), end, value);
  if (bad != std::errc() || stop != end || value > highest) {
    return refuse(text, "not a whole number from 0 to " + std::to_string(highest));
  }
  return value;
}

Result<std::vector<std::uint16_t>> parse_ports(std::string_view text) {
  const auto bad = [&] { return refuse(text, "not a JSON array of ports such as [22,8080]"); };
  const Result<Json> json = parse_json(text);
  if (!json || !json->is_array()) return bad();
  std::vector<std::uint16_t> ports;
  for (const Json& one : *json) {
    if (!one.is_number_unsigned() || one.get<u64>() > 65'535) return bad();
    ports.push_back(one.get<std::uint16_t>());
  }
  return ports;
}

std::string show_ports(const std::vector<std::uint16_t>& ports) {
  return dump_json(Json(ports));
}

Result<std::map<std::string, std::string>> parse_text_map(std::string_view text) {
  const auto bad = [&] { return refuse(text, "not a JSON object of texts such as {\"a\":\"b\"}"); };
  const Result<Json> json = parse_json(text);
  if (!json || !json->is_object()) return bad();
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : json->items()) {
    if (!value.is_string()) return bad();
    map[name] = value.get<std::string>();
  }
  return map;
}

std::string show_text_map(const std::map<std::string, std::string>& map) {
  return dump_json(map.empty() ? Json::object() : Json(map));
}

Result<std::string> parse_path(std::string_view text, std::size_t longest) {
  std::string path(text);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  if (path.empty() || path.front() != '/') return refuse(text, "not an absolute path");
  if (path.size() > longest) {
    return refuse(text, "longer than " + std::to_string(longest) + " bytes");
  }
  const std::string closed = path + "/";
  if (closed.find("/./") != std::string::npos || closed.find("/../") != std::string::npos ||
      path.find("//") != std::string::npos || path.find('\0') != std::string::npos) {
    return refuse(text, "a path without \".\", \"..\" and empty names is needed");
  }
  return path;
}

Result<std::string> parse_identifier(std::string_view text) {
  bool joins = true;  // a joint may not come first, last or twice
  bool valid = !text.empty() && text.size() <= 76;
  for (const char c : text) {
    const bool joint = c == '.' || c == '_' || c == '-';
    valid = valid && (is_alphanumeric(c) || (joint && !joins));
    joins = joint;
  }
  if (!valid || joins) {
    return refuse(text, "allowed are up to 76 letters and digits, joined by single . _ or -");
  }
  return std::string(text);
}

Result<std::string> parse_interface(std::string_view text) {
  const bool valid = !text.empty() && text.size() <= 15 && text != "." && text != ".." &&
                     std::none_of(text.begin(), text.end(), [](char c) {
                       return c == '/' || c == ':' || c == '%' || c == '\0' || is_blank(c);
                     });
  if (!valid)
    return refuse(text, "not an interface name (1 to 15 bytes, no '/', ':', '%', blanks)");
  return std::string(text);
}

Result<std::string> parse_base_url(std::string_view text) {
  std::string url(text);
  if (url.find("://") == std::string::npos) url.insert(0, "https://");
  while (url.back() == '/') url.pop_back();
  const std::size_t host = has_prefix(url, "https://") ? 8 : has_prefix(url, "http://") ? 7 : 0;
  // No blanks, and no user:password, which would end up in logs.
  const bool strange = std::any_of(url.begin(), url.end(),
                                   [](char c) { return is_blank(c) || c == '@' || c == '\0'; });
  if (host == 0 || url.size() <= host || url[host] == '/' || url[host] == ':' || strange) {
    return refuse(text, "not an http or https URL without user and password");
  }
  return url;
}

Result<std::string> parse_region(std::string_view text) {
  const bool valid = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-';
  });
  if (!valid) return refuse(text, "not a region such as us-east-1");
  return std::string(text);
}

std::string ecs_url_of(std::string_view region) {
  struct Partition {
    std::string_view prefix;
    std::string_view suffix;
  };
  static constexpr std::array kPartitions{
      Partition{"cn-", "amazonaws.com.cn"},    Partition{"us-iso-", "c2s.ic.gov"},
      Partition{"us-isob-", "sc2s.sgov.gov"},  Partition{"eusc-", "amazonaws.eu"},
      Partition{"us-isof-", "csp.hci.ic.gov"}, Partition{"eu-isoe-", "cloud.adc-e.uk"}};
  std::string_view suffix = "amazonaws.com";
  for (const Partition& one : kPartitions) {
    if (has_prefix(region, one.prefix)) suffix = one.suffix;
  }
  return "https://ecs." + std::string(region) + "." + std::string(suffix);
}

}  // namespace berth::config
