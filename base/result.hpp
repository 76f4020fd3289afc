// result.hpp - a value or the reason why there is none.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace berth {

/// What a caller can do about a failure. Code branches on this and on nothing else.
enum class Errc : std::uint8_t {
  Invalid,      ///< Can never succeed as written. Refuse it, tell the asker.
  NotFound,     ///< The named thing is not there. Often fine when removing.
  Exists,       ///< The named thing is there already. Often fine when making.
  Denied,       ///< Credentials or the kernel refused. A person must act.
  Exhausted,    ///< A limit was reached, ours or the node's. Try when something is freed.
  Unavailable,  ///< The peer is not reachable now. Try again, with backoff.
  TimedOut,     ///< Our own deadline passed. The work may or may not have happened.
  Cancelled,    ///< The owner asked us to stop. Not a fault; never logged as one.
  Broken,       ///< Peer, disk or kernel said what cannot be. A bug somewhere.
};

/// The enumerator's own name, as logs show it.
std::string_view name_of(Errc code);

struct Error {
  Errc code = Errc::Broken;
  int os_errno = 0;     ///< errno of the call that failed; 0 when no call did.
  std::string message;  ///< "set memory.max to 4096: write: ...": outermost first, no newline.

  /// Puts what the caller was doing in front of the message; code and errno stay.
  Error while_doing(std::string_view what) && {
    message.insert(0, std::string(what) + ": ");
    return std::move(*this);
  }

  /// "Unavailable: connect 10.0.0.1:443: Connection refused", for one log line.
  std::string text() const;

  bool operator==(const Error&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

/// The Error for a failed system call: `what` and strerror in the message, errno mapped to a code.
Error os_error(int os_errno, std::string_view what);

/// Holds a T or an Error. Names follow std::expected. Default-constructed it is Broken, "empty
/// result", because Asio default-constructs the value of a coroutine that threw.
template <class T = std::monostate>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result() : held_(Error{Errc::Broken, 0, "empty result"}) {}
  Result(T value) : held_(std::in_place_index<1>, std::move(value)) {}
  Result(Error error) : held_(std::in_place_index<0>, std::move(error)) {}

  bool has_value() const { return held_.index() == 1; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return std::get<1>(held_); }
  const T& value() const& { return std::get<1>(held_); }
  T&& value() && { return std::get<1>(std::move(held_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return std::get<0>(held_); }
  const Error& error() const& { return std::get<0>(held_); }
  Error&& error() && { return std::get<0>(std::move(held_)); }

  /// True when this failed with that code; the usual question after removing or making.
  bool failed_with(Errc code) const { return !has_value() && error().code == code; }

  T value_or(T otherwise) && {
    return has_value() ? std::move(*this).value() : std::move(otherwise);
  }

 private:
  std::variant<Error, T> held_;
};

inline Result<> ok() {
  return std::monostate{};
}

}  // namespace berth

#define BERTH_JOIN_INNER_(a, b) a##b
#define BERTH_JOIN_(a, b) BERTH_JOIN_INNER_(a, b)
#define BERTH_TRY_AS_(temporary, leave, declaration, ...) \
  auto temporary = (__VA_ARGS__);                         \
  if (!temporary) leave std::move(temporary).error();     \
  declaration = std::move(temporary).value()

/// BERTH_TRY(auto x, f()): binds x to the value of f(), or returns its error.
#define BERTH_TRY(declaration, ...) \
  BERTH_TRY_AS_(BERTH_JOIN_(berth_tried_, __LINE__), return, declaration, __VA_ARGS__)
/// The same inside a coroutine: BERTH_CO_TRY(auto x, co_await f()).
#define BERTH_CO_TRY(declaration, ...) \
  BERTH_TRY_AS_(BERTH_JOIN_(berth_tried_, __LINE__), co_return, declaration, __VA_ARGS__)
/// BERTH_CHECK(f()): leaves with f's error; its value is of no interest.
#define BERTH_CHECK(...)                                      \
  do {                                                        \
    if (auto berth_checked_ = (__VA_ARGS__); !berth_checked_) \
      return std::move(berth_checked_).error();               \
  } while (false)
/// The same inside a coroutine: BERTH_CO_CHECK(co_await f()).
#define BERTH_CO_CHECK(...)                                           \
  do {                                                                \
    auto berth_checked_ = (__VA_ARGS__);                              \
    if (!berth_checked_) co_return std::move(berth_checked_).error(); \
  } while (false)
