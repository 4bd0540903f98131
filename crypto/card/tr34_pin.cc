#include "crypto/card/tr34_pin.h"

#include "crypto/base/ber_reader.h"
#include "crypto/card/tr34_token.h"

namespace florin::card {
namespace {

constexpr char kKeyUsage[] = "2.5.29.15";
constexpr std::uint8_t kDigitalSignature = 0x80;  // RFC 5280 4.2.1.3
constexpr std::uint8_t kKeyEncipherment = 0x20;

Status CheckTime(const primitives::Certificate& certificate, UnixSeconds now) {
  if (now < certificate.not_before() || now > certificate.not_after()) {
    return Error(ErrorCode::kExpired, "a TR-34 certificate is not valid at this time");
  }
  return OkStatus();
}

Status CheckKeyUsage(const primitives::Certificate& certificate, Tr34Role role) {
  const Error wrong(ErrorCode::kVerificationFailed,
                    "the key usage of the certificate does not serve this role of TR-34");
  const auto extension = certificate.Extension(kKeyUsage);
  if (!extension.ok()) return wrong;
  BerReader reader(*extension, BerRules::kDer);
  const auto bits = reader.Read(asn1::kBitString);
  if (!bits.ok() || bits->content.size() < 2) return wrong;
  const std::uint8_t needed = role == Tr34Role::kKdh ? kDigitalSignature : kKeyEncipherment;
  return (bits->content[1] & needed) != 0 ? OkStatus() : Status(wrong);
}

}  // namespace

Result<Tr34Authorities> Tr34Authorities::Create(primitives::Certificate kdh,
                                                primitives::Certificate krd) {
  if (SameBytes(kdh.spki(), krd.spki())) {
    return Error(ErrorCode::kInvalidArgument,
                 "the authorities of KDHs and KRDs must differ, or a KRD could act as a KDH");
  }
  return Tr34Authorities(std::move(kdh), std::move(krd));
}

Result<Tr34Pin> Tr34Pin::Bind(const Tr34Authorities& authorities, Tr34Role role,
                              primitives::Certificate certificate, UnixSeconds now) {
  const primitives::Certificate& authority = authorities.Of(role);
  if (!SameBytes(certificate.issuer(), authority.subject())) {
    return Error(ErrorCode::kVerificationFailed,
                 "the certificate is not of the authority for this role of TR-34");
  }
  FLORIN_CHECK_OK(certificate.CheckSignedBy(authority));
  FLORIN_CHECK_OK(CheckKeyUsage(certificate, role));
  FLORIN_CHECK_OK(CheckTime(authority, now));
  FLORIN_CHECK_OK(CheckTime(certificate, now));
  auto key = primitives::RsaPublicKey::FromSpki(certificate.spki());
  if (!key.ok()) {
    return Error(ErrorCode::kUnsupported, "TR-34 certificates have RSA keys of 2048 to 4096 bits");
  }
  FLORIN_TRY(Bytes id, IssuerAndSerialOf(certificate));
  return Tr34Pin(role, std::move(certificate), std::move(key).value(), std::move(id));
}

Status Tr34Pin::CheckValid(UnixSeconds now) const { return CheckTime(certificate_, now); }

Status Tr34Pin::ExpectRole(Tr34Role role) const {
  if (role_ == role) return OkStatus();
  return Error(ErrorCode::kPermissionDenied, "a TR-34 credential is used in the other role");
}

}  // namespace florin::card
