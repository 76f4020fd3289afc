// call.cpp - POST, sign, send, decode.
#include "aws/call.hpp"

#include <algorithm>

namespace berth::aws {

namespace {

constexpr std::size_t kMaxAnswerBytes = 4 << 20;

/// "ns#Code:http://..." as its middle.
std::string bare_code(std::string code) {
  code = code.substr(0, code.find(':'));
  if (const auto hash = code.rfind('#'); hash != std::string::npos) code.erase(0, hash + 1);
  return code;
}

std::string text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string ApiError::text() const {
  std::string shown = code.empty() ? "error without a code" : code;
  if (!message.empty()) shown += ": " + message;
  std::replace(shown.begin(), shown.end(), '\n', ' ');
  return shown + " (HTTP " + std::to_string(http_status) + ")";
}

std::optional<ApiError> api_error_in(const http::Response& response) {
  if (response.status >= 200 && response.status < 300) return std::nullopt;
  ApiError error;
  error.http_status = response.status;
  error.code = bare_code(http::find_header(response.headers, "x-amzn-ErrorType").value_or(""));
  const auto body = parse_json(response.body);
  if (body && body->is_object()) {
    if (error.code.empty()) error.code = bare_code(text_member(*body, "__type"));
    if (error.code.empty()) error.code = bare_code(text_member(*body, "code"));
    error.message = text_member(*body, "message");
    if (error.message.empty()) error.message = text_member(*body, "Message");
  }
  return error;
}

bool is_about_time(const ApiError& error) {
  // source: the AWS SDKs' lists of errors that may come from a skewed clock.
  static constexpr std::string_view kCodes[] = {
      "InvalidSignatureException", "SignatureDoesNotMatch",
      "RequestTimeTooSkewed",      "RequestExpired",
      "RequestInTheFuture",        "AuthFailure"};
  return std::find(std::begin(kCodes), std::end(kCodes), error.code) != std::end(kCodes);
}

Async<http::Response> Caller::call_once(std::string operation, std::string body, Deadline by) {
  http::Request request;
  request.method = "POST";
  request.target = endpoint_.url.target();
  request.headers = {{"Host", endpoint_.url.authority()},
                     {"Content-Type", "application/x-amz-json-1.1"},
                     {"X-Amz-Target", endpoint_.target_prefix + "." + operation},
                     {"User-Agent", endpoint_.user_agent}};
  request.body = std::move(body);
  BERTH_CO_TRY(http::Headers added, signer_.sign(request));
  for (auto& header : added) request.headers.push_back(std::move(header));
  http::Url url = endpoint_.url;
  Result<http::Response> response =
      co_await client_.fetch(std::move(url), std::move(request), kMaxAnswerBytes, by);
  co_return response;
}

Async<Reply> Caller::call(std::string operation, std::string body, Deadline by) {
  Result<http::Response> response = co_await call_once(operation, body, by);
  if (response) {
    const auto refused = api_error_in(*response);
    if (refused && is_about_time(*refused) && signer_.learn_time(response->headers)) {
      response = co_await call_once(operation, std::move(body), by);
    }
  }
  if (!response) co_return std::move(response).error().while_doing(operation);

  Reply reply;
  reply.request_id = http::find_header(response->headers, "x-amzn-RequestId").value_or("");
  reply.error = api_error_in(*response);
  if (reply.error) co_return reply;
  if (response->body.empty()) {
    reply.body = Json::object();
    co_return reply;
  }
  auto parsed = parse_json(response->body);
  if (!parsed || !parsed->is_object()) {
    co_return Error{Errc::Broken, 0, operation + ": the answer is not a JSON object"};
  }
  reply.body = std::move(*parsed);
  co_return reply;
}

}  // namespace berth::aws
