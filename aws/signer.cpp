// signer.cpp - signing with an offset to the clock.
#include "aws/signer.hpp"

namespace berth::aws {

namespace {

// Below this the service accepts our signature anyway. source: the AWS SDKs' own threshold.
constexpr std::chrono::minutes kWorthCorrecting{4};

}  // namespace

Result<http::Headers> Signer::sign(const http::Request& request) {
  BERTH_TRY(const Keys keys, credentials_.current());
  return aws::sign(request, keys, scope_, clock_.wall() + offset_);
}

bool Signer::learn_time(const http::Headers& answer) {
  const auto date = http::parse_http_date(http::find_header(answer, "Date").value_or(""));
  if (!date) return false;
  const auto offset = std::chrono::floor<std::chrono::milliseconds>(*date - clock_.wall());
  const auto change = offset > offset_ ? offset - offset_ : offset_ - offset;
  if (change < kWorthCorrecting) return false;
  offset_ = offset;
  return true;
}

}  // namespace berth::aws
