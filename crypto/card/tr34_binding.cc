#include "crypto/card/tr34_binding.h"

#include "crypto/card/tr34_token.h"
#include "crypto/primitives/hash.h"

namespace florin::card {

Status CheckTr34Time(const primitives::Certificate& certificate, UnixSeconds now) {
  if (now < certificate.not_before() || now > certificate.not_after()) {
    return Error(ErrorCode::kExpired, "a TR-34 certificate is not valid at this time");
  }
  return OkStatus();
}

Status CheckTr34KeyUsage(const primitives::Certificate& certificate, Tr34Role role) {
  return certificate.CheckKeyUsage(role == Tr34Role::kKdh ? primitives::KeyUsage::kDigitalSignature
                                                          : primitives::KeyUsage::kKeyEncipherment);
}

Result<Tr34AuthorityId> Tr34AuthorityIdOf(ByteView certificate) {
  FLORIN_TRY(const auto authority, primitives::Certificate::FromDer(certificate));
  Tr34AuthorityId id{};
  FLORIN_CHECK_OK(primitives::Digest(Hash::kSha256, authority.spki(), id));
  return id;
}

Result<Tr34Authorities> Tr34Authorities::Create(primitives::Certificate kdh,
                                                primitives::Certificate krd) {
  if (SameBytes(kdh.spki(), krd.spki())) {
    return Error(ErrorCode::kInvalidArgument,
                 "the authorities of KDHs and KRDs must differ, or a KRD could act as a KDH");
  }
  return Tr34Authorities(std::move(kdh), std::move(krd));
}

Status Tr34Authorities::CheckValid(UnixSeconds now) const {
  FLORIN_CHECK_OK(CheckTr34Time(kdh_, now));
  return CheckTr34Time(krd_, now);
}

Result<Tr34Binding> Tr34Binding::Bind(const Tr34Authorities& authorities, Tr34Role role,
                                      primitives::Certificate certificate, UnixSeconds now) {
  return Bind(authorities.Of(role), role, std::move(certificate), now);
}

Result<Tr34Binding> Tr34Binding::Bind(const primitives::Certificate& authority, Tr34Role role,
                                      primitives::Certificate certificate, UnixSeconds now) {
  if (!SameBytes(certificate.issuer(), authority.subject())) {
    return Error(ErrorCode::kVerificationFailed,
                 "the certificate is not of the authority for this role of TR-34");
  }
  FLORIN_CHECK_OK(primitives::VerifyChain(certificate, {}, authority, now));
  FLORIN_CHECK_OK(CheckTr34KeyUsage(certificate, role));
  auto key = primitives::RsaPublicKey::FromSpki(certificate.spki());
  if (!key.ok()) {
    return Error(ErrorCode::kUnsupported, "TR-34 certificates have RSA keys of 2048 to 4096 bits");
  }
  FLORIN_TRY(Bytes id, IssuerAndSerialOf(certificate));
  return Tr34Binding(role, std::move(certificate), std::move(key).value(), std::move(id));
}

Status Tr34Binding::CheckValid(UnixSeconds now) const { return CheckTr34Time(certificate_, now); }

Status Tr34Binding::ExpectRole(Tr34Role role) const {
  if (role_ == role) return OkStatus();
  return Error(ErrorCode::kPermissionDenied, "a TR-34 credential is used in the other role");
}

}  // namespace florin::card
