// plain_name.cpp - the one rule for names that users give.
#include "controlplane/definition/plain_name.hpp"

#include <algorithm>

namespace berth::definition {

bool is_plain_name(std::string_view text) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), plain);
}

}  // namespace berth::definition
