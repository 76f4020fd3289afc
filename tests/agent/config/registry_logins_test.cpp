// registry_logins_test.cpp - both forms of registry logins, and what is said of bad ones.
#include "agent/config/registry_logins.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/config/config.hpp"
#include "images/registry_auth.hpp"

namespace berth::config {
namespace {

/// "user:password" that berth-pull sends to the registry; "" is none.
std::string sent_to(const std::string& logins, const std::string& host, const std::string& path) {
  const auto file = images::AuthFile::parse(logins.empty() ? "{}" : logins);
  if (!file) return file.error().text();
  const auto found = file->find(host, path);
  return found ? found->user + ":" + found->password : "";
}

TEST(RegistryLogins, AreUnderstoodByBerthPullInEachForm) {
  const struct {
    const char* type;
    const char* data;
    const char* host;
    const char* path;
    const char* sent;
  } cases[] = {
      {"docker", R"({"r.io":{"username":"me","password":"pw","email":"m@x"}})", "r.io", "a/b",
       "me:pw"},
      {"docker", R"({"r.io":{"username":"me","password":"pw"}})", "other.io", "a/b", ""},
      {" docker ", R"({"r.io":{"username":"me","password":"pw"}})", "r.io", "a/b", "me:pw"},
      {"docker",
       R"({"r.io":{"username":"me","password":"1"},"r.io/a":{"username":"me","password":"2"}})",
       "r.io", "a/b", "me:2"},
      {"docker", R"({"https://index.docker.io/v1/":{"username":"me","password":"pw"}})",
       "registry-1.docker.io", "library/web", "me:pw"},
      {"dockercfg", R"({"r.io":{"auth":"bWU6cHc=","email":"m@x"}})", "r.io", "a", "me:pw"},
      {"dockercfg", R"({"auths":{"index.docker.io/v1/":{"auth":"bWU6cHc="}}})",
       "registry-1.docker.io", "library/web", "me:pw"},
      {"dockercfg", R"({"r.io":{"auth":"bWU6cA=="}})", "r.io", "a", "me:p"},
      {"dockercfg", R"({"r.io":{"auth":"bWU6cHc="},"x.io":{"auth":""}})", "r.io", "a", "me:pw"},
      {"docker", R"({"r.io":{}})", "r.io", "a", ""},
      {"docker", "{}", "r.io", "a", ""},
      {"", "", "r.io", "a", ""},
      {"docker", "", "r.io", "a", ""},
  };
  for (const auto& one : cases) {
    const auto logins = registry_logins(one.type, one.data);

    ASSERT_TRUE(logins) << one.data << ": " << logins.error();
    EXPECT_EQ(sent_to(*logins, one.host, one.path), one.sent) << one.type << " " << one.data;
  }
}

TEST(RegistryLogins, AreRefusedWithoutTellingThem) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"", R"({"r.io":{"username":"hush"}})", "ECS_ENGINE_AUTH_TYPE is not set"},
      {"basic", R"({"r.io":{"username":"hush"}})", "\"basic\": allowed are docker, dockercfg"},
      {"docker", "{\"hush", "must be a JSON object"},
      {"docker", "[\"hush\"]", "must be a JSON object"},
      {"docker", R"({"r.io":"hush"})", "\"r.io\" must be an object"},
      {"docker", R"({"r.io":{"username":["hush"]}})",
       "\"r.io\" holds a username or a password that is no text"},
      {"dockercfg", R"({"r.io":{"auth":"hush!"}})", "\"r.io\" holds an auth that is not base64"},
      {"dockercfg", R"({"r.io":{"auth":"aHVzaA=="}})", "\"r.io\" holds an auth that is not base64"},
      {"dockercfg", R"({"auths":"hush"})", "\"auths\" must be an object"},
  };
  for (const auto& [type, data, why] : cases) {
    const auto logins = registry_logins(type, data);

    ASSERT_TRUE(logins.failed_with(Errc::Invalid)) << data;
    EXPECT_NE(logins.error().message.find(why), std::string::npos) << logins.error();
    EXPECT_EQ(logins.error().message.find("hush"), std::string::npos) << logins.error();
  }
}

Loaded loaded_with(const Environment& environment, const std::string& file = "") {
  return load(environment, {{"/etc/ecs/ecs.config", file}}, "/libexec").value();
}

TEST(RegistryLogins, ComeFromTheConfigurationAndAreNotShown) {
  const Loaded found =
      loaded_with({{"ECS_ENGINE_AUTH_TYPE", "docker"}},
                  R"(ECS_ENGINE_AUTH_DATA={"r.io":{"username":"me","password":"hush"}})");

  EXPECT_EQ(sent_to(found.registry_logins, "r.io", "a"), "me:hush");
  EXPECT_TRUE(found.notices.empty());
  EXPECT_EQ(print_config(found).find("hush"), std::string::npos);
}

TEST(RegistryLogins, ThatAreBadAreWarnedAboutOnceAndNotUsed) {
  const Loaded found = loaded_with({}, "ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={hush\n");

  EXPECT_EQ(found.registry_logins, "");
  EXPECT_EQ(found.notices, (std::vector<Notice>{{log::Level::Warn, "registry logins not used",
                                                 "ECS_ENGINE_AUTH_DATA", "/etc/ecs/ecs.config:2",
                                                 "must be a JSON object of registries"}}));
}

}  // namespace
}  // namespace berth::config
