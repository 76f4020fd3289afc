// query.cpp - a form of EC2's query protocol as one document; pure.
#include "lab/ec2/query.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/http/message.hpp"

namespace berth::lab::ec2 {

namespace {

constexpr std::size_t kMostParts = 8;  // the deepest of EC2's own names has 6

Fault malformed(const std::string& name, const std::string& why) {
  return {"MalformedQueryString", "The parameter " + name + " " + why};
}

/// The place of a list's element; nullopt for the name of a member.
std::optional<std::uint32_t> place_in_list(const std::string& part) {
  std::uint32_t place = 0;
  const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), place);
  if (failed != std::errc() || end != part.data() + part.size()) return std::nullopt;
  return place;
}

/// An object whose members all are places becomes the list it stands for.
void make_lists(Json& value) {
  if (!value.is_object() || value.empty()) return;
  std::map<std::uint32_t, Json> elements;
  for (auto& [name, member] : value.items()) {
    make_lists(member);
    if (const auto place = place_in_list(name)) elements[*place] = member;
  }
  if (elements.size() != value.size()) return;
  value = Json::array();
  for (auto& [place, element] : elements) value.push_back(std::move(element));
}

bool is_plain(const std::string& text) {
  // The stable writer replaces what is not UTF-8.
  const bool is_utf8 = Json::parse(dump_json(text)).get<std::string>() == text;
  return is_utf8 && std::none_of(text.begin(), text.end(), [](unsigned char c) {
           return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
         });
}

Reply<> put(Json& root, const std::string& name, const std::string& value) {
  if (!is_plain(name) || !is_plain(value))
    return malformed(name, "has characters that no text has");
  Json* at = &root;
  std::size_t parts = 0;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (++parts > kMostParts) return malformed(name, "has too many parts");
    if (!at->is_null() && !at->is_object()) return malformed(name, "is a text and has members");
    at = &(*at)[name.substr(begin, end - begin)];
    begin = end + 1;
  }
  if (!at->is_null()) return malformed(name, "is there more than once");
  *at = value;
  return done();
}

}  // namespace

Reply<Json> input_of_form(std::string_view form) {
  auto query = http::parse_query(form);
  if (!query) return Fault{"MalformedQueryString", query.error().message};
  Json root = Json::object();
  for (const auto& [name, value] : *query) BERTH_CHECK(put(root, name, value));
  make_lists(root);
  return root;
}

}  // namespace berth::lab::ec2
