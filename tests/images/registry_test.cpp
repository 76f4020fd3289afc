// registry_test.cpp - what is asked of a registry, and what is made of its answers.
#include "images/registry.hpp"

#include <gtest/gtest.h>

#include <variant>

#include "images/oci/digest.hpp"
#include "tests/fakes/loop.hpp"
#include "tests/fakes/own_netns.hpp"
#include "tests/images/scripted_server.hpp"

namespace berth::images {
namespace {

using testing::Asked;
using testing::cut;
using testing::Reply;
using testing::ScriptedServer;
using testing::silent;

const auto* const own_netns = testing::OwnNetns::for_this_program();

const std::string kText = R"({"schemaVersion":2})";
const std::string kDigest = oci::digest_of(kText);
const std::string kType(oci::kOciManifest);

Reply manifest_reply() {
  return {200, {{"Content-Type", kType}, {"Docker-Content-Digest", kDigest}}, kText};
}
Reply refused(int status) {
  return {status, {}, ""};
}

class RegistryTest : public ::testing::Test {
 protected:
  Registry registry(const std::string& name, std::vector<Endpoint> endpoints = {},
                    AuthFile auth = {}) {
    const oci::Reference reference = *oci::parse_reference(name);
    if (endpoints.empty()) endpoints = *endpoints_for(reference.domain, "");
    return Registry(http, reference, std::move(endpoints), std::move(auth));
  }
  Endpoint mirror(const ScriptedServer& server) {
    Endpoint endpoint;
    endpoint.root = server.url() + "/v2";
    endpoint.host = server.host();
    endpoint.is_mirror = true;
    return endpoint;
  }
  Result<std::string> read_to_end(Transfer& transfer) {
    std::string text;
    while (true) {
      auto piece = loop.run(transfer.read(by));
      if (!piece) return std::move(piece).error();
      if (piece->empty()) return text;
      text += *piece;
    }
  }

  testing::Loop loop;
  Http http{loop.io.get_executor(), std::chrono::milliseconds(300)};
  const Deadline by = Deadline::after(std::chrono::seconds(20));
};

TEST_F(RegistryTest, ResolvesATagByOneHead) {
  ScriptedServer server(loop.nursery, [](const Asked&) { return manifest_reply(); });
  Registry web = registry(server.host() + "/web:1");

  const auto resolved = loop.run(web.resolve(by));

  ASSERT_TRUE(resolved) << resolved.error();
  EXPECT_EQ(resolved->digest, kDigest);
  EXPECT_EQ(resolved->media_type, kType);
  EXPECT_EQ(server.log(), std::vector<std::string>{"HEAD /v2/web/manifests/1"});
  EXPECT_NE(server.asked()[0].header("Accept").find(kType), std::string::npos);
  EXPECT_EQ(http.received(), 0u);
}

TEST_F(RegistryTest, ResolvesByGetWhereHeadDoesNotTellTheDigest) {
  ScriptedServer server(loop.nursery, [](const Asked& asked) {
    return asked.method == "HEAD" ? refused(405) : Reply{200, {{"Content-Type", kType}}, kText};
  });
  Registry web = registry(server.host() + "/web:1");

  const auto resolved = loop.run(web.resolve(by));

  ASSERT_TRUE(resolved) << resolved.error();
  EXPECT_EQ(resolved->digest, kDigest);
  EXPECT_EQ(resolved->text, kText);
}

TEST_F(RegistryTest, TellsAMissingTagInTheRegistrysWords) {
  ScriptedServer server(loop.nursery, [](const Asked&) {
    return Reply{404, {}, R"({"errors":[{"message":"manifest unknown"}]})"};
  });
  Registry web = registry(server.host() + "/web:9");

  const auto resolved = loop.run(web.resolve(by));

  EXPECT_EQ(resolved.error(),
            (Error{Errc::NotFound, 0,
                   "manifest unknown (404 from " + server.url() + "/v2/web/manifests/9)"}));
}

TEST_F(RegistryTest, RefusesAManifestThatIsNotItsDigest) {
  ScriptedServer server(loop.nursery, [](const Asked&) { return Reply{200, {}, "{}"}; });
  Registry web = registry(server.host() + "/web@" + kDigest);

  EXPECT_TRUE(loop.run(web.resolve(by)).failed_with(Errc::Broken));
  EXPECT_TRUE(loop.run(web.manifest(kDigest, by)).failed_with(Errc::Broken));
}

TEST_F(RegistryTest, TriesAgainWhatMayPass) {
  int calls = 0;
  ScriptedServer server(loop.nursery, [&calls](const Asked&) {
    return ++calls < 3 ? refused(503) : manifest_reply();
  });
  Registry web = registry(server.host() + "/web:1");

  const auto text = loop.run(web.manifest(kDigest, by));

  ASSERT_TRUE(text) << text.error();
  EXPECT_EQ(calls, 3);
}

TEST_F(RegistryTest, AsksMirrorsFirstAndTellsThemWhomTheyStandFor) {
  ScriptedServer good(loop.nursery, [](const Asked&) { return manifest_reply(); });
  ScriptedServer empty(loop.nursery, [](const Asked&) { return refused(404); });
  Registry web = registry("example.com/web:1", {mirror(empty), mirror(good)});

  const auto resolved = loop.run(web.resolve(by));

  ASSERT_TRUE(resolved) << resolved.error();
  EXPECT_EQ(empty.log().at(0), "HEAD /v2/web/manifests/1?ns=example.com");
  EXPECT_EQ(good.log().at(0), "HEAD /v2/web/manifests/1?ns=example.com");
}

TEST_F(RegistryTest, AsksOnlyThoseWhoMayResolveWhatATagMeans) {
  ScriptedServer pulls(loop.nursery, [](const Asked&) { return manifest_reply(); });
  ScriptedServer own(loop.nursery, [](const Asked&) { return manifest_reply(); });
  Endpoint pulls_only = mirror(pulls);
  pulls_only.may_resolve = false;
  Registry web = registry("example.com/web:1", {pulls_only, mirror(own)});

  ASSERT_TRUE(loop.run(web.resolve(by)));
  ASSERT_TRUE(loop.run(web.manifest(kDigest, by)));

  EXPECT_EQ(own.log().size(), 1u);
  EXPECT_EQ(pulls.log().size(), 1u);
}

TEST_F(RegistryTest, TellsTheRegistrysRefusalAndItsMirrorsBehindIt) {
  ScriptedServer faulty(loop.nursery, [](const Asked&) { return refused(500); });
  ScriptedServer own(loop.nursery, [](const Asked&) { return refused(404); });
  Registry web = registry("example.com/web:1", {mirror(faulty), mirror(own)});

  const auto resolved = loop.run(web.resolve(by));

  ASSERT_TRUE(resolved.failed_with(Errc::NotFound));
  EXPECT_NE(resolved.error().message.find("(404 from " + own.url()), std::string::npos);
  EXPECT_NE(resolved.error().message.find("; before that the registry has a fault (500 from "),
            std::string::npos);
}

TEST_F(RegistryTest, LogsInByBasicWhenAsked) {
  const std::string secret = basic_authorization({"me", "pw"});
  ScriptedServer server(loop.nursery, [&secret](const Asked& asked) {
    if (asked.header("Authorization") == secret) return manifest_reply();
    return Reply{401, {{"WWW-Authenticate", "Basic realm=\"r\""}}, ""};
  });
  const std::string entry =
      R"({"auths":{")" + server.host() + R"(":{"username":"me","password":"pw"}}})";
  Registry web = registry(server.host() + "/web:1", {}, *AuthFile::parse(entry));
  Registry stranger = registry(server.host() + "/web:1");

  EXPECT_TRUE(loop.run(web.resolve(by)));
  const auto denied = loop.run(stranger.resolve(by));

  ASSERT_TRUE(denied.failed_with(Errc::Denied));
  EXPECT_NE(denied.error().message.find("there are no credentials for " + server.host()),
            std::string::npos);
}

TEST_F(RegistryTest, FetchesABearerTokenAndANewOneWhenItHasEnded) {
  int tokens = 0;
  std::string valid = "none";
  ScriptedServer auth(loop.nursery, [&](const Asked& asked) {
    EXPECT_EQ(asked.target, "/token?service=reg&scope=repository%3Aweb%3Apull");
    valid = "t" + std::to_string(++tokens);
    return Reply{200, {}, R"({"token":")" + valid + "\"}"};
  });
  ScriptedServer server(loop.nursery, [&](const Asked& asked) {
    if (asked.header("Authorization") == "Bearer " + valid) return manifest_reply();
    return Reply{
        401,
        {{"WWW-Authenticate", "Bearer realm=\"" + auth.url() + "/token\",service=\"reg\""}},
        ""};
  });
  Registry web = registry(server.host() + "/web:1");

  ASSERT_TRUE(loop.run(web.resolve(by)));
  ASSERT_TRUE(loop.run(web.resolve(by)));
  EXPECT_EQ(tokens, 1);
  valid = "another";
  ASSERT_TRUE(loop.run(web.resolve(by)));
  EXPECT_EQ(tokens, 2);
}

TEST_F(RegistryTest, KeepsCredentialsFromWhereItIsRedirected) {
  const std::string secret = basic_authorization({"me", "pw"});
  ScriptedServer store(loop.nursery, [](const Asked&) { return Reply{200, {}, "blob"}; });
  ScriptedServer server(loop.nursery, [&](const Asked& asked) {
    if (asked.header("Authorization") != secret) {
      return Reply{401, {{"WWW-Authenticate", "Basic realm=\"r\""}}, ""};
    }
    return Reply{307, {{"Location", store.url() + "/elsewhere?signed=1"}}, ""};
  });
  const std::string entry =
      R"({"auths":{")" + server.host() + R"(":{"username":"me","password":"pw"}}})";
  Endpoint endpoint = mirror(server);
  endpoint.headers = {{"X-Key", "k"}};
  Registry web = registry(server.host() + "/web:1", {endpoint}, *AuthFile::parse(entry));

  auto blob = loop.run(web.open_blob(kDigest, 0, by));

  ASSERT_TRUE(blob) << blob.error();
  EXPECT_EQ(*read_to_end(blob->transfer), "blob");
  EXPECT_EQ(store.log().at(0), "GET /elsewhere?signed=1");
  EXPECT_EQ(store.asked().at(0).header("Authorization"), "");
  EXPECT_EQ(store.asked().at(0).header("X-Key"), "");
  EXPECT_EQ(server.asked().at(0).header("X-Key"), "k");
}

TEST_F(RegistryTest, EndsAnEndlessRedirect) {
  ScriptedServer server(loop.nursery,
                        [](const Asked&) { return Reply{302, {{"Location", "/again"}}, ""}; });
  Registry web = registry(server.host() + "/web:1");

  EXPECT_TRUE(loop.run(web.open_blob(kDigest, 0, by)).failed_with(Errc::Broken));
  EXPECT_EQ(server.log().size(), 11u);
}

TEST_F(RegistryTest, ResumesABlobWhereTheServerCan) {
  const struct {
    Reply reply;
    std::variant<std::int64_t, Errc> begins;
  } cases[] = {
      {{206, {{"Content-Range", "bytes 4-9/10"}}, "456789"}, std::int64_t{4}},
      {{206, {{"Content-Range", "bytes 2-9/10"}}, "23456789"}, std::int64_t{2}},
      {{200, {}, "0123456789"}, std::int64_t{0}},
      {{206, {{"Content-Range", "bytes 5-9/10"}}, "56789"}, Errc::Broken},
      {{206, {}, "56789"}, Errc::Broken},
      {{416, {}, ""}, Errc::Broken},
  };
  for (const auto& [reply, begins] : cases) {
    ScriptedServer server(loop.nursery, [&reply](const Asked&) { return reply; });
    Registry web = registry(server.host() + "/web:1");

    const auto blob = loop.run(web.open_blob(kDigest, 4, by));

    EXPECT_EQ(server.asked().at(0).header("Range"), "bytes=4-");
    if (blob) {
      EXPECT_EQ(begins, (std::variant<std::int64_t, Errc>(blob->offset)));
    } else {
      EXPECT_EQ(begins, (std::variant<std::int64_t, Errc>(blob.error().code))) << blob.error();
    }
  }
}

TEST_F(RegistryTest, GivesOutWhatCameBeforeTheConnectionBroke) {
  const std::string whole(3 << 20, 'x');
  ScriptedServer server(loop.nursery,
                        [&whole](const Asked&) { return cut(Reply{200, {}, whole}, 2 << 20); });
  Registry web = registry(server.host() + "/web:1");
  auto blob = loop.run(web.open_blob(kDigest, 0, by));
  ASSERT_TRUE(blob);

  std::size_t got = 0;
  Result<std::string> piece = std::string();
  while (true) {
    piece = loop.run(blob->transfer.read(by));
    if (!piece) break;
    ASSERT_FALSE(piece->empty()) << "taken for the end";
    EXPECT_LE(piece->size(), std::size_t{1} << 20);
    got += piece->size();
  }

  EXPECT_EQ(got, std::size_t{2} << 20);
  EXPECT_EQ(piece.error().code, Errc::Unavailable) << piece.error();
}

TEST_F(RegistryTest, DoesNotWaitForASilentServer) {
  ScriptedServer server(
      loop.nursery, [](const Asked&) { return silent(Reply{200, {{"Content-Length", "10"}}}); });
  Registry web = registry(server.host() + "/web:1");
  auto blob = loop.run(web.open_blob(kDigest, 0, by));
  ASSERT_TRUE(blob);

  EXPECT_TRUE(loop.run(blob->transfer.read(by)).failed_with(Errc::TimedOut));
}

TEST_F(RegistryTest, TellsWhoCannotBeReached) {
  Registry web = registry("127.0.0.1:1/web:1");

  const auto resolved = loop.run(web.resolve(by));

  ASSERT_TRUE(resolved.failed_with(Errc::Unavailable));
  EXPECT_NE(resolved.error().message.find("http://127.0.0.1:1/v2/web/manifests/1"),
            std::string::npos);
}

TEST(RedirectTarget, ResolvesAgainstWhereItCameFrom) {
  EXPECT_EQ(*redirect_target("http://a/b/c", "d"), "http://a/b/d");
  EXPECT_EQ(*redirect_target("http://a/b/c", "//x/y"), "http://x/y");
  EXPECT_EQ(*redirect_target("http://a/b", "https://x/y?z"), "https://x/y?z");
  EXPECT_TRUE(redirect_target("https://a/b", "http://a/b").failed_with(Errc::Broken));
  EXPECT_TRUE(redirect_target("http://a/b", "file:///etc/passwd").failed_with(Errc::Broken));
}

}  // namespace
}  // namespace berth::images
