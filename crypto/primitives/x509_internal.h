// The OpenSSL side of certificates. Private to this room.
#pragma once

#include <openssl/x509.h>

#include <memory>

#include "crypto/primitives/certificate.h"
#include "crypto/primitives/openssl_ptr.h"

namespace florin::primitives {

// The parsed certificate and its pieces. The X509 is only read after construction.
class CertificateImpl {
 public:
  X509Ptr x509;
  Bytes der;
  Bytes subject;
  Bytes issuer;
  Bytes spki;
  Bytes serial;
  UnixSeconds not_before;
  UnixSeconds not_after;
};

struct CertificateAccess {
  // The X509 inside. OpenSSL's interface lacks const; nothing changes it.
  static X509* X509Of(const Certificate& certificate) { return certificate.impl_->x509.get(); }
  static Certificate Make(std::shared_ptr<const CertificateImpl> impl) {
    return Certificate(std::move(impl));
  }
};

// Reads a certificate that OpenSSL already holds.
Result<Certificate> CertificateFromX509(const X509* x509);

// ASN.1 time to seconds; false when it is not a valid time.
bool ToUnixSeconds(const ASN1_TIME* time, UnixSeconds& out);

using X509StackPtr = std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)>;

// A stack of borrowed certificates: the certificates must outlive it.
X509StackPtr BorrowedStack(std::span<const Certificate> certificates);

}  // namespace florin::primitives
