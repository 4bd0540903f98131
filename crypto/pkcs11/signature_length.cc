#include "crypto/pkcs11/signature_length.h"

#include <algorithm>
#include <cstddef>
#include <variant>

#include "crypto/base/curve_table.h"

namespace florin::pkcs11 {
namespace {

constexpr std::size_t kCryptogramLength = 8;  // EMV book 2 8.1.2
constexpr std::size_t kMinRsaSignatureLength = 256;
constexpr std::size_t kMaxRsaSignatureLength = 512;

}  // namespace

std::size_t SignatureLength(const mechanisms::Mechanism& mechanism) {
  if (const auto* hmac = std::get_if<mechanisms::Hmac>(&mechanism)) {
    return hmac->mac_length == 0 ? HashSize(hmac->hash) : hmac->mac_length;
  }
  if (const auto* cmac = std::get_if<mechanisms::AesCmac>(&mechanism)) return cmac->mac_length;
  if (std::holds_alternative<mechanisms::EmvCryptogram>(mechanism)) return kCryptogramLength;
  if (const auto* mac = std::get_if<mechanisms::Iso9797Mac>(&mechanism)) return mac->mac_length;
  if (const auto* cmac = std::get_if<mechanisms::TdesCmac>(&mechanism)) return cmac->mac_length;
  if (const auto* mac = std::get_if<mechanisms::DukptMac>(&mechanism)) return mac->mac_length;
  if (const auto* mac = std::get_if<mechanisms::EmvScriptMac>(&mechanism)) return mac->mac_length;
  if (std::holds_alternative<mechanisms::Eddsa>(mechanism)) {
    return InfoOf(Curve::kEd25519).signature_size;
  }
  if (const auto* value = std::get_if<mechanisms::CardVerification>(&mechanism)) {
    return value->digits;
  }
  if (const auto* value = std::get_if<mechanisms::ThreeDsAuthentication>(&mechanism)) {
    return mechanisms::ThreeDsValueSize(value->kind);
  }
  return 0;
}

bool MayBeSignature(const mechanisms::Mechanism& mechanism, ByteView signature) {
  if (const std::size_t length = SignatureLength(mechanism); length != 0) {
    return signature.size() == length;
  }
  if (std::holds_alternative<mechanisms::Ecdsa>(mechanism)) {
    return std::any_of(kCurveTable.begin(), kCurveTable.end(), [&](const CurveInfo& row) {
      return row.form == CurveForm::kWeierstrass && row.signature_size == signature.size();
    });
  }
  if (std::holds_alternative<mechanisms::EmvAuthorization>(mechanism)) {
    return signature.size() == kCryptogramLength;
  }
  if (std::holds_alternative<mechanisms::RsaPkcs1>(mechanism) ||
      std::holds_alternative<mechanisms::RsaPss>(mechanism)) {
    return signature.size() >= kMinRsaSignatureLength && signature.size() <= kMaxRsaSignatureLength;
  }
  return !signature.empty();
}

}  // namespace florin::pkcs11
