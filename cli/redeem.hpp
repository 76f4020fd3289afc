// redeem.hpp - a join token taken to its lab.
#pragma once

#include <string>

#include "base/result.hpp"
#include "controlplane/enrol/exchange.hpp"
#include "controlplane/enrol/token.hpp"

namespace berth::cli {

/// The certificate that the lab shows, as PEM, when it is the one that the token was made with.
///
/// fails:  Denied (another one), Unavailable, TimedOut.
Result<std::string> trusted_certificate(const enrol::Token& token);

/// Gives the token's secret for keys, to nobody but who holds the key of the certificate in
/// `ca_file`.
///
/// fails:  Denied (the lab refuses the token: used, expired, not its own), Unavailable, TimedOut,
///         Broken (it is no lab that answers).
Result<enrol::Grant> redeem(const enrol::Token& token, const std::string& ca_file);

}  // namespace berth::cli
