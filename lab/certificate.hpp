// certificate.hpp - a certificate that the lab makes for itself.
#pragma once

#include <string>
#include <vector>

#include "base/dir.hpp"

namespace berth::lab {

/// What a listening lab shows: paths of PEM files.
struct CertificateFiles {
  std::string certificate;
  std::string key;
};

/// Reads `tls.pem` and `tls.key` below `folder`, or makes them: a key on P-256 and a certificate
/// signed with it, good for ten years, for those names and addresses.
///
/// fails:  Broken (OpenSSL), or as Dir.
Result<CertificateFiles> load_or_make_certificate(const Dir& folder,
                                                  const std::vector<std::string>& names);

/// How this machine may be called: its host name, the addresses of its devices, those of loopback.
std::vector<std::string> own_names();

/// An address of this machine that others reach; "127.0.0.1" when it has none.
std::string reachable_address();

}  // namespace berth::lab
