#include "crypto/payload/apple_pay_seal.h"

#include "crypto/payload/apple_pay_unwrap.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/secret.h"

namespace florin::payload {
namespace {

using primitives::EcPrivateKey;
using primitives::EcPublicKey;
using primitives::RsaPublicKey;

Result<Bytes> Seal(ByteView key, ByteView plaintext) {
  Bytes sealed(plaintext.size() + kApplePayTagSize);
  const MutableBytes out(sealed);
  FLORIN_CHECK_OK(primitives::AesGcmSealOnce(
      key, kApplePayIv, {}, plaintext, out.first(plaintext.size()), out.last(kApplePayTagSize)));
  return sealed;
}

Result<SealedApplePayData> SealByAgreement(ByteView plaintext, const EcPublicKey& merchant,
                                           const ApplePaySharedInfo& shared_info,
                                           RandomSource& random) {
  FLORIN_TRY(const EcPrivateKey ephemeral, EcPrivateKey::Generate(Curve::kP256, random));
  SecretArray<32> z;
  FLORIN_CHECK_OK(primitives::Ecdh(ephemeral, merchant.point(), z.Write(SecretAccess{})));
  SecretArray<32> key;
  FLORIN_CHECK_OK(primitives::OneStepKdf(Hash::kSha256, z.Read(SecretAccess{}),
                                         ByteView(shared_info), key.Write(SecretAccess{})));
  SealedApplePayData sealed;
  sealed.version = ApplePayVersion::kEcV1;
  sealed.key.resize(primitives::SpkiSize(Curve::kP256));
  FLORIN_CHECK_OK(ephemeral.public_key().ToSpki(sealed.key));
  FLORIN_TRY(sealed.data, Seal(key.Read(SecretAccess{}), plaintext));
  return sealed;
}

Result<SealedApplePayData> SealByTransport(ByteView plaintext, const RsaPublicKey& merchant,
                                           RandomSource& random) {
  SecretArray<16> key;
  FLORIN_CHECK_OK(random.Fill(key.Write(SecretAccess{})));
  SealedApplePayData sealed;
  sealed.version = ApplePayVersion::kRsaV1;
  sealed.key.resize(merchant.modulus_size());
  FLORIN_CHECK_OK(merchant.EncryptOaep(Hash::kSha256, key.Read(SecretAccess{}), sealed.key));
  FLORIN_TRY(sealed.data, Seal(key.Read(SecretAccess{}), plaintext));
  return sealed;
}

Result<RsaPublicKey> ReadRsaKey(ByteView public_key_info) {
  FLORIN_TRY(RsaPublicKey key, RsaPublicKey::FromSpki(public_key_info));
  if (key.modulus_size() != kApplePayWrappedKeySize) {
    return Error(ErrorCode::kUnsupported, "the RSA key has not 2048 bits; RSA_v1 needs that");
  }
  return key;
}

Status CheckCurve(const EcPublicKey& key) {
  if (key.curve() == Curve::kP256) return OkStatus();
  return Error(ErrorCode::kUnsupported, "the merchant key is not on P-256; EC_v1 needs that");
}

}  // namespace

Result<Bytes> ApplePayPublicKeyInfo(ByteView public_key) {
  if (public_key.size() != primitives::PointSize(Curve::kP256)) {
    return Bytes(public_key.begin(), public_key.end());
  }
  FLORIN_TRY(const auto key, EcPublicKey::FromPoint(Curve::kP256, public_key));
  Bytes info(primitives::SpkiSize(Curve::kP256));
  FLORIN_CHECK_OK(key.ToSpki(info));
  return info;
}

Result<ApplePayVersion> ApplePayVersionOf(ByteView public_key_info) {
  if (const auto ec = EcPublicKey::FromSpki(public_key_info); ec.ok()) {
    FLORIN_CHECK_OK(CheckCurve(*ec));
    return ApplePayVersion::kEcV1;
  }
  FLORIN_CHECK_OK(ReadRsaKey(public_key_info));
  return ApplePayVersion::kRsaV1;
}

Result<SealedApplePayData> SealApplePayData(ByteView plaintext, ByteView public_key_info,
                                            const ApplePaySharedInfo& shared_info,
                                            RandomSource& random) {
  if (const auto ec = EcPublicKey::FromSpki(public_key_info); ec.ok()) {
    FLORIN_CHECK_OK(CheckCurve(*ec));
    return SealByAgreement(plaintext, *ec, shared_info, random);
  }
  FLORIN_TRY(const RsaPublicKey rsa, ReadRsaKey(public_key_info));
  return SealByTransport(plaintext, rsa, random);
}

}  // namespace florin::payload
