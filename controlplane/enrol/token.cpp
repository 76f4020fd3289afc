// token.cpp - JSON in base64 without the characters that shells, URLs and double clicks dislike.
#include "controlplane/enrol/token.hpp"

#include <algorithm>
#include <optional>

#include "base/base64.hpp"
#include "base/http/message.hpp"
#include "base/json.hpp"

namespace berth::enrol {

namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr std::size_t kDigestDigits = 64;

Error bad(const std::string& why) {
  return {Errc::Invalid, 0, "not a join token: " + why};
}

/// The alphabet for URLs, unpadded. source: RFC 4648, section 5.
std::string to_word(std::string_view bytes) {
  std::string text = encode_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return text;
}

std::optional<std::string> of_word(std::string_view word) {
  if (word.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string text(word);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return decode_base64(text);
}

bool is_digest(const std::string& text) {
  return text.size() == kDigestDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_printable(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

std::string token_text(const Token& token) {
  const Json parts{{"u", token.url}, {"f", token.fingerprint}, {"s", token.secret}};
  return std::string(kTokenPrefix) + to_word(dump_json(parts));
}

Result<Token> parse_token(std::string_view text) {
  if (!text.starts_with(kTokenPrefix)) {
    return bad("it does not begin with \"" + std::string(kTokenPrefix) + "\"");
  }
  if (text.size() > kMostBytes) return bad("it is too long");
  const auto bytes = of_word(text.substr(kTokenPrefix.size()));
  if (!bytes) return bad("it is cut off, or has a character that is none of a token's");
  const auto parts = parse_json(*bytes);
  if (!parts) return bad("it is cut off or was changed");
  JsonReader in(*parts, "token");
  const Token token{in.text("u"), in.text("f"), in.text("s")};
  if (in.failed()) return bad("it is cut off or was changed");
  const auto url = http::parse_url(token.url);
  if (!url || url->scheme != "https") return bad("it leads to no https:// address");
  if (!is_digest(token.fingerprint)) return bad("it has no fingerprint of a certificate");
  if (!is_printable(token.secret)) return bad("it has no secret");
  return token;
}

}  // namespace berth::enrol
