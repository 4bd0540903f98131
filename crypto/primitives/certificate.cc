#include "crypto/primitives/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "crypto/base/ber_reader.h"
#include "crypto/primitives/der.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/self_test.h"
#include "crypto/primitives/x509_internal.h"

namespace florin::primitives {
namespace {

constexpr std::size_t kMaxPemSize = 64 * 1024;
constexpr std::size_t kMaxOidText = 128;

Error NotACertificate() {
  return Error(ErrorCode::kMalformed, "not a DER X.509 certificate, or bytes follow it");
}

// Encodes `object` with its i2d function into `out`.
template <class T, class Encode>
bool Encoded(const T* object, Encode encode, Bytes& out) {
  if (object == nullptr) return false;
  const int size = encode(object, nullptr);
  if (size <= 0) return false;
  out.resize(static_cast<std::size_t>(size));
  std::uint8_t* next = out.data();
  return encode(object, &next) == size;
}

// The content octets of an INTEGER in two's complement, as they stand in the certificate.
bool SerialOctets(const X509* x509, Bytes& out) {
  Bytes der;
  if (!Encoded(X509_get0_serialNumber(x509), i2d_ASN1_INTEGER, der) || der.size() < 3 ||
      der[1] > 127) {
    return false;
  }
  out.assign(der.begin() + 2, der.end());
  return true;
}

ObjectPtr OidObject(std::string_view oid) {
  if (oid.empty() || oid.size() > kMaxOidText) return nullptr;
  const std::string text(oid);
  return ObjectPtr(OBJ_txt2obj(text.c_str(), 1));
}

}  // namespace

bool ToUnixSeconds(const ASN1_TIME* time, UnixSeconds& out) {
  struct Free {
    void operator()(ASN1_TIME* t) const { ASN1_TIME_free(t); }
  };
  const std::unique_ptr<ASN1_TIME, Free> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (time == nullptr || epoch == nullptr ||
      ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) {
    return false;
  }
  out.value = std::int64_t{days} * 86400 + seconds;
  return true;
}

X509StackPtr BorrowedStack(std::span<const Certificate> certificates) {
  X509StackPtr stack(sk_X509_new_null(), [](STACK_OF(X509) * s) { sk_X509_free(s); });
  if (stack == nullptr) return stack;
  for (const Certificate& certificate : certificates) {
    if (sk_X509_push(stack.get(), CertificateAccess::X509Of(certificate)) == 0)
      return {nullptr, stack.get_deleter()};
  }
  return stack;
}

Certificate::Certificate(std::shared_ptr<const CertificateImpl> impl) : impl_(std::move(impl)) {}

Result<Certificate> Certificate::FromDer(ByteView der) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (der.size() > kMaxCertificateSize) {
    return Error(ErrorCode::kLimitExceeded, "a certificate has at most 16 KiB");
  }
  // OpenSSL's reader takes BER as well, and gives signed parts back as they came.
  if (!IsDer(der)) return NotACertificate();
  ErrorQueueScope errors;
  auto impl = std::make_shared<CertificateImpl>();
  X509* x509 = X509_new_ex(Evp()->context, nullptr);
  if (x509 == nullptr) return Error(ErrorCode::kResourceExhausted, "out of memory");
  const std::uint8_t* next = der.data();
  // On failure d2i frees the object and clears the pointer.
  const bool read = d2i_X509(&x509, &next, static_cast<long>(der.size())) != nullptr;
  impl->x509.reset(x509);
  if (!read) return NotACertificate();
  if (next != der.data() + der.size()) return NotACertificate();
  if (!Encoded(x509, i2d_X509, impl->der) || !SameBytes(impl->der, der)) return NotACertificate();
  // Fills the cache of extensions now, while nobody else knows the object.
  if (X509_check_purpose(x509, -1, 0) != 1) {
    return Error(ErrorCode::kMalformed, "the certificate's extensions contradict each other");
  }
  if (!Encoded(X509_get_subject_name(x509), i2d_X509_NAME, impl->subject) ||
      !Encoded(X509_get_issuer_name(x509), i2d_X509_NAME, impl->issuer) ||
      !Encoded(X509_get_X509_PUBKEY(x509), i2d_X509_PUBKEY, impl->spki) ||
      !SerialOctets(x509, impl->serial) ||
      !ToUnixSeconds(X509_get0_notBefore(x509), impl->not_before) ||
      !ToUnixSeconds(X509_get0_notAfter(x509), impl->not_after)) {
    return NotACertificate();
  }
  return Certificate(std::move(impl));
}

Result<Certificate> Certificate::FromPem(ByteView pem) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (pem.size() > kMaxPemSize) {
    return Error(ErrorCode::kLimitExceeded, "a PEM certificate has at most 64 KiB");
  }
  ErrorQueueScope errors;
  const BioPtr bio = ReadBio(pem);
  const X509Ptr x509(bio == nullptr ? nullptr
                                    : PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (x509 == nullptr) return Error(ErrorCode::kMalformed, "not a PEM certificate");
  return CertificateFromX509(x509.get());
}

Result<Certificate> CertificateFromX509(const X509* x509) {
  Bytes der;
  if (!Encoded(x509, i2d_X509, der)) return NotACertificate();
  return Certificate::FromDer(der);
}

ByteView Certificate::der() const { return impl_->der; }
ByteView Certificate::subject() const { return impl_->subject; }
ByteView Certificate::issuer() const { return impl_->issuer; }
ByteView Certificate::spki() const { return impl_->spki; }
ByteView Certificate::serial() const { return impl_->serial; }
UnixSeconds Certificate::not_before() const { return impl_->not_before; }
UnixSeconds Certificate::not_after() const { return impl_->not_after; }

Result<EcPublicKey> Certificate::EcKey() const {
  auto key = EcPublicKey::FromSpki(impl_->spki);
  if (key.ok()) return key;
  return Error(ErrorCode::kUnsupported,
               "the certificate's key is not an uncompressed P-256 or P-384 point");
}

bool Certificate::HasExtension(std::string_view oid) const { return Extension(oid).ok(); }

Result<ByteView> Certificate::Extension(std::string_view oid) const {
  ErrorQueueScope errors;
  const ObjectPtr object = OidObject(oid);
  if (object == nullptr) return Error(ErrorCode::kInvalidArgument, "not an OID in dotted decimals");
  const int index = X509_get_ext_by_OBJ(impl_->x509.get(), object.get(), -1);
  if (index < 0) return Error(ErrorCode::kNotFound, "the certificate lacks the extension");
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(X509_get_ext(impl_->x509.get(), index));
  return ByteView(ASN1_STRING_get0_data(value),
                  static_cast<std::size_t>(ASN1_STRING_length(value)));
}

Result<ByteView> Certificate::SubjectKeyId() const {
  const ASN1_OCTET_STRING* value = X509_get0_subject_key_id(impl_->x509.get());
  if (value == nullptr) {
    return Error(ErrorCode::kNotFound, "the certificate lacks a subject key identifier");
  }
  return ByteView(ASN1_STRING_get0_data(value),
                  static_cast<std::size_t>(ASN1_STRING_length(value)));
}

Status Certificate::CheckKeyUsage(KeyUsage usage) const {
  const Error wrong(ErrorCode::kVerificationFailed,
                    "the key usage of the certificate does not serve this work");
  const auto extension = Extension("2.5.29.15");
  if (!extension.ok()) return wrong;
  BerReader reader(*extension, BerRules::kDer);
  const auto bits = reader.Read(asn1::kBitString);
  if (!bits.ok() || bits->content.size() < 2) return wrong;
  return (bits->content[1] & static_cast<std::uint8_t>(usage)) != 0 ? OkStatus() : Status(wrong);
}

Status Certificate::CheckSignedBy(const Certificate& issuer) const {
  ErrorQueueScope errors;
  EVP_PKEY* key = X509_get0_pubkey(issuer.impl_->x509.get());
  if (key == nullptr || X509_verify(impl_->x509.get(), key) != 1) {
    return Error(ErrorCode::kVerificationFailed,
                 "the certificate is not signed by the issuer's key");
  }
  return OkStatus();
}

}  // namespace florin::primitives
