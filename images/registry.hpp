// registry.hpp - manifests and blobs from a registry and its mirrors: tokens, redirects, retries.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "images/hosts.hpp"
#include "images/http.hpp"
#include "images/oci/manifest.hpp"
#include "images/oci/reference.hpp"
#include "images/registry_auth.hpp"

namespace berth::images {

/// What a name means now.
struct Resolved {
  std::string digest;
  std::string media_type;
  std::string text;  ///< the manifest itself when it came along; "" else
};

/// A blob's bytes on their way, from `offset` on.
struct OpenBlob {
  Transfer transfer;
  std::string url;          ///< where they come from, for messages
  std::int64_t offset = 0;  ///< of the first byte that will be read; may be less than asked for
};

/// One repository, asked by the registry's HTTP API, version 2. Each question goes to the endpoints
/// in order until one answers it. What looks like a passing fault is tried again a few times.
/// Lives as long as a pull; loop thread only.
///
/// All calls fail: NotFound, Denied, Exhausted (too many requests), Unavailable, TimedOut, Broken,
///                 Cancelled; messages end in "(<status> from <URL>)".
/// source: OCI distribution-spec; distribution, docs/spec/api.md.
class Registry {
 public:
  Registry(Http& http, oci::Reference reference, std::vector<Endpoint> endpoints, AuthFile auth);

  /// What the name's tag or digest stands for. Costs one HEAD where the registry is well-behaved.
  Async<Resolved> resolve(Deadline by);

  /// The text of a manifest or index. fails also: Broken (it is not what the digest says).
  Async<std::string> manifest(std::string digest, Deadline by);

  /// A blob from `offset` on; a server that cannot resume sends it from its beginning. Not tried
  /// again: whoever reads it knows how far it came.
  Async<OpenBlob> open_blob(std::string digest, std::int64_t offset, Deadline by);

 private:
  struct Question;
  struct Answer;

  Async<Answer> ask(Question question, Deadline by);
  Async<Answer> ask_each(Question question, Deadline by);
  Async<Answer> ask_one(Endpoint endpoint, Question question, Deadline by);
  Async<Answer> follow(Ask ask, Deadline by);
  Async<std::string> authorize(Endpoint endpoint, Answer refused, Deadline by);
  Async<std::string> fetch_token(Endpoint endpoint, std::string url, Deadline by);

  Http& http_;
  oci::Reference reference_;
  std::vector<Endpoint> endpoints_;
  AuthFile auth_;
  std::map<std::string, std::string> authorizations_;  ///< by endpoint root
  Random random_;
};

}  // namespace berth::images
