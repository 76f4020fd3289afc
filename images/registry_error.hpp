// registry_error.hpp - a registry's refusals as errors.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace berth::images {

/// The Error for an HTTP answer other than 2xx; the one place where statuses are translated:
/// "manifest unknown (404 from http://127.0.0.1:5000/v2/web/manifests/9)".
///
/// body:  may hold the registry's own words ({"errors": [{"message": ...}]}).
/// source: OCI distribution-spec, "Error Codes".
Error http_error(int status, std::string_view body, const std::string& url);

}  // namespace berth::images
