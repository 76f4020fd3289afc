// call.hpp - one signed call of a JSON 1.1 service, and its decoded answer.
#pragma once

#include <optional>
#include <string>

#include "aws/signer.hpp"
#include "base/async.hpp"
#include "base/http/client.hpp"
#include "base/json.hpp"

namespace berth::aws {

/// The service's own refusal of a call.
struct ApiError {
  std::string code;  ///< without namespace: "InvalidParameterException"; "" when it named none
  std::string message;
  int http_status = 0;

  /// "InvalidParameterException: ... (HTTP 400)".
  std::string text() const;
  bool operator==(const ApiError&) const = default;
};

/// What came back: a body, or an error.
struct Reply {
  Json body;  ///< an object; empty with an error
  std::optional<ApiError> error{};
  std::string request_id{};  ///< x-amzn-RequestId; for logs
};

/// Where a service is and how calls to it look.
struct Endpoint {
  http::Url url;
  std::string target_prefix;  ///< "AmazonEC2ContainerServiceV20141113"
  std::string user_agent;
};

/// Calls one service. Does not retry, but for one case: refused because our clock is off, a call is
/// signed anew with the time of the service's Date header. Loop thread; what it refers to outlives
/// it.
class Caller {
 public:
  Caller(http::Client& client, Signer& signer, Endpoint endpoint)
      : client_(client), signer_(signer), endpoint_(std::move(endpoint)) {}

  /// `body` is the request's JSON text, sent as it is.
  ///
  /// fails:  as http::Client::fetch; Denied (no keys); Broken (an answer that is no JSON object).
  ///         An error of the service is a Reply.
  Async<Reply> call(std::string operation, std::string body, Deadline by);

 private:
  Async<http::Response> call_once(std::string operation, std::string body, Deadline by);

  http::Client& client_;
  Signer& signer_;
  Endpoint endpoint_;
};

/// The error that a response tells of; nullopt for a 2xx. Code from x-amzn-ErrorType or "__type",
/// text from "message" or "Message".
std::optional<ApiError> api_error_in(const http::Response& response);

/// True for the codes by which services say that a request's time is too far from theirs.
bool is_about_time(const ApiError& error);

}  // namespace berth::aws
