// async.cpp - Asio's error codes as errors, and the one translation unit that holds Asio itself.
#include "base/async.hpp"

#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>

namespace berth {

Error asio_error(const boost::system::error_code& code, std::string_view what) {
  std::string message(what);
  message += ": " + code.message();
  if (code == asio::error::operation_aborted) return {Errc::Cancelled, 0, std::move(message)};
  if (code.category() == boost::system::system_category() ||
      code.category() == boost::system::generic_category()) {
    return os_error(code.value(), what);
  }
  // Name look-up, TLS and the far end's closing: all of them are the peer, not us.
  return {Errc::Unavailable, 0, std::move(message)};
}

}  // namespace berth
