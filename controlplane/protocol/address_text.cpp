// address_text.cpp - is a text an address, or a prefix.
#include "controlplane/protocol/address_text.hpp"

#include <arpa/inet.h>

#include <charconv>

namespace berth::protocol {

std::optional<int> family_of_address(const std::string& text) {
  unsigned char binary[sizeof(in6_addr)];
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, text.c_str(), binary) == 1) return family;
  }
  return std::nullopt;
}

std::optional<int> family_of_prefix(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::optional<int> family = family_of_address(text.substr(0, slash));
  int length = -1;
  const char* end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data() + slash + 1, end, length);
  const bool is_length = failed == std::errc{} && stop == end && length >= 0;
  if (!family || !is_length || length > (*family == AF_INET ? 32 : 128)) return std::nullopt;
  return family;
}

}  // namespace berth::protocol
