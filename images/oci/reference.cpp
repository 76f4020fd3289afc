// reference.cpp - the grammar of image names.
#include "images/oci/reference.hpp"

#include <algorithm>

#include "images/oci/digest.hpp"

namespace berth::images::oci {

namespace {

constexpr std::string_view kDefaultDomain = "docker.io";
constexpr std::string_view kLegacyDomain = "index.docker.io";
constexpr std::size_t kMaxNameLength = 255;  // domain and path; source: reference.go
constexpr std::size_t kMaxTagLength = 128;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
  return is_digit(c) || is_lower(c) || is_upper(c) || c == '_';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool has_upper(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_upper);
}

/// "a-z0-9, separated by one '.', one or two '_', or any number of '-'".
bool is_path_component(std::string_view text) {
  auto is_letter = [](char c) { return is_lower(c) || is_digit(c); };
  std::size_t at = 0;
  while (at < text.size() && is_letter(text[at])) ++at;
  if (at == 0) return false;
  while (at < text.size()) {
    const std::size_t separator = at;
    while (at < text.size() && !is_letter(text[at])) ++at;
    const std::string_view between = text.substr(separator, at - separator);
    const bool is_dashes = between.find_first_not_of('-') == std::string_view::npos;
    if (!is_dashes && between != "." && between != "_" && between != "__") return false;
    const std::size_t word = at;
    while (at < text.size() && is_letter(text[at])) ++at;
    if (at == word) return false;
  }
  return true;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {
    return host.size() > 2 && host.ends_with(']') &&
           std::all_of(host.begin() + 1, host.end() - 1,
                       [](char c) { return is_hex(c) || c == ':'; });
  }
  while (true) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    const bool fits = !label.empty() && !label.starts_with('-') && !label.ends_with('-') &&
                      std::all_of(label.begin(), label.end(),
                                  [](char c) { return (is_word(c) && c != '_') || c == '-'; });
    if (!fits) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

bool is_domain(std::string_view domain) {
  const std::size_t bracket = domain.rfind(']');
  const std::size_t colon = domain.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return is_host(domain);
  const std::string_view port = domain.substr(colon + 1);
  return is_host(domain.substr(0, colon)) && !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), is_digit);
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.size() <= kMaxTagLength && is_word(tag.front()) &&
         std::all_of(tag.begin(), tag.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

/// Splits "domain/path" by Docker's rule: the first part is a domain only if it looks like one.
void split_domain(std::string_view name, Reference& out) {
  const std::size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  const bool has_domain =
      slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos ||
                                          first == "localhost" || has_upper(first));
  out.domain = has_domain ? first : kDefaultDomain;
  out.path = has_domain ? name.substr(slash + 1) : name;
  if (out.domain == kLegacyDomain) out.domain = kDefaultDomain;
  if (out.domain == kDefaultDomain && out.path.find('/') == std::string::npos) {
    out.path.insert(0, "library/");
  }
}

Result<> check_path(std::string_view path) {
  std::string_view rest = path;
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view component = rest.substr(0, slash);
    if (!is_path_component(component)) {
      const char* rule =
          has_upper(component)
              ? "must be lower case"
              : "must be lower-case letters and digits, with single . _ or - between";
      return Error{Errc::Invalid, 0, "\"" + std::string(component) + "\" " + rule};
    }
    if (slash == std::string_view::npos) return ok();
    rest.remove_prefix(slash + 1);
  }
}

Result<> check(const Reference& reference) {
  if (!is_domain(reference.domain)) {
    return Error{Errc::Invalid, 0, "\"" + reference.domain + "\" is not a registry host[:port]"};
  }
  BERTH_CHECK(check_path(reference.path));
  if (reference.domain.size() + 1 + reference.path.size() > kMaxNameLength) {
    return Error{Errc::Invalid, 0, "must not be longer than 255 characters without tag and digest"};
  }
  if (!reference.digest.empty()) BERTH_CHECK(check_digest(reference.digest));
  return ok();
}

}  // namespace

std::string Reference::text() const {
  std::string whole = domain + "/" + path;
  if (!tag.empty()) whole += ":" + tag;
  if (!digest.empty()) whole += "@" + digest;
  return whole;
}

Result<Reference> parse_reference(std::string_view text) {
  const std::string doing = "image name \"" + std::string(text.substr(0, 300)) + "\"";
  if (text.empty()) return Error{Errc::Invalid, 0, doing + ": must not be empty"};
  std::string_view name = text;
  Reference reference;
  if (const std::size_t at = name.find('@'); at != std::string_view::npos) {
    reference.digest = name.substr(at + 1);
    name = name.substr(0, at);
    if (reference.digest.empty()) return Error{Errc::Invalid, 0, doing + ": no digest after @"};
  }
  const std::size_t slash = name.rfind('/');
  const std::size_t colon = name.find(':', slash == std::string_view::npos ? 0 : slash);
  if (colon != std::string_view::npos) {
    reference.tag = name.substr(colon + 1);
    name = name.substr(0, colon);
    if (!is_tag(reference.tag)) {
      return Error{Errc::Invalid, 0,
                   doing + ": tag \"" + reference.tag +
                       "\" must be 1 to 128 letters, digits, _ . - and not begin with . or -"};
    }
  } else if (reference.digest.empty()) {
    reference.tag = "latest";
  }
  if (name.size() == 64 && std::all_of(name.begin(), name.end(), is_hex) && !has_upper(name)) {
    return Error{Errc::Invalid, 0, doing + ": must not be 64 hexadecimal digits, an image's id"};
  }
  split_domain(name, reference);
  if (auto checked = check(reference); !checked) {
    return std::move(checked).error().while_doing(doing);
  }
  return reference;
}

}  // namespace berth::images::oci
