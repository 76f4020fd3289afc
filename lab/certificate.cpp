// certificate.cpp - OpenSSL's objects, each freed by its owner.
#include "lab/certificate.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/address.hpp>
#include <memory>

namespace berth::lab {

namespace {

constexpr long kDays = 3650;
constexpr long kSecondsOfADay = 86'400;
constexpr const char* kCertificateFile = "tls.pem";
constexpr const char* kKeyFile = "tls.key";

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(ifaddrs* list) const { ::freeifaddrs(list); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool is_address(const std::string& name) {
  boost::system::error_code bad;
  boost::asio::ip::make_address(name, bad);
  return !bad;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : ",") + std::string(is_address(name) ? "IP:" : "DNS:") + name;
  }
  return text;
}

bool add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  return RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
         ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

/// nullptr when OpenSSL cannot.
Owned<X509> make(EVP_PKEY* key, const std::vector<std::string>& names) {
  Owned<X509> certificate(X509_new());
  if (!certificate) return nullptr;
  X509* const made = certificate.get();
  X509_NAME* const subject = X509_get_subject_name(made);
  const auto* common = reinterpret_cast<const unsigned char*>("berth-lab");
  const bool is_filled =
      X509_set_version(made, X509_VERSION_3) == 1 && set_serial(made) &&
      // Clocks of nodes differ a little.
      X509_gmtime_adj(X509_getm_notBefore(made), -kSecondsOfADay) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(made), kDays * kSecondsOfADay) != nullptr &&
      X509_set_pubkey(made, key) == 1 &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, common, -1, -1, 0) == 1 &&
      X509_set_issuer_name(made, subject) == 1 &&
      // Clients that want an authority in their file of authorities have one.
      add_extension(made, NID_basic_constraints, "critical,CA:TRUE") &&
      add_extension(made, NID_ext_key_usage, "serverAuth") &&
      add_extension(made, NID_subject_alt_name, alternative_names(names));
  if (!is_filled || X509_sign(made, key, EVP_sha256()) == 0) return nullptr;
  return certificate;
}

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return {text, static_cast<std::size_t>(size)};
}

/// Those that others may reach. Not what is on lo, where a node of this machine has its tasks'
/// endpoint.
std::vector<std::string> own_addresses() {
  std::vector<std::string> addresses;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return addresses;
  const Owned<ifaddrs> list(first);
  for (const ifaddrs* at = first; at != nullptr; at = at->ifa_next) {
    const bool is_up = (at->ifa_flags & IFF_UP) != 0 && (at->ifa_flags & IFF_LOOPBACK) == 0;
    if (at->ifa_addr == nullptr || !is_up) continue;
    boost::asio::ip::address address;
    if (at->ifa_addr->sa_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(at->ifa_addr);
      address = boost::asio::ip::address_v4(ntohl(v4->sin_addr.s_addr));
    } else if (at->ifa_addr->sa_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(at->ifa_addr);
      boost::asio::ip::address_v6::bytes_type bytes;
      std::copy_n(v6->sin6_addr.s6_addr, bytes.size(), bytes.begin());
      address = boost::asio::ip::address_v6(bytes);
    } else {
      continue;
    }
    const bool is_of_its_link = address.is_v6() && address.to_v6().is_link_local();
    if (!is_of_its_link) addresses.push_back(address.to_string());
  }
  return addresses;
}

}  // namespace

Result<CertificateFiles> load_or_make_certificate(const Dir& folder,
                                                  const std::vector<std::string>& names) {
  CertificateFiles files{folder.path() + "/" + kCertificateFile, folder.path() + "/" + kKeyFile};
  if (folder.exists(kCertificateFile) && folder.exists(kKeyFile)) return files;
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate = key ? make(key.get(), names) : nullptr;
  const Owned<BIO> key_text(BIO_new(BIO_s_mem()));
  const Owned<BIO> certificate_text(BIO_new(BIO_s_mem()));
  if (!certificate || !key_text || !certificate_text ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1) {
    return Error{Errc::Broken, 0, "OpenSSL made no certificate for " + alternative_names(names)};
  }
  BERTH_CHECK(folder.replace(kKeyFile, text_of(key_text.get()), 0600, true));
  BERTH_CHECK(folder.replace(kCertificateFile, text_of(certificate_text.get()), 0644, true));
  return files;
}

std::vector<std::string> own_names() {
  std::vector<std::string> names;
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) == 0 && host[0] != '\0') {
    names.emplace_back(host.data());
  }
  const std::vector<std::string> addresses = own_addresses();
  names.insert(names.end(), addresses.begin(), addresses.end());
  for (const char* name : {"localhost", "127.0.0.1", "::1"}) names.emplace_back(name);
  return names;
}

std::string reachable_address() {
  const std::vector<std::string> addresses = own_addresses();
  return addresses.empty() ? "127.0.0.1" : addresses.front();
}

}  // namespace berth::lab
