// registry_pull_test.cpp - images from a real registry into a real containerd.
#include <crypt.h>

#include "images/oci/platform.hpp"
#include "tests/fakes/test_certificate.hpp"
#include "tests/node/images/pulling.hpp"

namespace berth::testing {
namespace {

/// Every kind of image is pulled by tag and by digest, found with its configuration, and pulled
/// again without a byte from the registry.
using Kind = std::tuple<std::string, std::string, bool>;
class EachKind : public Pulling, public ::testing::WithParamInterface<Kind> {};

TEST_P(EachKind, IsPulledUnpackedAndFound) {
  const auto [media, compression, is_index] = GetParam();
  PrivateRegistry registry;
  const std::string kind = media + "-" + compression + (is_index ? "-index" : "");
  const std::string digest =
      registry.push("--name web:1 --media " + media + " --compression " + compression +
                    (is_index ? " --index --platform linux/s390x --platform " +
                                    images::oci::this_platform().text()
                              : "") +
                    " --env KIND=" + kind + " --page " + kind);
  runtime::ContainerdImages images = this->images();
  std::vector<std::string> phases;
  auto on_progress = [&phases](const runtime::PullProgress& now) {
    if (phases.empty() || phases.back() != now.phase) phases.push_back(now.phase);
  };

  const auto missing = loop.run(images.find("127.0.0.1:5000/web:1", by));
  const auto pulled = loop.run(images.pull("127.0.0.1:5000/web:1", on_progress, by));
  const auto found = loop.run(images.find("127.0.0.1:5000/web:1", by));
  const PullRun again = pull("127.0.0.1:5000/web:1");
  const PullRun by_digest = pull("127.0.0.1:5000/web@" + digest);

  EXPECT_TRUE(missing.failed_with(Errc::NotFound));
  ASSERT_TRUE(pulled) << pulled.error();
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(*pulled, *found);
  EXPECT_EQ(found->name, "127.0.0.1:5000/web:1");
  EXPECT_EQ(found->digest, digest);
  EXPECT_EQ(found->config.cmd, std::vector<std::string>{"/bin/serve"});
  EXPECT_EQ(found->config.env, (std::vector<std::string>{"PATH=/bin", "KIND=" + kind}));
  EXPECT_EQ(phases.front(), "resolving");
  EXPECT_EQ(phases.back(), "done");
  EXPECT_EQ(again.type, "result") << again.message;
  EXPECT_EQ(again.bytes, 0u);
  EXPECT_EQ(by_digest.bytes, 0u);
  EXPECT_EQ(by_digest.digest, digest);
  EXPECT_EQ(leases(), std::vector<std::string>{});
  EXPECT_EQ(snapshots().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(OfImage, EachKind,
                         ::testing::Combine(::testing::Values("oci", "docker"),
                                            ::testing::Values("gzip", "zstd", "none"),
                                            ::testing::Bool()));

TEST_F(Pulling, KeepsWhatItPulledWhenGarbageIsCollected) {
  PrivateRegistry registry;
  registry.push("--name web:1 --index");
  runtime::ContainerdImages images = this->images();
  ASSERT_TRUE(loop.run(images.pull("127.0.0.1:5000/web:1", nullptr, by)));

  api::leases::CreateRequest lease;
  lease.set_id("collect");
  ASSERT_TRUE(loop.run(api::call(connection, api::leases::kCreate, lease, by)));
  delete_lease("collect");

  EXPECT_TRUE(loop.run(images.find("127.0.0.1:5000/web:1", by)));
  EXPECT_EQ(pull("127.0.0.1:5000/web:1").bytes, 0u);
}

TEST_F(Pulling, LeavesNothingOfAnImageThatIsRemoved) {
  PrivateRegistry registry;
  const std::string digest = registry.push("--name web:1");
  runtime::ContainerdImages images = this->images();
  ASSERT_TRUE(loop.run(images.pull("127.0.0.1:5000/web:1", nullptr, by)));
  EXPECT_EQ(*loop.run(images.list(by)), std::vector<std::string>{"127.0.0.1:5000/web:1"});

  ASSERT_TRUE(loop.run(images.remove("127.0.0.1:5000/web:1", by)));
  ASSERT_TRUE(loop.run(images.remove("127.0.0.1:5000/web:1", by)));

  EXPECT_TRUE(loop.run(images.find("127.0.0.1:5000/web:1", by)).failed_with(Errc::NotFound));
  EXPECT_TRUE(loop.run(images.list(by))->empty());
  api::leases::CreateRequest lease;
  lease.set_id("collect");
  ASSERT_TRUE(loop.run(api::call(connection, api::leases::kCreate, lease, by)));
  delete_lease("collect");
  EXPECT_FALSE(has_blob(digest));
  EXPECT_TRUE(snapshots().empty());
}

TEST_F(Pulling, FetchesOnlyTheLayersThatAreNew) {
  PrivateRegistry registry;
  registry.push("--name web:1 --layers 1 --layer-mib 1 --page one");
  registry.push("--name web:2 --layers 1 --layer-mib 1 --page two");
  const PullRun first = pull("127.0.0.1:5000/web:1");

  const PullRun second = pull("127.0.0.1:5000/web:2");

  EXPECT_GT(first.bytes, 1'000'000u);
  EXPECT_EQ(second.type, "result") << second.message;
  EXPECT_LT(second.bytes, 10'000u);
  EXPECT_EQ(snapshots().size(), 5u);
}

TEST_F(Pulling, FollowsATagThatHasMoved) {
  PrivateRegistry registry;
  registry.push("--name web:latest --page one");
  runtime::ContainerdImages images = this->images();
  ASSERT_TRUE(loop.run(images.pull("127.0.0.1:5000/web", nullptr, by)));

  const std::string digest = registry.push("--name web:latest --page two");
  const auto pulled = loop.run(images.pull("127.0.0.1:5000/web", nullptr, by));

  ASSERT_TRUE(pulled) << pulled.error();
  EXPECT_EQ(pulled->digest, digest);
}

TEST_F(Pulling, TellsWhatThereIsNot) {
  PrivateRegistry registry;
  registry.push("--name web:1 --index --platform linux/s390x --platform linux/arm/v7");
  registry.push("--name other:1 --platform linux/s390x");

  const PullRun tag = pull("127.0.0.1:5000/web:9");
  const PullRun platform = pull("127.0.0.1:5000/web:1");
  const PullRun single = pull("127.0.0.1:5000/other:1");
  const PullRun name = pull("127.0.0.1:5000/Web");

  const std::string here = images::oci::this_platform().text();
  EXPECT_EQ(tag.exit_code, 1);
  EXPECT_EQ(tag.code, "NotFound");
  EXPECT_EQ(tag.message,
            "pull 127.0.0.1:5000/web:9: manifest unknown (404 from "
            "http://127.0.0.1:5000/v2/web/manifests/9)");
  EXPECT_EQ(platform.code, "NotFound");
  EXPECT_EQ(platform.message, "pull 127.0.0.1:5000/web:1: no image for " + here +
                                  "; there is linux/s390x, linux/arm/v7");
  EXPECT_EQ(single.code, "NotFound");
  EXPECT_EQ(name.code, "Invalid");
  EXPECT_EQ(leases(), std::vector<std::string>{});
}

TEST_F(Pulling, IsServedByAMirrorForEveryRegistry) {
  PrivateRegistry registry;
  registry.push("--name team/web:1");
  write_hosts("_default",
              "[host.\"http://127.0.0.1:5000\"]\n"
              "capabilities = [\"pull\", \"resolve\"]\n");
  const std::string name = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/team/web:1";
  runtime::ContainerdImages images = this->images();

  const auto pulled = loop.run(images.pull(name, nullptr, by));

  ASSERT_TRUE(pulled) << pulled.error();
  EXPECT_EQ(pulled->name, name);
}

TEST_F(Pulling, TrustsTheAuthorityNamedForARegistryAndNoOther) {
  const TestCertificate certificate;
  PrivateRegistry registry("127.0.0.1:5443",
                           {"REGISTRY_HTTP_TLS_CERTIFICATE=" + certificate.cert_file(),
                            "REGISTRY_HTTP_TLS_KEY=" + certificate.key_file()});
  registry.push("--name web:1 --ca " + certificate.cert_file());
  write_hosts("127.0.0.1:5443", "server = \"https://127.0.0.1:5443\"\n");

  const PullRun stranger = pull("127.0.0.1:5443/web:1");
  write_hosts("127.0.0.1:5443", "server = \"https://127.0.0.1:5443\"\nskip_verify = true\n");
  const PullRun careless = pull("127.0.0.1:5443/web:1");
  write_hosts("127.0.0.1:5443", "ca = \"" + certificate.cert_file() + "\"\n");
  const PullRun trusting = pull("127.0.0.1:5443/web:1");

  EXPECT_EQ(stranger.code, "Denied");
  EXPECT_EQ(careless.type, "result") << careless.message;
  EXPECT_EQ(trusting.type, "result") << trusting.message;
}

TEST_F(Pulling, LogsInWithTheCredentialsOfAFile) {
  const std::string users = engine->scratch() + "/users";
  std::ofstream(users) << "me:" << ::crypt("pw", "$2y$05$abcdefghijklmnopqrstuu") << "\n";
  PrivateRegistry registry("127.0.0.1:5000", {"REGISTRY_AUTH_HTPASSWD_REALM=test",
                                              "REGISTRY_AUTH_HTPASSWD_PATH=" + users});
  registry.push("--name web:1 --login me:pw");
  const std::string file = engine->scratch() + "/auth.json";
  std::ofstream(file) << R"({"auths":{"127.0.0.1:5000":{"username":"me","password":"pw"}}})";

  const PullRun stranger = pull("127.0.0.1:5000/web:1");
  const PullRun known = pull("127.0.0.1:5000/web:1", {"--auth-file=" + file});

  EXPECT_EQ(stranger.code, "Denied");
  EXPECT_NE(stranger.message.find("no credentials for 127.0.0.1:5000"), std::string::npos)
      << stranger.message;
  EXPECT_EQ(known.type, "result") << known.message;
}

TEST_F(Pulling, MayBeDoneTwiceAtOnce) {
  PrivateRegistry registry;
  registry.push("--name big:1 --layers 2 --layer-mib 16");
  PullRun one;
  PullRun two;

  loop.nursery.start("one", pull_into(one, arguments("127.0.0.1:5000/big:1")));
  ASSERT_TRUE(loop.run(pull_into(two, arguments("127.0.0.1:5000/big:1"))));
  while (one.exit_code < 0) loop.io.run_one();

  EXPECT_EQ(one.type, "result") << one.message;
  EXPECT_EQ(two.type, "result") << two.message;
  EXPECT_LT(one.bytes + two.bytes, 60u << 20) << "each layer came once";
  EXPECT_EQ(leases(), std::vector<std::string>{});
  EXPECT_EQ(snapshots().size(), 4u);
}

}  // namespace
}  // namespace berth::testing
