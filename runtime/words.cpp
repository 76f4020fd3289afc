// words.cpp - what the container runtime said.
#include "runtime/words.hpp"

#include <string_view>

namespace berth::runtime {

namespace {

/// Where the runtime's own words begin: after containerd's "OCI runtime <verb> failed: ".
std::size_t own_words(std::string_view message) {
  constexpr std::string_view kPrefix = "OCI runtime ";
  constexpr std::string_view kFailed = " failed: ";
  const auto at = message.find(kPrefix);
  if (at == std::string_view::npos) return at;
  const auto failed = message.find(kFailed, at);
  return failed == std::string_view::npos ? failed : failed + kFailed.size();
}

bool is_momentary(std::string_view words) {
  for (const char* sign : {"cannot allocate memory", "resource temporarily unavailable",
                           "too many open files", "no space left on device"}) {
    if (words.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

Error in_runtime_words(Error error) {
  const auto at = own_words(error.message);
  if (at == std::string::npos) return error;
  std::string words = error.message.substr(at);
  constexpr std::string_view kUnknown = ": unknown";  // containerd's name for "no code of its own"
  if (words.ends_with(kUnknown)) words.resize(words.size() - kUnknown.size());
  const Errc code = is_momentary(words) ? Errc::Exhausted : Errc::Invalid;
  return {code, 0, std::move(words)};
}

}  // namespace berth::runtime
