// endpoint.cpp - the EC2 API on the wire: forms in, XML out.
#include "lab/ec2/endpoint.hpp"

#include "base/log.hpp"
#include "lab/ec2/api.hpp"
#include "lab/ec2/query.hpp"
#include "lab/ec2/xml.hpp"

namespace berth::lab::ec2 {

namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr const char* kNamespace = " xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"";
constexpr const char* kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

http::Response xml_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers = {{"Content-Type", "text/xml;charset=UTF-8"}};
  response.body = kDeclaration + std::move(body);
  return response;
}

/// source: EC2 API, "Error codes".
int status_of(const std::string& code) {
  if (code == "AuthFailure") return 401;
  if (code == "DryRunOperation") return 412;
  return code == "InternalError" ? 500 : 400;
}

http::Response fault_response(Fault fault, const std::string& request_id) {
  if (fault.code == "ServerException") fault.code = "InternalError";
  const Json error = {{"Error", {{"Code", fault.code}, {"Message", fault.message}}}};
  return xml_response(status_of(fault.code),
                      xml_of("Response", {{"Errors", error}, {"RequestID", request_id}}));
}

}  // namespace

bool is_form(const http::Request& request) {
  return http::find_header(request.headers, "Content-Type").value_or("").starts_with(kFormType);
}

http::Response respond(Lab& lab, const http::Request& request, const std::string& request_id) {
  auto input = input_of_form(request.body);
  if (!input) return fault_response(input.error(), request_id);
  auto action = text_of(*input, "Action");
  if (!action) return fault_response(action.error(), request_id);
  auto reply = answer(lab, *action, *input);
  if (!reply) {
    log::info("call failed",
              {{"what", *action}, {"error", reply.error().code + ": " + reply.error().message}});
    return fault_response(reply.error(), request_id);
  }
  log::debug("call answered", {{"what", *action}});
  (*reply)["requestId"] = request_id;
  return xml_response(200, xml_of(*action + "Response", *reply, kNamespace));
}

http::Response refuse(const aws::Refusal& refusal, const std::string& request_id) {
  return fault_response({"AuthFailure", refusal.message}, request_id);
}

}  // namespace berth::lab::ec2
