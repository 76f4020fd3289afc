// registry_logins.cpp - both forms of ECS_ENGINE_AUTH_DATA as one credentials file.
#include "agent/config/registry_logins.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace berth::config {

namespace {

enum class Form { Docker, Dockercfg };

Error bad(const std::string& why) {
  return {Errc::Invalid, 0, why};
}

Result<Form> form_of(std::string_view type) {
  type = trimmed(type);
  if (type == "docker") return Form::Docker;
  if (type == "dockercfg") return Form::Dockercfg;
  if (type.empty()) return bad("ECS_ENGINE_AUTH_TYPE is not set: allowed are docker, dockercfg");
  return bad("ECS_ENGINE_AUTH_TYPE \"" + std::string(type) + "\": allowed are docker, dockercfg");
}

/// What berth-pull would refuse as a whole file, is refused here: it must decode to
/// "user:password".
bool is_packed_login(std::string_view text) {
  const std::optional<std::string> login = decode_base64(text);
  return login && login->find(':') != std::string::npos;
}

/// One registry's entry; null when it holds no login.
Result<Json> login_of(Form form, const Json& entry, const std::string& host) {
  if (!entry.is_object()) return bad("\"" + host + "\" must be an object");
  JsonReader in(entry, "");
  const char* fault = "a username or a password that is no text";
  Json login = nullptr;
  if (form == Form::Dockercfg) {
    fault = "an auth that is not base64 of user:password";
    const std::string auth = in.text("auth");
    if (!auth.empty() && !is_packed_login(auth)) in.complain("auth", "");
    if (!auth.empty()) login = {{"auth", auth}};
  } else {
    const std::string user = in.text("username");
    const std::string password = in.text("password");
    if (!user.empty()) login = {{"username", user}, {"password", password}};
  }
  // What a reader complains of it may quote.
  if (in.failed()) return bad("\"" + host + "\" holds " + fault);
  return login;
}

}  // namespace

Result<std::string> registry_logins(std::string_view type, std::string_view data) {
  if (data.empty()) return std::string();
  BERTH_TRY(const Form form, form_of(type));
  // What a parser says of bad JSON quotes it.
  const Result<Json> parsed = parse_json(data);
  if (!parsed || !parsed->is_object()) return bad("must be a JSON object of registries");
  const bool wrapped = form == Form::Dockercfg && parsed->contains("auths");
  const Json& entries = wrapped ? (*parsed)["auths"] : *parsed;
  if (!entries.is_object()) return bad("\"auths\" must be an object");
  Json auths = Json::object();
  for (const auto& [host, entry] : entries.items()) {
    BERTH_TRY(Json login, login_of(form, entry, host));
    if (!login.is_null()) auths[host] = std::move(login);
  }
  return auths.empty() ? std::string() : dump_json(Json{{"auths", std::move(auths)}});
}

}  // namespace berth::config
