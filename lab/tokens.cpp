// tokens.cpp - a file for each token: a digest, an end, and when it was used.
#include "lab/tokens.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "aws/sigv4.hpp"
#include "base/http/message.hpp"
#include "base/json.hpp"
#include "lab/access.hpp"
#include "lab/certificate.hpp"

namespace berth::lab {

namespace {

constexpr const char* kListeningFile = "listening";
constexpr const char* kFolder = "tokens";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kIdLength = 8;
constexpr std::size_t kSecretLength = 40;    // 200 bits
constexpr std::chrono::hours kKept{24 * 7};  // after its end, to say why it is refused

/// What is kept of a token; its secret is not.
struct Kept {
  std::string digest;  ///< SHA-256, in hex
  WallTime expires{};
  std::optional<WallTime> used;
};

WallTime time_of(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

std::string text_of(const Kept& kept) {
  Json json{{"digest", kept.digest}, {"expiresMs", kept.expires.time_since_epoch().count()}};
  if (kept.used) json["usedMs"] = kept.used->time_since_epoch().count();
  return dump_json(json) + "\n";
}

Result<Kept> read_kept(const Dir& folder, const std::string& id) {
  const std::string path = std::string(kFolder) + "/" + id;
  BERTH_TRY(const std::string text, folder.read(path));
  auto json = parse_json(text);
  if (!json) return std::move(json).error().while_doing(folder.path() + "/" + path);
  JsonReader in(*json, path);
  Kept kept{in.text("digest"), time_of(in.integer("expiresMs")), {}};
  if (const auto used = in.maybe_integer("usedMs")) kept.used = time_of(*used);
  if (const auto bad = in.failed()) return *bad;
  return kept;
}

/// Root makes tokens for a lab that runs as somebody else.
Result<> give_to_owner(const Dir& folder, const std::string& path) {
  struct stat owner{};
  if (::fstat(folder.fd(), &owner) != 0) return os_error(errno, "look at " + folder.path());
  if (owner.st_uid == ::geteuid()) return ok();
  if (::fchownat(folder.fd(), path.c_str(), owner.st_uid, owner.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return os_error(errno, "give " + folder.path() + "/" + path + " to its owner");
  }
  return ok();
}

/// Forgets those that ended long ago.
Result<> clear_out(const Dir& folder, WallTime now) {
  BERTH_TRY(const std::vector<std::string> ids, folder.list(kFolder));
  for (const std::string& id : ids) {
    const auto kept = read_kept(folder, id);
    if (!kept || kept->expires + kKept > now) continue;
    BERTH_CHECK(folder.remove(std::string(kFolder) + "/" + id));
  }
  return ok();
}

/// The lab listens on all its addresses: one is chosen.
std::string url_of(const Listening& listening) {
  std::string host = listening.address;
  if (host == "0.0.0.0" || host == "::") host = reachable_address();
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return listening.scheme + "://" + host + ":" + std::to_string(listening.port) + "/";
}

Error refusal(const std::string& why) {
  return {Errc::Denied, 0, why + "; berth-lab token makes another one"};
}

}  // namespace

Result<> note_listening(const Dir& folder, const Listening& listening) {
  const Json json{{"scheme", listening.scheme},
                  {"address", listening.address},
                  {"port", listening.port},
                  {"fingerprint", listening.fingerprint}};
  return folder.replace(kListeningFile, dump_json(json) + "\n", 0600);
}

Result<> forget_listening(const Dir& folder) {
  auto removed = folder.remove(kListeningFile);
  return removed.failed_with(Errc::NotFound) ? ok() : removed;
}

Result<Listening> read_listening(const Dir& folder) {
  auto text = folder.read(kListeningFile);
  if (text.failed_with(Errc::NotFound)) {
    return Error{Errc::NotFound, 0, "no berth-lab listens with --data " + folder.path()};
  }
  if (!text) return std::move(text).error();
  BERTH_TRY(const Json json, parse_json(*text));
  JsonReader in(json, folder.path() + "/" + kListeningFile);
  Listening listening{in.text("scheme"), in.text("address"),
                      static_cast<std::uint16_t>(in.integer("port")), in.text("fingerprint")};
  if (const auto bad = in.failed()) return *bad;
  return listening;
}

Result<enrol::Token> make_token(const Dir& folder, const TokenWish& wish, WallTime now) {
  BERTH_TRY(const Listening listening, read_listening(folder));
  if (listening.scheme != "https") {
    return Error{
        Errc::Invalid, 0,
        "the lab listens without TLS, and a token would show its keys to the network: start "
        "it with --tls, or with --tls-cert and --tls-key"};
  }
  BERTH_CHECK(folder.make_all(kFolder, 0700));
  BERTH_CHECK(give_to_owner(folder, kFolder));
  BERTH_CHECK(clear_out(folder, now));
  BERTH_TRY(const std::string id, random_text(kLetters, kIdLength));
  BERTH_TRY(const std::string key, random_text(kLetters, kSecretLength));
  const std::string secret = id + "." + key;
  const std::string path = std::string(kFolder) + "/" + id;
  const Kept kept{aws::sha256_hex(secret), now + wish.ttl, {}};
  BERTH_CHECK(folder.replace(path, text_of(kept), 0600, true));
  BERTH_CHECK(give_to_owner(folder, path));
  return enrol::Token{wish.url.empty() ? url_of(listening) : wish.url, listening.fingerprint,
                      secret};
}

Result<> take_secret(const Dir& folder, const std::string& secret, WallTime now) {
  const std::string id = secret.substr(0, secret.find('.'));
  const Error unknown = refusal("this lab has not made that token");
  if (id.size() != kIdLength || id.find_first_not_of(kLetters) != std::string::npos) return unknown;
  auto kept = read_kept(folder, id);
  if (kept.failed_with(Errc::NotFound)) return unknown;
  if (!kept) return std::move(kept).error();
  if (aws::sha256_hex(secret) != kept->digest) return unknown;
  if (kept->used) return refusal("the token was used at " + iso8601(*kept->used));
  if (kept->expires <= now) return refusal("the token expired at " + iso8601(kept->expires));
  kept->used = now;
  return folder.replace(std::string(kFolder) + "/" + id, text_of(*kept), 0600, true);
}

}  // namespace berth::lab
