// registry_auth.cpp - reading credentials, challenges and tokens.
#include "images/registry_auth.hpp"

#include <algorithm>
#include <cctype>

#include "base/base64.hpp"
#include "base/http/message.hpp"
#include "base/json.hpp"

namespace berth::images {

namespace {

constexpr std::size_t kMaxTokenBytes = 64 << 10;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// "https://index.docker.io/v1/" → "index.docker.io/v1".
std::string plain_prefix(std::string_view key) {
  if (const auto scheme = key.find("://"); scheme != key.npos) key.remove_prefix(scheme + 3);
  while (key.ends_with('/')) key.remove_suffix(1);
  return std::string(key);
}

Result<Credentials> read_entry(const Json& value, const std::string& where) {
  JsonReader in(value, where);
  Credentials found{in.text("username"), in.text("password")};
  if (const auto packed = in.maybe_text("auth"); packed && !packed->empty()) {
    const auto text = decode_base64(*packed);
    const std::size_t colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos) {
      return Error{Errc::Invalid, 0, where + ".auth: must be base64 of user:password"};
    }
    found = {text->substr(0, colon), text->substr(colon + 1)};
  }
  if (auto bad = in.failed()) return *bad;
  return found;
}

/// Walks a WWW-Authenticate header.
class ChallengeText {
 public:
  explicit ChallengeText(std::string_view text) : rest_(text) {}

  bool at_end() {
    skip(" \t,");
    return rest_.empty();
  }
  std::string word() {
    const std::size_t end = std::min(rest_.find_first_of(" \t,=\""), rest_.size());
    std::string found(rest_.substr(0, end));
    rest_.remove_prefix(end);
    skip(" \t");
    return found;
  }
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    skip(" \t");
    return true;
  }
  std::string value() {
    if (!rest_.starts_with('"')) return word();
    std::string found;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
      found += rest_[at];
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    return found;
  }
  void drop_one() { rest_.remove_prefix(std::min<std::size_t>(1, rest_.size())); }

 private:
  void skip(std::string_view set) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(set), rest_.size()));
  }
  std::string_view rest_;
};

}  // namespace

Result<AuthFile> AuthFile::parse(std::string_view text) {
  BERTH_TRY(const Json document, parse_json(text));
  JsonReader in(document, "");
  AuthFile file;
  if (const Json* auths = in.object("auths")) {
    for (auto at = auths->begin(); at != auths->end(); ++at) {
      BERTH_TRY(Credentials found, read_entry(at.value(), "auths[\"" + at.key() + "\"]"));
      if (!found.user.empty()) file.by_prefix_[plain_prefix(at.key())] = std::move(found);
    }
  }
  if (auto bad = in.failed()) return *bad;
  return file;
}

std::optional<Credentials> AuthFile::find(const std::string& host, const std::string& path) const {
  const bool is_hub = host == "registry-1.docker.io" || host == "docker.io";
  const std::string wanted = host + "/" + path;
  const std::pair<const std::string, Credentials>* best = nullptr;
  for (const auto& entry : by_prefix_) {
    const std::string& prefix = entry.first;
    const bool begins = wanted.starts_with(prefix) &&
                        (wanted.size() == prefix.size() || wanted[prefix.size()] == '/');
    const bool is_hubs = is_hub && (prefix == "index.docker.io/v1" || prefix == "docker.io" ||
                                    prefix == "index.docker.io");
    if ((begins || is_hubs) && (best == nullptr || prefix.size() > best->first.size())) {
      best = &entry;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(best->second);
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> found;
  ChallengeText text(header);
  while (!text.at_end()) {
    std::string name = lower(text.word());
    if (name.empty()) {
      text.drop_one();
    } else if (text.take('=')) {
      std::string value = text.value();
      if (!found.empty()) found.back().parameters.emplace(std::move(name), std::move(value));
    } else {
      found.push_back({std::move(name), {}});
    }
  }
  return found;
}

Result<std::string> token_url(const Challenge& challenge, const std::string& scope,
                              bool registry_is_tls) {
  auto parameter = [&challenge](const char* name) {
    const auto found = challenge.parameters.find(name);
    return found == challenge.parameters.end() ? std::string() : found->second;
  };
  const std::string realm = parameter("realm");
  const auto url = http::parse_url(realm);
  if (!url || (url->scheme != "http" && url->scheme != "https")) {
    return Error{Errc::Denied, 0, "asks for a token without saying where to get one"};
  }
  if (registry_is_tls && !url->is_tls()) {
    return Error{Errc::Denied, 0, "wants credentials sent in the clear to " + realm};
  }
  const std::string wanted = parameter("scope").empty() ? scope : parameter("scope");
  std::string query = url->query.empty() ? "?" : "?" + url->query + "&";
  if (const std::string service = parameter("service"); !service.empty()) {
    query += "service=" + http::percent_encode(service) + "&";
  }
  return url->scheme + "://" + url->authority() + url->path + query +
         "scope=" + http::percent_encode(wanted);
}

Result<std::string> parse_token(std::string_view body) {
  const auto document = parse_json(body, kMaxTokenBytes);
  if (!document) return Error{Errc::Broken, 0, "the token server's answer is not JSON"};
  JsonReader in(*document, "");
  std::string token = in.text("token");
  if (token.empty()) token = in.text("access_token");
  if (token.empty() || token.find_first_of("\r\n") != token.npos) {
    return Error{Errc::Broken, 0, "the token server's answer holds no token"};
  }
  return token;
}

std::string basic_authorization(const Credentials& credentials) {
  return "Basic " + encode_base64(credentials.user + ":" + credentials.password);
}

}  // namespace berth::images
