#include "crypto/primitives/cms.h"

#include <openssl/cms.h>

#include <array>

#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/self_test.h"
#include "crypto/primitives/x509_internal.h"

namespace florin::primitives {
namespace {

using CmsPtr = std::unique_ptr<CMS_ContentInfo, OpensslFree<CMS_ContentInfo_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, OpensslFree<ASN1_TIME_free>>;

constexpr std::size_t kMaxContentSize = std::size_t{1} << 20;

void FreeOwnedStack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

Error NotACms() {
  return Error(ErrorCode::kMalformed,
               "not a CMS SignedData with one signer, its certificate and detached content");
}

Result<CmsPtr> ReadCms(ByteView cms) {
  CMS_ContentInfo* info = CMS_ContentInfo_new_ex(Evp()->context, nullptr);
  if (info == nullptr) return Error(ErrorCode::kResourceExhausted, "out of memory");
  const std::uint8_t* next = cms.data();
  // On failure d2i frees the object and clears the pointer.
  const bool read = d2i_CMS_ContentInfo(&info, &next, static_cast<long>(cms.size())) != nullptr;
  CmsPtr owner(info);
  if (!read || next != cms.data() + cms.size() ||
      OBJ_obj2nid(CMS_get0_type(owner.get())) != NID_pkcs7_signed ||
      CMS_is_detached(owner.get()) != 1) {
    return NotACms();
  }
  return owner;
}

Result<std::vector<Certificate>> CertificatesOf(CMS_ContentInfo* cms) {
  const X509StackPtr stack(CMS_get1_certs(cms), FreeOwnedStack);
  std::vector<Certificate> certificates;
  const int count = stack == nullptr ? 0 : sk_X509_num(stack.get());
  if (count > static_cast<int>(kMaxIntermediates)) {
    return Error(ErrorCode::kLimitExceeded, "a CMS message carries at most 8 certificates");
  }
  for (int i = 0; i < count; ++i) {
    FLORIN_TRY(Certificate certificate, CertificateFromX509(sk_X509_value(stack.get(), i)));
    certificates.push_back(std::move(certificate));
  }
  return certificates;
}

std::optional<UnixSeconds> SigningTimeOf(CMS_SignerInfo* signer) {
  const int index = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
  X509_ATTRIBUTE* attribute = index < 0 ? nullptr : CMS_signed_get_attr(signer, index);
  const ASN1_TYPE* value = attribute == nullptr ? nullptr : X509_ATTRIBUTE_get0_type(attribute, 0);
  UnixSeconds time;
  if (value == nullptr ||
      (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME) ||
      !ToUnixSeconds(value->value.asn1_string, time)) {
    return std::nullopt;
  }
  return time;
}

// CMSAlgorithmProtection (RFC 6211): SHA-256 with ecdsa-with-SHA256, as phones send it.
constexpr std::array<std::uint8_t, 27> kProtection = {
    0x30, 0x19, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
    0x01, 0xa1, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

bool AddAttributes(CMS_SignerInfo* signer, UnixSeconds signing_time) {
  const TimePtr time(ASN1_TIME_set(nullptr, static_cast<time_t>(signing_time.value)));
  const ObjectPtr protection(OBJ_txt2obj("1.2.840.113549.1.9.52", 1));
  return time != nullptr && protection != nullptr &&
         CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_signingTime, time->type, time.get(), -1) ==
             1 &&
         CMS_signed_add1_attr_by_OBJ(signer, protection.get(), V_ASN1_SEQUENCE, kProtection.data(),
                                     static_cast<int>(kProtection.size())) == 1;
}

Result<Bytes> Encode(CMS_ContentInfo* cms, CmsEncoding encoding) {
  std::uint8_t* buffer = nullptr;
  const int size = encoding == CmsEncoding::kDer
                       ? i2d_CMS_ContentInfo(cms, &buffer)
                       : ASN1_item_ndef_i2d(reinterpret_cast<ASN1_VALUE*>(cms), &buffer,
                                            ASN1_ITEM_rptr(CMS_ContentInfo));
  if (size <= 0) return Error(ErrorCode::kInternal, "OpenSSL refused to encode a CMS message");
  Bytes out(buffer, buffer + size);
  OPENSSL_free(buffer);
  return out;
}

// CMS_verify makes its own copy of a memory BIO and leaks it when it cannot set up the digest; one
// behind a filter it takes as it is.
BioPtr ContentBio(ByteView content) {
  BioPtr filter(BIO_new(BIO_f_null()));
  BioPtr memory = ReadBio(content);
  if (filter == nullptr || memory == nullptr) return nullptr;
  BIO_push(filter.get(), memory.release());
  return filter;
}

}  // namespace

Result<VerifiedCms> VerifyDetachedCms(ByteView cms, ByteView content, const Certificate& root,
                                      UnixSeconds time) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (cms.size() > kMaxCmsSize || content.size() > kMaxContentSize) {
    return Error(ErrorCode::kLimitExceeded, "a CMS message has at most 64 KiB");
  }
  ErrorQueueScope errors;
  FLORIN_TRY(const CmsPtr info, ReadCms(cms));
  FLORIN_TRY(std::vector<Certificate> certificates, CertificatesOf(info.get()));
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(info.get());
  const BioPtr data = ContentBio(content);
  if (signers == nullptr || sk_CMS_SignerInfo_num(signers) != 1 || data == nullptr) {
    return NotACms();
  }
  // The chain is judged by VerifyChain, with our clock; here only signature and digest.
  if (CMS_verify(info.get(), nullptr, nullptr, data.get(), nullptr,
                 CMS_NO_SIGNER_CERT_VERIFY | CMS_DETACHED | CMS_BINARY) != 1) {
    return Error(ErrorCode::kVerificationFailed, "the CMS signature does not match");
  }
  CMS_SignerInfo* signer_info = sk_CMS_SignerInfo_value(signers, 0);
  X509* signer_x509 = nullptr;
  CMS_SignerInfo_get0_algs(signer_info, nullptr, &signer_x509, nullptr, nullptr);
  if (signer_x509 == nullptr) return NotACms();
  FLORIN_TRY(Certificate signer, CertificateFromX509(signer_x509));
  FLORIN_CHECK_OK(VerifyChain(signer, certificates, root, time));
  return VerifiedCms{std::move(signer), std::move(certificates), SigningTimeOf(signer_info)};
}

Result<Bytes> SignDetachedCms(ByteView content, const Certificate& signer, const EcPrivateKey& key,
                              std::span<const Certificate> intermediates,
                              const CmsSigningOptions& options) {
  FLORIN_TRY(const EcPublicKey expected, signer.EcKey());
  if (!expected.SameAs(key.public_key())) {
    return Error(ErrorCode::kInvalidArgument, "the key is not the signer certificate's");
  }
  ErrorQueueScope errors;
  const Error refused(ErrorCode::kInternal, "OpenSSL refused to sign a CMS message");
  constexpr unsigned int kFlags =
      CMS_PARTIAL | CMS_DETACHED | CMS_BINARY | CMS_NOSMIMECAP | CMS_NOCERTS;
  const CmsPtr cms(
      CMS_sign_ex(nullptr, nullptr, nullptr, nullptr, kFlags, Evp()->context, nullptr));
  EVP_PKEY* pkey = EcKeyAccess::Of(key).Pkey();
  const BioPtr data = ReadBio(content);
  if (cms == nullptr || pkey == nullptr || data == nullptr) return refused;
  CMS_SignerInfo* info = CMS_add1_signer(cms.get(), CertificateAccess::X509Of(signer), pkey,
                                         Evp()->md(Hash::kSha256), kFlags);
  if (info == nullptr || !AddAttributes(info, options.signing_time)) return refused;
  if (options.include_certificates) {
    if (CMS_add1_cert(cms.get(), CertificateAccess::X509Of(signer)) != 1) return refused;
    for (const Certificate& certificate : intermediates) {
      if (CMS_add1_cert(cms.get(), CertificateAccess::X509Of(certificate)) != 1) return refused;
    }
  }
  if (CMS_final(cms.get(), data.get(), nullptr, CMS_DETACHED | CMS_BINARY) != 1) return refused;
  return Encode(cms.get(), options.encoding);
}

}  // namespace florin::primitives
