// options.cpp - the command line of berth-lab.
#include "lab/options.hpp"

#include <algorithm>
#include <charconv>

#include "base/duration.hpp"

namespace berth::lab {

namespace {

Error bad(const std::string& flag, const std::string& value, const std::string& rule) {
  return {Errc::Invalid, 0, flag + " \"" + value + "\": " + rule};
}

Result<> set_listen(Options& options, const std::string& value) {
  const auto colon = value.rfind(':');
  std::string address = value.substr(0, colon);
  if (address.starts_with("[") && address.ends_with("]")) {
    address = address.substr(1, address.size() - 2);
  }
  std::uint16_t port = 0;
  if (colon != std::string::npos) {
    const char* first = value.data() + colon + 1;
    const char* last = value.data() + value.size();
    const auto [end, failed] = std::from_chars(first, last, port);
    if (failed == std::errc() && end == last && first != last && !address.empty()) {
      options.listen.address = address;
      options.listen.port = port;
      return ok();
    }
  }
  return bad("--listen", value, "must be ADDRESS:PORT, such as 127.0.0.1:8180");
}

Result<> set_region(Options& options, const std::string& flag, const std::string& value) {
  for (const char c : value) {
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-') {
      return bad(flag, value, "a region has lower-case letters, digits and '-'");
    }
  }
  if (value.empty()) return bad(flag, value, "must not be empty");
  options.settings.region = value;
  return ok();
}

Result<> set_attach_wait(Options& options, const std::string& flag, const std::string& value) {
  constexpr int kMostSeconds = 3600;
  int seconds = 0;
  const char* last = value.data() + value.size();
  const auto [end, failed] = std::from_chars(value.data(), last, seconds);
  if (failed != std::errc() || end != last || seconds < 1 || seconds > kMostSeconds) {
    return bad(flag, value, "must be a number of seconds from 1 to 3600");
  }
  options.settings.attach_wait = std::chrono::seconds(seconds);
  return ok();
}

Result<> set_ttl(Options& options, const std::string& flag, const std::string& value) {
  constexpr std::chrono::hours kLongest{24 * 7};
  const auto ttl = parse_duration(value);
  if (!ttl || *ttl < std::chrono::seconds(1) || *ttl > kLongest) {
    return bad(flag, value, "must be a time from 1s to 168h, such as 30m");
  }
  options.token.ttl = std::chrono::duration_cast<std::chrono::seconds>(*ttl);
  return ok();
}

Result<> set_endpoint(Options& options, const std::string& flag, const std::string& value) {
  const auto url = http::parse_url(value);
  if (!url || url->scheme != "https" || url->target() != "/") {
    return bad(flag, value,
               "must be https:// with a host and maybe a port, as nodes reach the lab");
  }
  options.token.url = url->text();
  return ok();
}

Result<> set_names(Options& options, const std::string& flag, const std::string& value) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_*";
  std::string_view rest = value;
  while (true) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, comma);
    if (name.empty() || name.find_first_not_of(kAllowed) != std::string_view::npos) {
      return bad(flag, value, "must be names or addresses, separated by commas");
    }
    options.tls_names.emplace_back(name);
    if (comma == rest.size()) return ok();
    rest.remove_prefix(comma + 1);
  }
}

Result<Prefix> divisible(const std::string& value, bool v6) {
  BERTH_TRY(const Prefix prefix, parse_prefix(value));
  if (prefix.is_v6() != v6) {
    return Error{Errc::Invalid, 0,
                 "\"" + value + "\" must be an " + (v6 ? "IPv6" : "IPv4") + " network"};
  }
  BERTH_CHECK(check_divisible(prefix));
  return prefix;
}

Result<> set(Options& options, const std::string& flag, const std::string& value) {
  if (flag == "--listen") return set_listen(options, value);
  if (flag == "--region") return set_region(options, flag, value);
  if (flag == "--subnet") {
    auto prefix = divisible(value, false);
    if (!prefix) return std::move(prefix).error().while_doing(flag);
    options.settings.subnet = *prefix;
    return ok();
  }
  if (flag == "--subnet-ipv6") {
    options.settings.subnet_ipv6 = value;
    if (value == "none") return ok();
    auto prefix = divisible(value, true);
    if (!prefix) return std::move(prefix).error().while_doing(flag);
    options.settings.subnet_ipv6 = prefix->text();
    return ok();
  }
  if (flag == "--attach-wait") return set_attach_wait(options, flag, value);
  if (flag == "--tls-names") return set_names(options, flag, value);
  if (flag == "--ttl") return set_ttl(options, flag, value);
  if (flag == "--endpoint") return set_endpoint(options, flag, value);
  if (value.empty()) return bad(flag, value, "must not be empty");
  if (flag == "--data") options.data = value;
  if (flag == "--tls-cert") options.listen.tls_cert = value;
  if (flag == "--tls-key") options.listen.tls_key = value;
  return ok();
}

using Flags = std::vector<std::string_view>;

Flags flags_of(Command command) {
  if (command == Command::Token) return {"--data", "--endpoint", "--ttl"};
  return {"--listen",      "--data",     "--region",  "--subnet",   "--subnet-ipv6",
          "--attach-wait", "--tls-cert", "--tls-key", "--tls-names"};
}

bool takes_value(Command command, const std::string& flag) {
  const Flags flags = flags_of(command);
  return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

Result<> check_together(const Options& options) {
  if (options.listen.tls_cert.empty() != options.listen.tls_key.empty()) {
    return Error{Errc::Invalid, 0, "--tls-cert and --tls-key go together"};
  }
  if (options.own_tls && !options.listen.tls_cert.empty()) {
    return Error{Errc::Invalid, 0, "--tls makes a certificate: --tls-cert is another one"};
  }
  if (!options.own_tls && !options.tls_names.empty()) {
    return Error{Errc::Invalid, 0, "--tls-names are for the certificate that --tls makes"};
  }
  return ok();
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::map<std::string, std::string>& environment) {
  Options options;
  options.listen.address = "127.0.0.1";
  options.listen.port = 8180;
  if (const auto region = environment.find("AWS_DEFAULT_REGION");
      region != environment.end() && !region->second.empty()) {
    BERTH_CHECK(set_region(options, "AWS_DEFAULT_REGION", region->second));
  }
  const bool is_token = !arguments.empty() && arguments[0] == "token";
  if (is_token) options.command = Command::Token;
  for (std::size_t i = is_token ? 1 : 0; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    const std::string flag = arguments[i].substr(0, equals);
    if (flag == "--help" || flag == "-h") {
      options.help = true;
    } else if (flag == "--version") {
      options.version = true;
    } else if (arguments[i] == "--tls" && !is_token) {
      options.own_tls = true;
    } else if (!takes_value(options.command, flag)) {
      return Error{Errc::Invalid, 0, "unknown argument \"" + arguments[i] + "\""};
    } else if (equals != std::string::npos) {
      BERTH_CHECK(set(options, flag, arguments[i].substr(equals + 1)));
    } else if (i + 1 == arguments.size()) {
      return Error{Errc::Invalid, 0, flag + " needs a value"};
    } else {
      BERTH_CHECK(set(options, flag, arguments[++i]));
    }
  }
  BERTH_CHECK(check_together(options));
  return options;
}

std::string usage() {
  return "berth-lab - an ECS control plane for labs, tests and demos\n"
         "\n"
         "usage: berth-lab [flags]          serve until SIGTERM\n"
         "       berth-lab token [flags]    print a token with which one node may join\n"
         "\n"
         "  --listen ADDRESS:PORT  where calls and agents come in (127.0.0.1:8180)\n"
         "  --data DIR             state, and the files `credentials` and `config` for aws\n"
         "                         (/var/lib/berth-lab)\n"
         "  --region REGION        region of every name given out (AWS_DEFAULT_REGION, else "
         "us-east-1)\n"
         "  --subnet CIDR          addresses of subnet-lab, a block of it for each instance\n"
         "                         (10.213.0.0/16: a /24 each)\n"
         "  --subnet-ipv6 CIDR     its IPv6 addresses, or none (a /56 of fd00::/8, drawn at the\n"
         "                         first start: a /64 each)\n"
         "  --attach-wait SECONDS  how long an agent may wait for the interface of a task (300)\n"
         "  --tls-cert FILE --tls-key FILE\n"
         "                         serve https and wss with this PEM certificate and key\n"
         "  --tls                  the same with a certificate of its own, made at the first "
         "start:\n"
         "                         DIR/tls.pem, DIR/tls.key\n"
         "  --tls-names NAME,...   more names and addresses for it, beside this machine's own\n"
         "  --help, --version\n"
         "\n"
         "token: for berth join, of a lab with TLS that runs on this machine\n"
         "  --data DIR             of that lab\n"
         "  --endpoint URL         where nodes reach it (where it listens)\n"
         "  --ttl TIME             how long the token can be used, once (1h)\n"
         "\n"
         "Then, with DIR as above:\n"
         "  export AWS_SHARED_CREDENTIALS_FILE=DIR/credentials AWS_CONFIG_FILE=DIR/config\n"
         "  aws ecs list-clusters --endpoint-url http://127.0.0.1:8180\n"
         "and of a lab with --tls:\n"
         "  export AWS_CA_BUNDLE=DIR/tls.pem\n"
         "  aws ecs list-clusters --endpoint-url https://127.0.0.1:8180\n";
}

}  // namespace berth::lab
