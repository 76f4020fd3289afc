// certificate.cpp - a handshake that trusts nobody, and a digest.
#include "base/http/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

#include "base/http/wire.hpp"

namespace berth::http {

namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Bio = std::unique_ptr<BIO, FreeBio>;
using Certificate = std::unique_ptr<X509, FreeCertificate>;

Result<std::string> pem_of(X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), certificate) != 1) {
    return Error{Errc::Broken, 0, "a certificate could not be written as PEM"};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

Async<std::string> look(Url url) {
  std::string host = url.host;
  BERTH_CO_TRY(const auto connection, co_await dial_untrusting(std::move(url)));
  const Certificate shown(SSL_get1_peer_certificate(connection->wire.tls()->native_handle()));
  if (!shown) co_return Error{Errc::Unavailable, 0, "TLS with " + host + ": no certificate"};
  co_return pem_of(shown.get());
}

}  // namespace

Result<std::string> fingerprint_of(const std::string& pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1) {
    return Error{Errc::Invalid, 0, "no PEM certificate is there"};
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 0xf];
  }
  return text;
}

Async<std::string> shown_certificate(Url url, Deadline by) {
  std::string what = "TLS with " + url.host;
  Result<std::string> pem = co_await before(by, look(std::move(url)), std::move(what));
  co_return pem;
}

}  // namespace berth::http
