// result.cpp - words for errors, and errno as one of them.
#include "base/result.hpp"

#include <cerrno>
#include <system_error>

namespace berth {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::Invalid: return "Invalid";
    case Errc::NotFound: return "NotFound";
    case Errc::Exists: return "Exists";
    case Errc::Denied: return "Denied";
    case Errc::Exhausted: return "Exhausted";
    case Errc::Unavailable: return "Unavailable";
    case Errc::TimedOut: return "TimedOut";
    case Errc::Cancelled: return "Cancelled";
    case Errc::Broken: return "Broken";
  }
  return "Broken";
}

std::string Error::text() const {
  return std::string(name_of(code)) + ": " + message;
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.text();
}

namespace {

Errc code_for(int os_errno) {
  switch (os_errno) {
    case EINVAL:
    case ENAMETOOLONG:
    case EOPNOTSUPP:
    case ENOTDIR:
    case EISDIR:
    case ENOTEMPTY: return Errc::Invalid;
    case ENOENT:
    case ESRCH:
    case ENODEV:
    case ENXIO: return Errc::NotFound;
    case EEXIST: return Errc::Exists;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::Denied;
    case ENOSPC:
    case EDQUOT:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case EBUSY:
    case EADDRINUSE: return Errc::Exhausted;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
    case EAGAIN:
    case EHOSTDOWN:
    case ENETDOWN:
    case ECONNABORTED: return Errc::Unavailable;
    case ETIMEDOUT: return Errc::TimedOut;
    case ECANCELED: return Errc::Cancelled;
    default: return Errc::Broken;
  }
}

}  // namespace

Error os_error(int os_errno, std::string_view what) {
  std::string message(what);
  message += ": ";
  message += std::generic_category().message(os_errno);
  return Error{code_for(os_errno), os_errno, std::move(message)};
}

}  // namespace berth
