// answer.cpp - exit code, standard output and the tail of the errors, weighed.
#include "cni/answer.hpp"

#include <cstring>
#include <optional>

#include "base/json.hpp"
#include "cni/words.hpp"

namespace berth::cni {

namespace {

constexpr int kKilled = 128;  // an exit code of a program that a signal ended, less the signal

/// source: CNI specification, "Error", the reserved codes.
Errc errc_of(std::int64_t code) {
  switch (code) {
    case 1:  // incompatible version
    case 2:  // unsupported member
    case 4:  // environment
    case 6:  // undecodable
    case 7:  // network configuration
      return Errc::Invalid;
    case 3:  // container unknown
      return Errc::NotFound;
    case 5:   // input or output
    case 11:  // try again later
    case 50:  // not available
    case 51:  // not available, and running containers may have limited connectivity
      return Errc::Unavailable;
    default: return Errc::Denied;
  }
}

/// What it wrote to its standard error, where it did.
std::string with_errors(const Said& said) {
  const std::string tail = on_one_line(said.exited.error_tail);
  return tail.empty() ? "" : "; it wrote: " + tail;
}

std::string end_of(const Exited& exited) {
  if (exited.code <= kKilled) return "ended with exit code " + std::to_string(exited.code);
  const char* name = ::sigabbrev_np(exited.code - kKilled);
  return "was killed by " +
         (name ? "SIG" + std::string(name) : "signal " + std::to_string(exited.code - kKilled));
}

/// The error it tells of in its own words; nullopt: it tells of none.
std::optional<Error> own_error(const std::string& output) {
  const Result<Json> document = parse_json(output);
  if (!document) return std::nullopt;
  JsonReader in(*document, "error");
  const std::string message = in.text("msg");
  const std::string details = in.text("details");
  const std::int64_t code = in.integer("code");
  if (in.failed() || (message.empty() && details.empty())) return std::nullopt;
  std::string text = on_one_line(message);
  if (!details.empty()) text += (text.empty() ? "" : "; ") + on_one_line(details);
  return Error{errc_of(code), 0, text + " (code " + std::to_string(code) + ")"};
}

}  // namespace

Result<std::string> judge(const std::string& type, Verb verb, const Said& said) {
  if (said.exited.code == 0) return said.output;
  const std::string who = "plugin " + type + ", " + std::string(name_of(verb));
  if (said.exited.code <= kKilled) {
    std::optional<Error> own = own_error(said.output);
    if (own) return std::move(*own).while_doing(who);
  }
  std::string why = who + ": " + end_of(said.exited);
  const std::string output = on_one_line(said.output);
  if (!output.empty()) why += "; it said: " + output;
  return Error{Errc::Broken, 0, why + with_errors(said)};
}

}  // namespace berth::cni
