// certificate.hpp - the certificate of a server, before anybody vouches for it.
#pragma once

#include <string>

#include "base/async.hpp"
#include "base/http/message.hpp"

namespace berth::http {

/// SHA-256 of the first certificate in a PEM text, of its DER form: 64 hex digits in lower case, as
/// `openssl x509 -fingerprint -sha256` has them between colons.
///
/// fails:  Invalid (there is none).
Result<std::string> fingerprint_of(const std::string& pem);

/// What the server at `url` (https) shows, as PEM. It has proved that it holds the key, and nothing
/// else is checked: who asks compares the fingerprint before anything is believed.
///
/// fails:  Unavailable (look-up, connect, TLS), TimedOut, Cancelled.
Async<std::string> shown_certificate(Url url, Deadline by);

}  // namespace berth::http
