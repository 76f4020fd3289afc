// spec.cpp - the binary:// URI of a spool.
#include "logs/spec.hpp"

#include "base/http/message.hpp"

namespace berth::logs {

namespace {

Result<> check_path(const std::string& path, std::string_view what) {
  if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos) {
    return Error{Errc::Invalid, 0,
                 std::string(what) + " \"" + path + "\" must be an absolute path"};
  }
  return ok();
}

}  // namespace

Result<std::string> logger_uri(const LogSpec& spec, const std::string& logger) {
  BERTH_CHECK(check_path(logger, "logger"));
  BERTH_CHECK(check_path(spec.directory, "log directory"));
  constexpr bool kKeepSlash = true;
  return "binary://" + http::percent_encode(logger, kKeepSlash) +
         "?dir=" + http::percent_encode(spec.directory, kKeepSlash) +
         "&max_bytes=" + std::to_string(spec.max_bytes) +
         "&max_files=" + std::to_string(spec.max_files);
}

}  // namespace berth::logs
