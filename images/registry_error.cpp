// registry_error.cpp - HTTP statuses and a registry's own words.
#include "images/registry_error.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace berth::images {

namespace {

constexpr std::size_t kMaxBodyBytes = 64 << 10;
constexpr std::size_t kMaxWords = 300;

/// A registry's own words, made fit for one line; "" when there are none.
std::string words_in(std::string_view body) {
  const auto document = parse_json(body, kMaxBodyBytes);
  if (!document || !document->is_object()) return "";
  const auto errors = document->find("errors");
  if (errors == document->end() || !errors->is_array() || errors->empty()) return "";
  const Json& first = errors->front();
  if (!first.is_object()) return "";
  for (const char* member : {"message", "code"}) {
    const auto found = first.find(member);
    if (found == first.end() || !found->is_string()) continue;
    std::string words = found->get<std::string>().substr(0, kMaxWords);
    std::replace_if(words.begin(), words.end(), [](unsigned char c) { return c < 0x20; }, ' ');
    if (!words.empty()) return words;
  }
  return "";
}

std::string usual_words(int status) {
  switch (status) {
    case 400: return "the registry did not understand";
    case 401: return "authorization required";
    case 403: return "access denied";
    case 404: return "not found";
    case 416: return "the rest cannot be had";
    case 429: return "too many requests";
    default: return status >= 500 ? "the registry has a fault" : "unexpected answer";
  }
}

}  // namespace

Error http_error(int status, std::string_view body, const std::string& url) {
  const std::string words = words_in(body);
  std::string message = (words.empty() ? usual_words(status) : words) + " (" +
                        std::to_string(status) + " from " + url + ")";
  Errc code = Errc::Broken;
  if (status == 404 || status == 410) code = Errc::NotFound;
  if (status == 401 || status == 403 || status == 407) code = Errc::Denied;
  if (status == 429) code = Errc::Exhausted;
  if (status == 408 || status == 425 || status >= 500) code = Errc::Unavailable;
  return {code, 0, std::move(message)};
}

}  // namespace berth::images
