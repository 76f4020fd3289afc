// faulty_pull_test.cpp - registries that lie and break off, pulls that are killed.
#include <signal.h>

#include <cstdio>

#include "images/oci/digest.hpp"
#include "images/oci/manifest.hpp"
#include "tests/images/scripted_server.hpp"
#include "tests/node/images/pulling.hpp"

namespace berth::testing {
namespace {

using images::oci::digest_of;

/// An image of one layer, held in memory: manifest, configuration and blob by digest.
struct SmallImage {
  explicit SmallImage(std::size_t bytes, const std::string& diff_id = "") : layer(tar_of(bytes)) {
    config = R"({"os":"linux","config":{"Cmd":["x"]},"rootfs":{"type":"layers","diff_ids":[")" +
             (diff_id.empty() ? digest_of(layer) : diff_id) + R"("]}})";
    manifest = R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
               R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" +
               digest_of(config) + R"(","size":)" + std::to_string(config.size()) +
               R"(},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":")" +
               digest_of(layer) + R"(","size":)" + std::to_string(layer.size()) + "}]}";
  }

  /// One file of that many bytes, in no two images the same: what one namespace of a containerd has
  /// need not come again for another. source: POSIX, pax, "ustar Interchange Format".
  static std::string tar_of(std::size_t bytes) {
    std::string header(512, '\0');
    header.replace(0, 4, "file");
    header.replace(100, 7, "0000644");
    header.replace(108, 7, "0000000");
    header.replace(116, 7, "0000000");
    char octal[12];
    std::snprintf(octal, sizeof octal, "%011zo", bytes);
    header.replace(124, 11, octal);
    header.replace(136, 11, "00000000000");
    header.replace(148, 8, 8, ' ');
    header.replace(156, 1, "0");
    header.replace(257, 8,
                   std::string("ustar\0"
                               "00",
                               8));
    unsigned sum = 0;
    for (unsigned char c : header) sum += c;
    std::snprintf(octal, sizeof octal, "%06o", sum);
    header.replace(148, 7, std::string(octal, 7));
    static int made = 0;
    std::string content = "image " + std::to_string(++made);
    content.resize(bytes, 'x');
    content.resize((bytes + 511) / 512 * 512 + 1024);
    return header + content;
  }

  /// What an honest registry answers.
  Reply answer(const Asked& asked) const {
    if (asked.target.find("/manifests/") != std::string::npos) {
      return {200,
              {{"Content-Type", std::string(images::oci::kOciManifest)},
               {"Docker-Content-Digest", digest_of(manifest)}},
              manifest};
    }
    const std::string& blob = is_layer(asked) ? layer : config;
    const std::string range = asked.header("Range");
    if (range.empty()) return {200, {}, blob};
    const std::size_t from = std::stoul(range.substr(6));
    return {
        206,
        {{"Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(blob.size() - 1) +
                               "/" + std::to_string(blob.size())}},
        blob.substr(from)};
  }
  bool is_layer(const Asked& asked) const {
    return asked.target.find(digest_of(layer)) != std::string::npos;
  }

  std::string layer;
  std::string config;
  std::string manifest;
};

TEST_F(Pulling, TakesUpABrokenConnectionWhereItBroke) {
  const SmallImage image(5 << 20);
  int times = 0;
  ScriptedServer server(loop.nursery, [&](const Asked& asked) {
    Reply reply = image.answer(asked);
    if (image.is_layer(asked) && ++times < 3) reply.cut_after = 2 << 20;
    return reply;
  });

  const PullRun run = pull(server.host() + "/web:1");

  EXPECT_EQ(run.type, "result") << run.message;
  std::vector<std::string> ranges;
  for (const Asked& asked : server.asked()) {
    if (image.is_layer(asked)) ranges.push_back(asked.header("Range"));
  }
  EXPECT_EQ(ranges, (std::vector<std::string>{"", "bytes=" + std::to_string(2 << 20) + "-",
                                              "bytes=" + std::to_string(4 << 20) + "-"}));
}

TEST_F(Pulling, TakesABlobFromItsBeginningWhereTheServerCannotResume) {
  const SmallImage image(3 << 20);
  int times = 0;
  ScriptedServer server(loop.nursery, [&](const Asked& asked) {
    Asked whole = asked;
    whole.headers.clear();
    Reply reply = image.answer(whole);
    if (image.is_layer(asked) && ++times < 2) reply.cut_after = 2 << 20;
    return reply;
  });

  const PullRun run = pull(server.host() + "/web:1");

  EXPECT_EQ(run.type, "result") << run.message;
  EXPECT_EQ(times, 2);
}

TEST_F(Pulling, RefusesALayerThatIsNotItsDigest) {
  const SmallImage image(100'000);
  ScriptedServer server(loop.nursery, [&](const Asked& asked) {
    Reply reply = image.answer(asked);
    if (image.is_layer(asked)) reply.body[700] = 'y';
    return reply;
  });

  const PullRun run = pull(server.host() + "/web:1");

  EXPECT_EQ(run.code, "Broken");
  EXPECT_NE(run.message.find("layer 1: content.Write: unexpected commit digest"), std::string::npos)
      << run.message;
  EXPECT_FALSE(has_blob(digest_of(image.layer)));
  EXPECT_TRUE(begun().empty());
  EXPECT_EQ(leases(), std::vector<std::string>{});
}

TEST_F(Pulling, RefusesALayerLongerThanAnnounced) {
  const SmallImage image(100'000);
  ScriptedServer server(loop.nursery, [&](const Asked& asked) {
    Reply reply = image.answer(asked);
    if (image.is_layer(asked)) reply.body += "more";
    return reply;
  });

  const PullRun run = pull(server.host() + "/web:1");

  EXPECT_EQ(run.code, "Broken");
  EXPECT_NE(run.message.find("more than the announced"), std::string::npos) << run.message;
}

TEST_F(Pulling, RefusesALayerThatUnpacksToSomethingElse) {
  const SmallImage image(100'000, digest_of("something else"));
  ScriptedServer server(loop.nursery, [&](const Asked& asked) { return image.answer(asked); });

  const PullRun run = pull(server.host() + "/web:1");

  EXPECT_EQ(run.code, "Broken");
  EXPECT_NE(run.message.find("unpack layer 1: unpacked it is"), std::string::npos) << run.message;
  EXPECT_TRUE(snapshots().empty());
  EXPECT_EQ(leases(), std::vector<std::string>{});
}

TEST_F(Pulling, EndsAtItsDeadline) {
  ScriptedServer server(loop.nursery, [](const Asked&) { return silent(Reply{200}); });

  const PullRun run = pull(server.host() + "/web:1", {"--timeout=1"});

  EXPECT_EQ(run.code, "TimedOut") << run.message;
  EXPECT_EQ(leases(), std::vector<std::string>{});
}

TEST_F(Pulling, EndsWhenANameIsNotResolvedInTime) {
  ScriptedServer server(loop.nursery, [](const Asked&) { return silent(Reply{200}); });
  runtime::ImagesOptions options = images_options();
  options.resolve_timeout = std::chrono::seconds(1);
  runtime::ContainerdImages agents(connection, spawner, options);
  const auto began = std::chrono::steady_clock::now();

  const auto pulled = loop.run(agents.pull(server.host() + "/web:1", nullptr, by));

  EXPECT_TRUE(pulled.failed_with(Errc::TimedOut));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
  EXPECT_EQ(leases(), std::vector<std::string>{});
}

/// A pull that hangs in the middle of its layer: the server has sent 2 MiB of it and no more.
class HangingPull : public Pulling {
 protected:
  HangingPull()
      : image(5 << 20), server(loop.nursery, [this](const Asked& asked) {
          Reply reply = image.answer(asked);
          if (image.is_layer(asked) && hangs) {
            reply.headers.emplace_back("Content-Length", std::to_string(reply.body.size()));
            reply.body.resize(2 << 20);
            reply.stays_open = true;
            if (lies) reply.body[1'000'000] = 'y';
          }
          return reply;
        }) {}

  /// Returns its pid once containerd has all that came.
  pid_t start_and_wait() {
    std::vector<std::string> argv = arguments(server.host() + "/web:1");
    std::vector<char*> pointers;
    for (std::string& argument : argv) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    const std::string ref = "layer-" + digest_of(image.layer);
    while (begun()[ref] < 2 << 20) loop.io.poll();
    return pid;
  }
  Async<> pull_by(runtime::ContainerdImages& images, std::string name,
                  Result<runtime::Image>& outcome) {
    Result<runtime::Image> pulled = co_await images.pull(std::move(name), nullptr, by);
    outcome = std::move(pulled);
    co_return ok();
  }
  int end(pid_t pid, int signal) {
    ::kill(pid, signal);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return status;
  }

  const SmallImage image;
  bool hangs = true;
  bool lies = false;
  ScriptedServer server;
};

TEST_F(HangingPull, LeavesOnlyAnExpiringLeaseWhenKilledAndTheNextGoesOn) {
  const pid_t pid = start_and_wait();
  end(pid, SIGKILL);

  auto listed = loop.run(api::call(connection, api::leases::kList, {}, by));
  ASSERT_EQ(listed->leases().size(), 1);
  EXPECT_TRUE(listed->leases(0).labels().contains("containerd.io/gc.expire"));
  hangs = false;
  const PullRun next = pull(server.host() + "/web:1");

  EXPECT_EQ(next.type, "result") << next.message;
  EXPECT_EQ(server.asked().back().header("Range"), "bytes=" + std::to_string(2 << 20) + "-");
  ASSERT_EQ(leases(), std::vector{listed->leases(0).id()});
  delete_lease(listed->leases(0).id());
  EXPECT_TRUE(begun().empty());
  EXPECT_EQ(snapshots().size(), 1u);
}

TEST_F(HangingPull, LeavesNothingWhenAskedToStop) {
  const pid_t pid = start_and_wait();

  const int status = end(pid, SIGTERM);

  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_EQ(leases(), std::vector<std::string>{});
  EXPECT_TRUE(begun().empty());
}

TEST_F(HangingPull, LeavesNothingWhenTheAgentsWishIsCancelled) {
  runtime::ContainerdImages images = this->images();
  Result<runtime::Image> outcome;
  loop.nursery.start("pull", pull_by(images, server.host() + "/web:1", outcome));
  const std::string ref = "layer-" + digest_of(image.layer);
  while (begun()[ref] < 2 << 20) loop.io.poll();
  ASSERT_EQ(leases().size(), 1u);

  loop.nursery.cancel("pull");
  while (outcome.failed_with(Errc::Broken)) loop.io.run_one();

  EXPECT_TRUE(outcome.failed_with(Errc::Cancelled)) << outcome.error();
  EXPECT_EQ(leases(), std::vector<std::string>{});
}

TEST_F(HangingPull, BeginsAgainWhenWhatAKilledOneLeftIsWrong) {
  lies = true;
  end(start_and_wait(), SIGKILL);
  hangs = lies = false;

  const PullRun next = pull(server.host() + "/web:1");

  EXPECT_EQ(next.type, "result") << next.message;
  EXPECT_EQ(server.asked().back().header("Range"), "");
}

}  // namespace
}  // namespace berth::testing
