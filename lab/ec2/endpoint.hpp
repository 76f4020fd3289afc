// endpoint.hpp - the EC2 API on the wire: forms in, XML out.
#pragma once

#include <string>

#include "aws/sigv4.hpp"
#include "base/http/message.hpp"
#include "lab/lab.hpp"

namespace berth::lab::ec2 {

/// A call of the query protocol, by its content type; the other API speaks JSON.
bool is_form(const http::Request& request);

/// Answers one call whose signature has been checked. Never fails: what goes wrong is in the
/// response.
http::Response respond(Lab& lab, const http::Request& request, const std::string& request_id);

/// What a call gets whose signature is not good.
http::Response refuse(const aws::Refusal& refusal, const std::string& request_id);

}  // namespace berth::lab::ec2
