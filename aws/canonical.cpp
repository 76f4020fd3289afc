// canonical.cpp - paths, queries and headers in SigV4's form.
#include "aws/canonical.hpp"

#include <algorithm>
#include <cctype>

namespace berth::aws {

namespace {

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Trimmed, and each run of white space made one space.
std::string squeezed(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

/// Decoded where it can be, so that one text has one canonical form; a bad escape stays as it is.
std::string decoded(std::string_view text) {
  auto plain = http::percent_decode(text, true);
  return plain ? std::move(*plain) : std::string(text);
}

}  // namespace

std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> segments;
  bool ends_with_slash = true;
  while (!path.empty()) {
    const auto end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    ends_with_slash = end != std::string_view::npos || segment == "." || segment == "..";
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!segment.empty() && segment != ".") {
      segments.push_back(segment);
    }
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
  }
  std::string canonical;
  for (const std::string_view segment : segments) canonical += "/" + http::percent_encode(segment);
  if (ends_with_slash || segments.empty()) canonical += '/';
  return canonical;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    pairs.emplace_back(http::percent_encode(decoded(pair.substr(0, equals))),
                       http::percent_encode(decoded(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string canonical;
  for (const auto& [name, value] : pairs) {
    if (!canonical.empty()) canonical += '&';
    canonical += name + "=" + value;
  }
  return canonical;
}

std::string canonical_header(const http::Headers& headers, std::string_view name) {
  std::string joined;
  bool is_first = true;
  for (const auto& [key, value] : headers) {
    if (lower(key) != name) continue;
    if (!is_first) joined += ',';
    joined += squeezed(value);
    is_first = false;
  }
  return joined;
}

std::vector<std::string> headers_to_sign(const http::Headers& headers) {
  // What a proxy may add, change or drop on the way. source: AWS SDKs' list of ignored headers.
  static constexpr std::string_view kNotSigned[] = {
      "authorization",     "user-agent", "x-amzn-trace-id", "expect",
      "transfer-encoding", "connection", "upgrade"};
  std::vector<std::string> names;
  for (const auto& header : headers) {
    std::string name = lower(header.first);
    if (std::find(std::begin(kNotSigned), std::end(kNotSigned), name) != std::end(kNotSigned)) {
      continue;
    }
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace berth::aws
