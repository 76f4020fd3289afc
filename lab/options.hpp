// options.hpp - the command line of berth-lab.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/http/server.hpp"
#include "lab/lab.hpp"
#include "lab/tokens.hpp"

namespace berth::lab {

enum class Command : std::uint8_t { Serve, Token };

struct Options {
  Command command = Command::Serve;
  http::Listen listen;  ///< --listen, --tls-cert, --tls-key
  std::string data = "/var/lib/berth-lab";
  Settings settings;                   ///< --region, --subnet, --subnet-ipv6
  bool own_tls = false;                ///< --tls: with a certificate of the lab's own making
  std::vector<std::string> tls_names;  ///< --tls-names: by which it is reached, too
  TokenWish token;                     ///< token: --endpoint, --ttl
  bool help = false;
  bool version = false;
};

/// arguments: without the program's name. environment: AWS_DEFAULT_REGION, ECS_LOGLEVEL.
/// fails:  Invalid (names flag, value and rule).
Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::map<std::string, std::string>& environment);

std::string usage();

}  // namespace berth::lab
