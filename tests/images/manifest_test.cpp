// manifest_test.cpp - manifests, indexes, platforms and configurations.
#include "images/oci/manifest.hpp"

#include <gtest/gtest.h>

#include "images/oci/config.hpp"
#include "images/oci/digest.hpp"

namespace berth::images::oci {
namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');

std::string descriptor(const std::string& type, const std::string& digest, int size,
                       const std::string& more = "") {
  return R"({"mediaType":")" + type + R"(","digest":")" + digest + R"(","size":)" +
         std::to_string(size) + more + "}";
}

std::string manifest_with(const std::string& layer_type, int layer_size = 7) {
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
         descriptor("application/vnd.oci.image.config.v1+json", kA, 2) + R"(,"layers":[)" +
         descriptor(layer_type, kB, layer_size) + "]}";
}

Index index_of(std::initializer_list<const char*> platforms) {
  Index index;
  for (const char* platform : platforms) {
    Descriptor entry{std::string(kOciManifest), digest_of(platform), 1, {}};
    entry.platform = parse_platform(platform).value_or(Platform{"unknown", "unknown", ""});
    index.manifests.push_back(std::move(entry));
  }
  return index;
}

TEST(ParseDocument, ReadsAManifestAndTranslatesItsLayerTypes) {
  const std::string oci_tar = "application/vnd.oci.image.layer.v1.tar";
  const std::string docker_tar = "application/vnd.docker.image.rootfs.diff.tar";
  for (const auto& [written, read] : std::initializer_list<std::pair<std::string, std::string>>{
           {oci_tar, oci_tar},
           {oci_tar + "+gzip", oci_tar + "+gzip"},
           {oci_tar + "+zstd", oci_tar + "+zstd"},
           {docker_tar, docker_tar},
           {docker_tar + ".gzip", oci_tar + "+gzip"},
           {docker_tar + ".zstd", oci_tar + "+zstd"},
           {"application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", oci_tar + "+gzip"},
           {"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", oci_tar + "+gzip"}}) {
    const auto document = parse_document(manifest_with(written), "");

    ASSERT_TRUE(document) << document.error();
    const Manifest& manifest = std::get<Manifest>(*document);
    EXPECT_EQ(manifest.config.digest, kA);
    EXPECT_EQ(manifest.layers.at(0), (Descriptor{read, kB, 7, {}}));
  }
}

TEST(ParseDocument, ReadsAnIndexWithPlatforms) {
  const std::string text =
      R"({"schemaVersion":2,"manifests":[)" +
      descriptor(std::string(kDockerManifest), kA, 5,
                 R"(,"platform":{"os":"linux","architecture":"arm","variant":"v7"})") +
      "]}";

  const auto document = parse_document(text, kDockerIndex);

  ASSERT_TRUE(document) << document.error();
  const Descriptor& entry = std::get<Index>(*document).manifests.at(0);
  EXPECT_EQ(entry.platform, (Platform{"linux", "arm", "v7"}));
}

TEST(ParseDocument, RefusesWhatIsNoImage) {
  const struct {
    std::string text;
    std::string type;
    const char* complaint;
  } cases[] = {
      {"", "", "not JSON"},
      {"[]", "", "must be an object"},
      {R"({"schemaVersion":1,"name":"x"})", "", "schema 1"},
      {"{}", "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"},
      {R"({"manifests":[],"layers":[]})", std::string(kOciIndex), "both"},
      {R"({"manifests":[],"config":{}})", std::string(kOciIndex), "both"},
      {"{}", "text/html", "neither manifest nor index"},
      {R"({"layers":[]})", std::string(kOciManifest), "no config"},
      {manifest_with("application/vnd.oci.image.layer.v1.tar+gzip", 0), "", "layers[0].size: 0"},
      {manifest_with("application/vnd.oci.image.layer.v1.tar+gzip", -1), "", "layers[0].size: -1"},
      {manifest_with("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"), "", "encrypted"},
      {manifest_with("application/vnd.cncf.helm.chart"), "", "no image layer"},
  };
  for (const auto& [text, type, complaint] : cases) {
    const auto document = parse_document(text, type);

    ASSERT_TRUE(document.failed_with(Errc::Invalid)) << text;
    EXPECT_NE(document.error().message.find(complaint), std::string::npos) << document.error();
  }
}

TEST(ParseDocument, RefusesADigestThatIsNone) {
  std::string text = manifest_with("application/vnd.oci.image.layer.v1.tar");
  text.replace(text.find(kB), kB.size(), "sha256:../../etc/passwd");

  const auto document = parse_document(text, "");

  ASSERT_TRUE(document.failed_with(Errc::Invalid));
  EXPECT_NE(document.error().message.find("layers[0].digest"), std::string::npos);
}

TEST(Choose, TakesTheEntryThatFitsTheNodeBest) {
  const Index index = index_of(
      {"linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "linux/amd64", "windows/amd64", "?"});
  for (const auto& [node, chosen] : std::initializer_list<std::pair<const char*, const char*>>{
           {"linux/amd64", "linux/amd64"},
           {"linux/x86_64", "linux/amd64"},
           {"linux/arm64", "linux/arm64/v8"},
           {"linux/arm/v7", "linux/arm/v7"},
           {"linux/arm/v6", "linux/arm/v6"},
           {"windows/amd64", "windows/amd64"}}) {
    const auto entry = choose(index, *parse_platform(node));

    ASSERT_TRUE(entry) << entry.error();
    EXPECT_EQ(entry->digest, digest_of(chosen)) << node;
  }
}

TEST(Choose, TakesAnOlderVariantWhenThereIsNoOther) {
  const auto entry = choose(index_of({"linux/arm/v5", "linux/arm/v6"}), {"linux", "arm", "v7"});

  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->digest, digest_of("linux/arm/v6"));
}

TEST(Choose, ListsWhatThereIsWhenNothingFits) {
  const auto entry = choose(index_of({"linux/arm64", "?"}), {"linux", "amd64", ""});

  ASSERT_TRUE(entry.failed_with(Errc::NotFound));
  EXPECT_EQ(entry.error().message, "no image for linux/amd64; there is linux/arm64");
}

TEST(ParsePlatform, RefusesWhatIsNotOsAndArchitecture) {
  for (const char* text : {"", "linux", "linux/", "/amd64", "a/b/c/d", "linux/AMD 64"}) {
    EXPECT_TRUE(parse_platform(text).failed_with(Errc::Invalid)) << text;
  }
}

TEST(ParseConfig, ReadsHowTheImageIsRun) {
  const std::string text = R"({"os":"linux","architecture":"amd64","config":{
    "Entrypoint":["/init"],"Cmd":["a","b"],"Env":["K=v"],"User":"1000","WorkingDir":"/w",
    "StopSignal":"SIGQUIT","Volumes":{"/data":{}},"Shell":null},
    "rootfs":{"type":"layers","diff_ids":[")" +
                           kA + R"("]},"history":[]})";

  const auto config = parse_config(text);

  ASSERT_TRUE(config) << config.error();
  EXPECT_EQ(*config, (Config{{"linux", "amd64", ""},
                             {kA},
                             {"/init"},
                             {"a", "b"},
                             {"K=v"},
                             "1000",
                             "/w",
                             "SIGQUIT",
                             {"/data"},
                             {}}));
}

TEST(ParseConfig, NamesTheMemberThatIsWrong) {
  for (const auto& [text, complaint] : std::initializer_list<std::pair<std::string, const char*>>{
           {"{}", "rootfs"},
           {R"({"rootfs":{"diff_ids":["x"]}})", "rootfs.diff_ids"},
           {R"({"rootfs":{"diff_ids":[]},"config":{"Cmd":"x"}})", "config.Cmd"}}) {
    const auto config = parse_config(text);

    ASSERT_TRUE(config.failed_with(Errc::Invalid)) << text;
    EXPECT_NE(config.error().message.find(complaint), std::string::npos) << config.error();
  }
}

// source: containerd and the OCI image-spec's formula, worked out by sha256sum.
TEST(ChainIds, DigestEachLayerWithWhatIsBelow) {
  const auto chain = chain_ids({kA, kB});

  ASSERT_EQ(chain.size(), 2u);
  EXPECT_EQ(chain[0], kA);
  EXPECT_EQ(chain[1], "sha256:ccd722928bd92476ba1745586fed6e45a102504185ad88cd89e01ff116fd146c");
  EXPECT_EQ(digest_of("abc"),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace berth::images::oci
