// api_input.cpp - reading the members of a request, and cutting lists into pages.
#include <algorithm>

#include "lab/api.hpp"

namespace berth::lab {

namespace {

constexpr std::int64_t kMostPerPage = 100;

/// The member, checked to be of that kind; nullptr when absent.
Reply<const Json*> member_in(const Json& input, const char* name, Kind kind) {
  const Member member{name, kind};
  BERTH_CHECK(check_shape(input, {&member, 1}, ""));
  const auto found = input.find(name);
  return found == input.end() || found->is_null() ? static_cast<const Json*>(nullptr) : &*found;
}

}  // namespace

Reply<std::string> text_in(const Json& input, const char* name) {
  BERTH_TRY(const Json* found, member_in(input, name, Kind::Text));
  return found ? found->get<std::string>() : std::string();
}

Reply<std::int64_t> integer_in(const Json& input, const char* name, std::int64_t otherwise) {
  BERTH_TRY(const Json* found, member_in(input, name, Kind::Integer));
  return found ? found->get<std::int64_t>() : otherwise;
}

Reply<bool> boolean_in(const Json& input, const char* name, bool otherwise) {
  BERTH_TRY(const Json* found, member_in(input, name, Kind::Boolean));
  return found ? found->get<bool>() : otherwise;
}

Reply<std::vector<std::string>> texts_in(const Json& input, const char* name) {
  BERTH_TRY(const Json* found, member_in(input, name, Kind::Texts));
  return found ? found->get<std::vector<std::string>>() : std::vector<std::string>();
}

Reply<Json> page_of(const std::vector<std::string>& whole, const Json& input, const char* member) {
  BERTH_TRY(const std::string token, text_in(input, "nextToken"));
  BERTH_TRY(const std::int64_t most, integer_in(input, "maxResults", kMostPerPage));
  if (most < 1 || most > kMostPerPage) {
    return parameter_fault("maxResults must be between 1 and 100.");
  }
  auto from = whole.begin();
  if (!token.empty()) {
    // The token is the last entry of the page before.
    from = std::find(whole.begin(), whole.end(), token);
    if (from == whole.end()) return parameter_fault("Invalid token.");
    ++from;
  }
  const auto left = whole.end() - from;
  const auto to = from + std::min<std::ptrdiff_t>(left, most);
  Json page = {{member, std::vector<std::string>(from, to)}};
  if (to != whole.end()) page["nextToken"] = *(to - 1);
  return page;
}

Json failure(const std::string& arn, const std::string& reason, const std::string& detail) {
  Json entry = {{"arn", arn}, {"reason", reason}};
  if (!detail.empty()) entry["detail"] = detail;
  return entry;
}

}  // namespace berth::lab
