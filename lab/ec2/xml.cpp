// xml.cpp - a document as EC2 writes its answers; pure.
#include "lab/ec2/xml.hpp"

namespace berth::lab::ec2 {

namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\r': out += "&#13;"; break;  // else a reader makes it a newline
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::string xml_of(const std::string& name, const Json& value, const std::string& attributes) {
  std::string inside;
  if (value.is_object()) {
    for (const auto& [member, of] : value.items()) inside += xml_of(member, of);
  } else if (value.is_array()) {
    for (const Json& element : value) inside += xml_of("item", element);
  } else {
    inside = escaped(value.is_string() ? value.get<std::string>() : dump_json(value));
  }
  return "<" + name + attributes + ">" + inside + "</" + name + ">";
}

}  // namespace berth::lab::ec2
