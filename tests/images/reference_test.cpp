// reference_test.cpp - image names as Docker reads them.
#include "images/oci/reference.hpp"

#include <gtest/gtest.h>

namespace berth::images::oci {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

TEST(ParseReference, FillsInWhatIsLeftOut) {
  const struct {
    std::string written;
    Reference read;
  } cases[] = {
      {"busybox", {"docker.io", "library/busybox", "latest", ""}},
      {"busybox:1.36", {"docker.io", "library/busybox", "1.36", ""}},
      {"user/web", {"docker.io", "user/web", "latest", ""}},
      {"docker.io/busybox", {"docker.io", "library/busybox", "latest", ""}},
      {"index.docker.io/library/busybox", {"docker.io", "library/busybox", "latest", ""}},
      {"localhost/web", {"localhost", "web", "latest", ""}},
      {"127.0.0.1:5000/web:1", {"127.0.0.1:5000", "web", "1", ""}},
      {"[::1]:5000/web", {"[::1]:5000", "web", "latest", ""}},
      {"Host/web", {"Host", "web", "latest", ""}},
      {"public.ecr.aws/a/b-c__d.e:v1.27_X", {"public.ecr.aws", "a/b-c__d.e", "v1.27_X", ""}},
      {"web@" + kDigest, {"docker.io", "library/web", "", kDigest}},
      {"web:1@" + kDigest, {"docker.io", "library/web", "1", kDigest}},
      {"a---b", {"docker.io", "library/a---b", "latest", ""}},
  };
  for (const auto& [written, read] : cases) {
    const auto parsed = parse_reference(written);

    ASSERT_TRUE(parsed) << parsed.error();
    EXPECT_EQ(*parsed, read) << written << " is " << parsed->text();
  }
}

TEST(ParseReference, NamesTheValueAndTheRuleItBreaks) {
  const struct {
    std::string written;
    const char* complaint;
  } cases[] = {
      {"", "must not be empty"},
      {"Web:1", "\"Web\" must be lower case"},
      {"a//b", "\"\" must be lower-case letters"},
      {"a/_b", "\"_b\" must be lower-case letters"},
      {"a/b.", "\"b.\" must be lower-case letters"},
      {"a___b", "\"a___b\" must be"},
      {"web:", "tag \"\" must be 1 to 128"},
      {"web:-1", "tag \"-1\" must be 1 to 128"},
      {"web:" + std::string(129, 'x'), "must be 1 to 128"},
      {"web@sha256:abc", "digest \"sha256:abc\" must be sha256:"},
      {"web@", "no digest after @"},
      {"web@sha256:" + std::string(64, 'A'), "lower-case hexadecimal"},
      {"host:5000x/web", "\"host:5000x\" is not a registry"},
      {"-host.io/web", "is not a registry"},
      {std::string(64, 'a'), "64 hexadecimal digits"},
      {std::string(300, 'a'), "longer than 255"},
      {"web 1", "must be lower-case letters"},
      {"https://host/web", "\"https:\" is not a registry"},
  };
  for (const auto& [written, complaint] : cases) {
    const auto parsed = parse_reference(written);

    ASSERT_TRUE(parsed.failed_with(Errc::Invalid)) << written;
    EXPECT_NE(parsed.error().message.find(complaint), std::string::npos) << parsed.error();
    EXPECT_TRUE(parsed.error().message.starts_with("image name \"")) << parsed.error();
  }
}

TEST(Reference, WritesItsWholeName) {
  for (const auto& [written, whole] : std::initializer_list<std::pair<std::string, std::string>>{
           {"busybox", "docker.io/library/busybox:latest"},
           {"127.0.0.1:5000/web:1", "127.0.0.1:5000/web:1"},
           {"ghcr.io/web@" + kDigest, "ghcr.io/web@" + kDigest},
           {"ghcr.io/web:1@" + kDigest, "ghcr.io/web:1@" + kDigest}}) {
    EXPECT_EQ(parse_reference(written)->text(), whole);
    EXPECT_EQ(parse_reference(whole)->text(), whole);
  }
}

TEST(Reference, IsAskedForByItsDigestWhenItHasOne) {
  EXPECT_EQ(parse_reference("web:1@" + kDigest)->selector(), kDigest);
  EXPECT_EQ(parse_reference("web:1")->selector(), "1");
}

}  // namespace
}  // namespace berth::images::oci
