#include "crypto/primitives/revocation_list.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/primitives/der.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/self_test.h"
#include "crypto/primitives/x509_internal.h"

namespace florin::primitives {
namespace {

using CrlPtr = std::unique_ptr<X509_CRL, OpensslFree<X509_CRL_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, OpensslFree<ASN1_INTEGER_free>>;

constexpr std::size_t kMaxSerial = 64;

Error NotAList() {
  return Error(ErrorCode::kMalformed, "not a DER certificate revocation list of plain kind");
}

// An unknown critical extension changes what the list means; so does being a delta or indirect.
bool IsPlain(const X509_CRL* crl) {
  const STACK_OF(X509_EXTENSION)* extensions = X509_CRL_get0_extensions(crl);
  for (int i = 0; i < sk_X509_EXTENSION_num(extensions); ++i) {
    X509_EXTENSION* extension = sk_X509_EXTENSION_value(extensions, i);
    if (X509_EXTENSION_get_critical(extension) != 0) return false;
  }
  return true;
}

bool IsSignedOverSha2(const X509_CRL* crl) {
  int digest = NID_undef;
  return OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, nullptr) == 1 &&
         (digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512);
}

}  // namespace

class RevocationListImpl {
 public:
  CrlPtr crl;
  UnixSeconds this_update;
  std::optional<UnixSeconds> next_update;
};

RevocationList::RevocationList(std::shared_ptr<const RevocationListImpl> impl)
    : impl_(std::move(impl)) {}

Result<RevocationList> RevocationList::FromDer(ByteView der) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (der.size() > kMaxRevocationListSize) {
    return Error(ErrorCode::kLimitExceeded, "a certificate revocation list has at most 64 KiB");
  }
  if (!IsDer(der)) return NotAList();
  ErrorQueueScope errors;
  auto impl = std::make_shared<RevocationListImpl>();
  X509_CRL* crl = X509_CRL_new_ex(Evp()->context, nullptr);
  if (crl == nullptr) return Error(ErrorCode::kResourceExhausted, "out of memory");
  const std::uint8_t* next = der.data();
  // On failure d2i frees the object and clears the pointer.
  const bool read = d2i_X509_CRL(&crl, &next, static_cast<long>(der.size())) != nullptr;
  impl->crl.reset(crl);
  if (!read || next != der.data() + der.size() || !IsPlain(crl) ||
      !ToUnixSeconds(X509_CRL_get0_lastUpdate(crl), impl->this_update)) {
    return NotAList();
  }
  if (const ASN1_TIME* time = X509_CRL_get0_nextUpdate(crl)) {
    UnixSeconds next_update;
    if (!ToUnixSeconds(time, next_update)) return NotAList();
    impl->next_update = next_update;
  }
  return RevocationList(std::move(impl));
}

UnixSeconds RevocationList::this_update() const { return impl_->this_update; }
std::optional<UnixSeconds> RevocationList::next_update() const { return impl_->next_update; }

Status RevocationList::CheckSignedBy(const Certificate& issuer) const {
  ErrorQueueScope errors;
  X509* x509 = CertificateAccess::X509Of(issuer);
  EVP_PKEY* key = X509_get0_pubkey(x509);
  if (key == nullptr ||
      X509_NAME_cmp(X509_CRL_get_issuer(impl_->crl.get()), X509_get_subject_name(x509)) != 0 ||
      !IsSignedOverSha2(impl_->crl.get()) || X509_CRL_verify(impl_->crl.get(), key) != 1) {
    return Error(ErrorCode::kVerificationFailed,
                 "the certificate revocation list is not signed by the issuer's key over SHA-2");
  }
  return OkStatus();
}

bool RevocationList::Revokes(ByteView serial) const {
  if (serial.empty() || serial.size() > kMaxSerial) return true;
  ErrorQueueScope errors;
  Bytes der = {0x02, static_cast<std::uint8_t>(serial.size())};
  der.insert(der.end(), serial.begin(), serial.end());
  const std::uint8_t* next = der.data();
  const IntegerPtr number(d2i_ASN1_INTEGER(nullptr, &next, static_cast<long>(der.size())));
  if (number == nullptr) return true;
  // Looking up sorts the list inside OpenSSL, under its own lock.
  X509_REVOKED* entry = nullptr;
  return X509_CRL_get0_by_serial(impl_->crl.get(), &entry, number.get()) != 0;
}

}  // namespace florin::primitives
