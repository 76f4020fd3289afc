// digest.cpp - SHA-256 by OpenSSL.
#include "images/oci/digest.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace berth::images::oci {

namespace {

constexpr std::string_view kPrefix = "sha256:";

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

}  // namespace

Result<> check_digest(std::string_view digest) {
  const std::string_view hex = digest.substr(std::min(digest.size(), kPrefix.size()));
  if (digest.starts_with(kPrefix) && hex.size() == 64 &&
      std::all_of(hex.begin(), hex.end(), is_lower_hex)) {
    return ok();
  }
  return Error{Errc::Invalid, 0,
               "digest \"" + std::string(digest.substr(0, 140)) +
                   "\" must be sha256: and 64 lower-case hexadecimal digits"};
}

std::string digest_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string digest(kPrefix);
  for (unsigned char byte : hash) {
    digest += kDigits[byte >> 4];
    digest += kDigits[byte & 15];
  }
  return digest;
}

}  // namespace berth::images::oci
