// options.hpp - the command line of berth-lab.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/http/server.hpp"
#include "lab/lab.hpp"

namespace berth::lab {

struct Options {
  http::Listen listen;  ///< --listen, --tls-cert, --tls-key
  std::string data = "/var/lib/berth-lab";
  Settings settings;  ///< --region, --subnet, --subnet-ipv6
  bool help = false;
  bool version = false;
};

/// arguments: without the program's name. environment: AWS_DEFAULT_REGION, ECS_LOGLEVEL.
/// fails:  Invalid (names flag, value and rule).
Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::map<std::string, std::string>& environment);

std::string usage();

}  // namespace berth::lab
