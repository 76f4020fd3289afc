// fault.hpp - an API call's answer: a value, or the service's named error.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/result.hpp"

namespace berth::definition {

/// An error as the ECS API gives it: `__type` and `message`, with HTTP status 400, or 500 for a
/// ServerException.
struct Fault {
  std::string code;  ///< "ClientException", "InvalidParameterException", ...
  std::string message;

  int status() const { return code == "ServerException" ? 500 : 400; }
  bool operator==(const Fault&) const = default;
};

inline Fault client_fault(std::string message) {
  return {"ClientException", std::move(message)};
}
/// A failure of our own, such as a full disk.
inline Fault server_fault(const Error& error) {
  return {"ServerException", error.text()};
}

/// A T or a Fault. Works with BERTH_TRY and BERTH_CHECK, also on a Result inside a function that
/// returns a Reply.
template <class T = std::monostate>
class [[nodiscard]] Reply {
 public:
  Reply(T value) : held_(std::in_place_index<1>, std::move(value)) {}
  Reply(Fault fault) : held_(std::in_place_index<0>, std::move(fault)) {}
  Reply(Error error) : Reply(server_fault(error)) {}

  bool has_value() const { return held_.index() == 1; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return std::get<1>(held_); }
  const T& value() const& { return std::get<1>(held_); }
  T&& value() && { return std::get<1>(std::move(held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Fault& error() & { return std::get<0>(held_); }
  const Fault& error() const& { return std::get<0>(held_); }
  Fault&& error() && { return std::get<0>(std::move(held_)); }

 private:
  std::variant<Fault, T> held_;
};

inline Reply<> done() {
  return std::monostate{};
}

}  // namespace berth::definition
