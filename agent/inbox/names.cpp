// names.cpp - the form of names and addresses.
#include "agent/inbox/names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace berth::inbox {

namespace {

bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_word(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c) || c == '_';
}

/// Lower-case letters and digits, joined by '.', '_', "__" or any number of '-'.
bool is_path_component(std::string_view text) {
  std::size_t at = 0;
  const auto take_word = [&] {
    const std::size_t start = at;
    while (at < text.size() && (is_lower(text[at]) || is_digit(text[at]))) ++at;
    return at > start;
  };
  if (!take_word()) return false;
  while (at < text.size()) {
    const std::size_t start = at;
    if (text[at] == '-') {
      while (at < text.size() && text[at] == '-') ++at;
    } else if (text[at] == '.' || text[at] == '_') {
      const char joint = text[at++];
      if (joint == '_' && at < text.size() && text[at] == '_') ++at;
    }
    if (at == start || !take_word()) return false;
  }
  return true;
}

bool is_tag(std::string_view text) {
  constexpr std::size_t kMaxBytes = 128;
  return !text.empty() && text.size() <= kMaxBytes && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

/// "sha256:" and its 64 hexadecimal digits, or another algorithm with at least 32.
bool is_digest(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view algorithm = text.substr(0, colon);
  const std::string_view hex = text.substr(colon + 1);
  const bool is_hex = std::all_of(hex.begin(), hex.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
  return is_hex && (algorithm == "sha256" ? hex.size() == 64 : hex.size() >= 32);
}

/// "host", "host:5000", "[::1]:5000". The first part of a name is one when it has '.' or ':', has
/// capitals, or is "localhost".
bool is_registry(std::string_view text) {
  const auto may_end = [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '[' || c == ']';
  };
  return may_end(text.front()) && may_end(text.back()) &&
         text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(),
                     [&may_end](char c) { return may_end(c) || c == '.' || c == '-' || c == ':'; });
}

bool names_a_registry(std::string_view first) {
  return first == "localhost" || first.find_first_of(".:") != std::string_view::npos ||
         std::any_of(first.begin(), first.end(), is_upper);
}

bool is_address_of(int family, std::string_view text) {
  unsigned char binary[sizeof(in6_addr)];
  return !has_nul(text) && inet_pton(family, std::string(text).c_str(), binary) == 1;
}

}  // namespace

bool is_definition_name(std::string_view text) {
  constexpr std::size_t kMaxBytes = 255;
  return !text.empty() && text.size() <= kMaxBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '-'; });
}

bool is_host_name(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  return !text.empty() && text.size() <= kMaxBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '.';
         });
}

bool is_ipv4_address(std::string_view text) {
  return is_address_of(AF_INET, text);
}

bool is_address(std::string_view text) {
  return is_address_of(AF_INET, text) || is_address_of(AF_INET6, text);
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

bool is_image_name(std::string_view text) {
  constexpr std::size_t kMaxNameBytes = 255;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    if (!is_digest(text.substr(at + 1))) return false;
    text = text.substr(0, at);
  }
  const std::size_t colon = text.rfind(':');
  const std::size_t last_slash = text.rfind('/');
  if (colon != std::string_view::npos &&
      (last_slash == std::string_view::npos || colon > last_slash)) {
    if (!is_tag(text.substr(colon + 1))) return false;
    text = text.substr(0, colon);
  }
  if (text.empty() || text.size() > kMaxNameBytes) return false;
  if (const std::size_t slash = text.find('/');
      slash != std::string_view::npos && slash > 0 && names_a_registry(text.substr(0, slash))) {
    if (!is_registry(text.substr(0, slash))) return false;
    text.remove_prefix(slash + 1);
  }
  while (true) {
    const std::size_t slash = text.find('/');
    if (!is_path_component(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_mac_address(std::string_view text) {
  constexpr std::size_t kBytes = 17;  // "02:11:22:33:44:55"
  if (text.size() != kBytes) return false;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const bool is_hex = std::isxdigit(static_cast<unsigned char>(text[i])) != 0;
    if (i % 3 == 2 ? text[i] != ':' : !is_hex) return false;
  }
  constexpr std::string_view kOdd = "13579bdfBDF";  // of the first octet: a group's address
  return kOdd.find(text[1]) == std::string_view::npos;
}

}  // namespace berth::inbox
