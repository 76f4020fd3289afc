// sigv4.cpp - the signature: canonical text, hash, chain of HMACs.
#include "aws/sigv4.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "aws/canonical.hpp"
#include "base/text.hpp"

namespace berth::aws {

namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string hmac(std::string_view key, std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned bytes = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out, &bytes);
  return {reinterpret_cast<const char*>(out), bytes};
}

std::string scope_text(std::string_view day, const Scope& scope) {
  return std::string(day) + "/" + scope.region + "/" + scope.service + "/" +
         std::string(kTerminator);
}

/// The hexadecimal signature of a request that already carries its date.
std::string signature_of(const http::Request& request, const std::vector<std::string>& headers,
                         const std::string& secret, const Scope& scope, const std::string& date) {
  const std::string day = date.substr(0, 8);
  const std::string to_sign = std::string(kAlgorithm) + "\n" + date + "\n" +
                              scope_text(day, scope) + "\n" +
                              sha256_hex(canonical_request(request, headers));
  std::string key = hmac("AWS4" + secret, day);
  key = hmac(key, scope.region);
  key = hmac(key, scope.service);
  key = hmac(key, kTerminator);
  return hex(hmac(key, to_sign));
}

/// The three parts of an Authorization header; "" where one is missing.
struct Authorization {
  std::string credential;
  std::string signed_headers;
  std::string signature;
};

Authorization take_apart(std::string_view text) {
  Authorization parts;
  while (!text.empty()) {
    const auto end = text.find(',');
    const std::string_view part = trimmed(text.substr(0, end), " ");
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = part.substr(0, equals);
    const std::string value(part.substr(equals + 1));
    if (name == "Credential") parts.credential = value;
    if (name == "SignedHeaders") parts.signed_headers = value;
    if (name == "Signature") parts.signature = value;
  }
  return parts;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text = text.substr(end + 1);
  }
}

Refusal incomplete(std::string message) {
  return {400, "IncompleteSignatureException", std::move(message)};
}
Refusal bad_signature(std::string message) {
  return {400, "InvalidSignatureException", std::move(message)};
}

/// What the Credential says, checked against what it must say; nullopt when it is right.
std::optional<Refusal> scope_refusal(const std::vector<std::string>& credential, const Scope& scope,
                                     const std::string& date) {
  if (credential[2] != scope.region) {
    return bad_signature("Credential should be scoped to a valid region, not '" + credential[2] +
                         "'. ");
  }
  if (credential[3] != scope.service) {
    return bad_signature("Credential should be scoped to correct service: '" + scope.service +
                         "'. ");
  }
  if (credential[4] != kTerminator) {
    return bad_signature("Credential should be scoped with a valid terminator: '" +
                         std::string(kTerminator) + "', not '" + credential[4] + "'. ");
  }
  if (credential[1] != date.substr(0, 8)) {
    return bad_signature(
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        "HTTP: '" +
        credential[1] + "' != '" + date.substr(0, 8) + "', from '" + date + "'.");
  }
  return std::nullopt;
}

std::optional<Refusal> skew_refusal(WallTime signed_at, WallTime now) {
  const std::string date = amz_date(signed_at);
  const std::string minutes = std::to_string(kAllowedSkew.count()) + " min.)";
  if (signed_at < now - kAllowedSkew) {
    return bad_signature("Signature expired: " + date + " is now earlier than " +
                         amz_date(now - kAllowedSkew) + " (" + amz_date(now) + " - " + minutes);
  }
  if (signed_at > now + kAllowedSkew) {
    return bad_signature("Signature not yet current: " + date + " is still later than " +
                         amz_date(now + kAllowedSkew) + " (" + amz_date(now) + " + " + minutes);
  }
  return std::nullopt;
}

/// nullopt when nothing is missing.
std::optional<Refusal> completeness_refusal(const std::string& header, const Authorization& parts,
                                            bool has_date) {
  std::string missing;
  if (parts.credential.empty()) {
    missing += "Authorization header requires 'Credential' parameter. ";
  }
  if (parts.signature.empty()) missing += "Authorization header requires 'Signature' parameter. ";
  if (parts.signed_headers.empty()) {
    missing += "Authorization header requires 'SignedHeaders' parameter. ";
  }
  if (!has_date) {
    missing +=
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (missing.empty()) return std::nullopt;
  // The service repeats the header; the signature in it is of no use to anybody else.
  return incomplete(missing + "Authorization=" + header);
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned count = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &count, EVP_sha256(), nullptr);
  return hex({reinterpret_cast<const char*>(out), count});
}

std::string amz_date(WallTime time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[24];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

std::optional<WallTime> parse_amz_date(std::string_view text) {
  if (text.size() != 16) return std::nullopt;
  std::tm parts{};
  const std::string copy(text);
  const char* end = strptime(copy.c_str(), "%Y%m%dT%H%M%SZ", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  const WallTime time{std::chrono::seconds(timegm(&parts))};
  // strptime is lenient about widths and days; what does not write back the same is no date.
  if (amz_date(time) != text) return std::nullopt;
  return time;
}

std::string canonical_request(const http::Request& request,
                              const std::vector<std::string>& signed_headers) {
  const auto question = request.target.find('?');
  std::string text = request.method + "\n";
  text += canonical_path(std::string_view(request.target).substr(0, question)) + "\n";
  if (question != std::string::npos) {
    text += canonical_query(std::string_view(request.target).substr(question + 1));
  }
  text += "\n";
  for (const std::string& name : signed_headers) {
    text += name + ":" + canonical_header(request.headers, name) + "\n";
  }
  return text + "\n" + joined(signed_headers, ";") + "\n" + sha256_hex(request.body);
}

http::Headers sign(const http::Request& request, const Keys& keys, const Scope& scope,
                   WallTime now) {
  const std::string date = amz_date(now);
  http::Headers added{{"X-Amz-Date", date}};
  if (!keys.session_token.empty()) added.emplace_back("X-Amz-Security-Token", keys.session_token);

  http::Request dated = request;
  dated.headers.insert(dated.headers.end(), added.begin(), added.end());
  const std::vector<std::string> names = headers_to_sign(dated.headers);
  const std::string signature = signature_of(dated, names, keys.secret_access_key, scope, date);
  added.emplace_back("Authorization",
                     std::string(kAlgorithm) + " Credential=" + keys.access_key_id + "/" +
                         scope_text(date.substr(0, 8), scope) +
                         ", SignedHeaders=" + joined(names, ";") + ", Signature=" + signature);
  return added;
}

std::variant<Verified, Refusal> verify(const http::Request& request, const Scope& scope,
                                       const FindKeys& find_keys, WallTime now) {
  const auto header = http::find_header(request.headers, "Authorization");
  if (!header || header->empty()) {
    return Refusal{400, "MissingAuthenticationTokenException", "Missing Authentication Token"};
  }
  if (!header->starts_with(std::string(kAlgorithm) + " ")) {
    return incomplete("Unsupported AWS 'algorithm': '" + header->substr(0, header->find(' ')) +
                      "'.");
  }
  const Authorization parts = take_apart(std::string_view(*header).substr(kAlgorithm.size()));
  const std::string date = http::find_header(request.headers, "X-Amz-Date").value_or("");
  if (auto refusal = completeness_refusal(*header, parts, !date.empty())) return *refusal;
  const auto signed_at = parse_amz_date(date);
  if (!signed_at) {
    return incomplete("Date must be in ISO-8601 'basic format'. Got '" + date +
                      "'. See http://en.wikipedia.org/wiki/ISO_8601");
  }
  const std::vector<std::string> credential = split(parts.credential, '/');
  if (credential.size() != 5) {
    return incomplete(
        "Credential must have exactly 5 slash-delimited elements, e.g. "
        "keyid/date/region/service/term, got '" +
        parts.credential + "'");
  }
  const std::vector<std::string> names = split(parts.signed_headers, ';');
  if (std::find(names.begin(), names.end(), "host") == names.end()) {
    return bad_signature("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (auto refusal = scope_refusal(credential, scope, date)) return *refusal;
  const auto keys = find_keys(credential[0]);
  const std::string token = http::find_header(request.headers, "X-Amz-Security-Token").value_or("");
  if (!keys || keys->session_token != token) {
    return Refusal{400, "UnrecognizedClientException",
                   "The security token included in the request is invalid."};
  }
  if (auto refusal = skew_refusal(*signed_at, now)) return *refusal;
  const std::string expected = signature_of(request, names, keys->secret_access_key, scope, date);
  if (expected.size() != parts.signature.size() ||
      CRYPTO_memcmp(expected.data(), parts.signature.data(), expected.size()) != 0) {
    return bad_signature(
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.");
  }
  return Verified{credential[0], scope, *signed_at};
}

}  // namespace berth::aws
