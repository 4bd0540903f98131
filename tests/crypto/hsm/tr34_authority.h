// An authority of TR-34 for tests, with OpenSSL: it certifies public keys and publishes its list.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <string>

#include "florin/base/bytes.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::hsm {

template <auto Function>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};

class Tr34Authority {
 public:
  explicit Tr34Authority(std::string name) : name_(std::move(name)), key_(EVP_RSA_gen(2048)) {
    certificate_ = Certify(key_.get(), name_,
                           {{NID_basic_constraints, "critical,CA:TRUE"},
                            {NID_key_usage, "critical,keyCertSign,cRLSign"}});
  }

  const Bytes& certificate() const { return certificate_; }

  // The rule of a key whose peers are of this authority.
  mechanisms::Tr34Peers AsPeers(bool no_list = false) const {
    mechanisms::Tr34Peers peers;
    peers.authority = card::Tr34AuthorityIdOf(certificate_).value();
    peers.no_list = no_list;
    return peers;
  }

  // A certificate for the key of this SubjectPublicKeyInfo.
  Bytes Issue(ByteView spki, const std::string& name, const char* usage, int days = 365) {
    const unsigned char* next = spki.data();
    const std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>> subject(
        d2i_PUBKEY(nullptr, &next, static_cast<long>(spki.size())));
    EXPECT_NE(subject, nullptr);
    return Certify(subject.get(), name, {{NID_key_usage, usage}}, days);
  }

  // The list that names the certificate issued last, or nobody.
  Bytes List(bool revokes_last = false) const {
    const std::unique_ptr<X509_CRL, FreeBy<X509_CRL_free>> list(X509_CRL_new());
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    const std::unique_ptr<X509_NAME, FreeBy<X509_NAME_free>> issuer(NameOf(name_));
    X509_CRL_set_issuer_name(list.get(), issuer.get());
    const std::unique_ptr<ASN1_TIME, FreeBy<ASN1_TIME_free>> time(
        ASN1_TIME_set(nullptr, std::time(nullptr) - 60));
    X509_CRL_set1_lastUpdate(list.get(), time.get());
    if (revokes_last) {
      X509_REVOKED* entry = X509_REVOKED_new();
      const std::unique_ptr<ASN1_INTEGER, FreeBy<ASN1_INTEGER_free>> serial(ASN1_INTEGER_new());
      ASN1_INTEGER_set(serial.get(), serial_);
      X509_REVOKED_set_serialNumber(entry, serial.get());
      X509_REVOKED_set_revocationDate(entry, time.get());
      X509_CRL_add0_revoked(list.get(), entry);
    }
    ASN1_TIME_set(time.get(), std::time(nullptr) + 86400);
    X509_CRL_set1_nextUpdate(list.get(), time.get());
    EXPECT_GT(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()), 0);
    return Der(list.get(), i2d_X509_CRL);
  }

 private:
  struct Extension {
    int nid;
    const char* value;
  };

  static X509_NAME* NameOf(const std::string& name) {
    X509_NAME* made = X509_NAME_new();
    X509_NAME_add_entry_by_txt(made, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return made;
  }

  template <class T>
  static Bytes Der(T* object, int (*encode)(const T*, unsigned char**)) {
    unsigned char* buffer = nullptr;
    const int size = encode(object, &buffer);
    EXPECT_GT(size, 0);
    Bytes out(buffer, buffer + size);
    OPENSSL_free(buffer);
    return out;
  }

  Bytes Certify(EVP_PKEY* subject, const std::string& name,
                std::initializer_list<Extension> extensions, int days = 365) {
    const std::unique_ptr<X509, FreeBy<X509_free>> x509(X509_new());
    X509_set_version(x509.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509.get()), ++serial_);
    const std::unique_ptr<X509_NAME, FreeBy<X509_NAME_free>> subject_name(NameOf(name));
    const std::unique_ptr<X509_NAME, FreeBy<X509_NAME_free>> issuer_name(NameOf(name_));
    X509_set_subject_name(x509.get(), subject_name.get());
    X509_set_issuer_name(x509.get(), issuer_name.get());
    ASN1_TIME_set(X509_getm_notBefore(x509.get()), std::time(nullptr) - 2L * 86400);
    ASN1_TIME_set(X509_getm_notAfter(x509.get()), std::time(nullptr) + days * 86400L);
    X509_set_pubkey(x509.get(), subject);
    for (const Extension& extension : extensions) {
      const std::unique_ptr<X509_EXTENSION, FreeBy<X509_EXTENSION_free>> made(
          X509V3_EXT_conf_nid(nullptr, nullptr, extension.nid, extension.value));
      X509_add_ext(x509.get(), made.get(), -1);
    }
    EXPECT_GT(X509_sign(x509.get(), key_.get(), EVP_sha256()), 0);
    return Der(x509.get(), i2d_X509);
  }

  std::string name_;
  std::unique_ptr<EVP_PKEY, FreeBy<EVP_PKEY_free>> key_;
  long serial_ = 0;
  Bytes certificate_;
};

}  // namespace florin::hsm
