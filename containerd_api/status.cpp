// status.cpp - gRPC's status codes as errors.
#include "containerd_api/status.hpp"

namespace berth::containerd_api {

namespace {

// source: gRPC, statuscodes.md; kept as numbers so that this file needs none of gRPC's headers.
enum GrpcCode : int {
  kCancelled = 1,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kUnavailable = 14,
  kUnauthenticated = 16,
};

Errc code_for(int code, std::string_view message) {
  switch (code) {
    case kCancelled: return Errc::Cancelled;
    case kInvalidArgument:
    case kFailedPrecondition:
    case kOutOfRange:
    case kUnimplemented: return Errc::Invalid;
    case kDeadlineExceeded: return Errc::TimedOut;
    case kNotFound: return Errc::NotFound;
    case kAlreadyExists: return Errc::Exists;
    case kPermissionDenied:
    case kUnauthenticated: return Errc::Denied;
    case kResourceExhausted: return Errc::Exhausted;
    // Aborted is containerd's word for "somebody else holds this reference now".
    case kAborted:
    case kUnavailable: return Errc::Unavailable;
    default: break;
  }
  // A full disk and a deadline that containerd's own helpers met have no code on this wire.
  if (message.find("context deadline exceeded") != std::string_view::npos) return Errc::TimedOut;
  if (message.find("no space left on device") != std::string_view::npos) return Errc::Exhausted;
  return Errc::Broken;
}

}  // namespace

Error status_error(int code, std::string_view message, std::string_view call) {
  std::string text(call);
  text += ": ";
  text += message.empty() ? "gRPC status " + std::to_string(code) : std::string(message);
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return {code_for(code, message), 0, std::move(text)};
}

}  // namespace berth::containerd_api
