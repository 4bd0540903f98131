#include "crypto/mechanisms/key_schedules.h"

#include "crypto/mechanisms/registry.h"
#include "crypto/primitives/des_keys.h"
#include "crypto/primitives/rsa_der.h"
#include "crypto/primitives/tdes.h"

namespace florin::mechanisms {
namespace {

Error NoRsaKey() {
  return {ErrorCode::kInvalidArgument, "RSA key: the numbers do not make one key"};
}

// OpenSSL reads numbers that do not belong together; what is signed with them can betray a prime.
Result<primitives::RsaPrivateKey> PrivateRsa(ByteView der) {
  FLORIN_TRY(const auto numbers, primitives::ParseRsaPrivateKey(der));
  FLORIN_CHECK_OK(primitives::CheckRsaNumbers(numbers));
  return primitives::RsaPrivateKey::FromDer(der);
}

}  // namespace

Result<std::unique_ptr<const KeySchedules>> KeySchedules::Create(const KeyRules& rules,
                                                                 SecretBytes material) {
  // Here, so that a kernel that cannot be had is told with the first key and not by some mechanism.
  FLORIN_CHECK_OK(MechanismsReady());
  std::unique_ptr<KeySchedules> made(new KeySchedules(rules.type, std::move(material)));
  const ByteView bytes = made->material_.Read(SecretAccess{});
  switch (rules.type) {
    case KeyType::kDes3: FLORIN_CHECK_OK(primitives::CheckDesKey(bytes)); break;
    case KeyType::kEcPrivate: {
      FLORIN_TRY(made->curve_private_, primitives::CurvePrivateKey::FromBytes(rules.curve, bytes));
      const auto* ec = made->curve_private_->ec();
      if (ec != nullptr) made->ec_public_ = ec->public_key();
      break;
    }
    case KeyType::kEcPublic: FLORIN_CHECK_OK(made->TakePublicKey(rules.curve)); break;
    case KeyType::kRsaPrivate: {
      auto key = PrivateRsa(bytes);
      if (!key.ok()) return NoRsaKey();
      FLORIN_TRY(made->rsa_public_, key->PublicKey());
      made->rsa_private_ = std::move(key).value();
      break;
    }
    case KeyType::kRsaPublic: {
      auto key = primitives::RsaPublicKey::FromSpki(bytes);
      if (!key.ok()) return NoRsaKey();
      made->rsa_public_ = std::move(key).value();
      break;
    }
    case KeyType::kAes:
    case KeyType::kHmac:
    case KeyType::kGenericSecret:
    case KeyType::kChaCha20: break;
  }
  return std::unique_ptr<const KeySchedules>(std::move(made));
}

Status KeySchedules::TakePublicKey(Curve curve) {
  const ByteView bytes = material_.Read(SecretAccess{});
  Status status = OkStatus();
  if (IsWeierstrass(curve)) {
    auto point = primitives::EcPublicKey::FromPoint(curve, bytes);
    status = point.ok() ? OkStatus() : Status(point.error());
    if (point.ok()) ec_public_ = std::move(point).value();
  } else {
    status = primitives::CheckPublicKey(curve, bytes);
  }
  if (status.ok()) return status;
  return Error(ErrorCode::kInvalidArgument, "EC public key: the point is not on the curve");
}

Result<const primitives::KeyedCipher*> KeySchedules::Cipher() const {
  FLORIN_INVARIANT(type_ == KeyType::kAes || type_ == KeyType::kDes3);
  return cipher_.Get([this] {
    const ByteView bytes = material_.Read(SecretAccess{});
    return type_ == KeyType::kAes ? primitives::AesCipher(bytes) : primitives::TdesCipher(bytes);
  });
}

Result<const kernels::AesGcmKey*> KeySchedules::Gcm() const {
  FLORIN_INVARIANT(type_ == KeyType::kAes);
  return gcm_.Get([this] { return kernels::AesGcmKey::Create(material_.Read(SecretAccess{})); });
}

Result<const primitives::AesCmacKey*> KeySchedules::Cmac() const {
  FLORIN_INVARIANT(type_ == KeyType::kAes);
  return cmac_.Get(
      [this] { return primitives::AesCmacKey::Create(material_.Read(SecretAccess{})); });
}

Result<const primitives::HmacKey*> KeySchedules::Hmac(Hash hash) const {
  FLORIN_INVARIANT(type_ == KeyType::kHmac);
  return hmac_[static_cast<std::size_t>(hash)].Get(
      [this, hash] { return primitives::HmacKey::Create(hash, material_.Read(SecretAccess{})); });
}

Result<const primitives::HmacKey*> KeySchedules::HmacSha1() const {
  FLORIN_INVARIANT(type_ == KeyType::kHmac);
  return hmac_sha1_.Get(
      [this] { return primitives::HmacKey::CreateSha1(material_.Read(SecretAccess{})); });
}

Result<const primitives::CbcMacKey*> KeySchedules::CbcMac() const {
  FLORIN_INVARIANT(type_ == KeyType::kDes3);
  return cbc_mac_.Get(
      [this] { return primitives::CbcMacKey::Create(material_.Read(SecretAccess{})); });
}

Result<const primitives::RetailMacKey*> KeySchedules::RetailMac() const {
  FLORIN_INVARIANT(type_ == KeyType::kDes3);
  return retail_mac_.Get(
      [this] { return primitives::RetailMacKey::Create(material_.Read(SecretAccess{})); });
}

Result<const primitives::TdesCmacKey*> KeySchedules::TdesCmac() const {
  FLORIN_INVARIANT(type_ == KeyType::kDes3);
  return tdes_cmac_.Get(
      [this] { return primitives::TdesCmacKey::Create(material_.Read(SecretAccess{})); });
}

Result<const card::TdesBdk*> KeySchedules::TdesBdk() const {
  FLORIN_INVARIANT(type_ == KeyType::kDes3);
  return tdes_bdk_.Get([this] { return card::TdesBdk::Create(material_.Read(SecretAccess{})); });
}

Result<const card::AesBdk*> KeySchedules::AesBdk() const {
  FLORIN_INVARIANT(type_ == KeyType::kAes);
  return aes_bdk_.Get([this] { return card::AesBdk::Create(material_.Read(SecretAccess{})); });
}

const primitives::CurvePrivateKey& KeySchedules::CurvePrivate() const {
  FLORIN_INVARIANT(curve_private_.has_value());
  return *curve_private_;
}

ByteView KeySchedules::CurvePublic() const {
  if (curve_private_.has_value()) return curve_private_->public_key();
  FLORIN_INVARIANT(type_ == KeyType::kEcPublic);
  return material_.Read(SecretAccess{});
}

const primitives::EcPrivateKey& KeySchedules::EcPrivate() const {
  const auto* key = CurvePrivate().ec();
  FLORIN_INVARIANT(key != nullptr);
  return *key;
}

const primitives::EcPublicKey& KeySchedules::EcPublic() const {
  FLORIN_INVARIANT(ec_public_.has_value());
  return *ec_public_;
}

const primitives::RsaPrivateKey& KeySchedules::RsaPrivate() const {
  FLORIN_INVARIANT(rsa_private_.has_value());
  return *rsa_private_;
}

const primitives::RsaPublicKey& KeySchedules::RsaPublic() const {
  FLORIN_INVARIANT(rsa_public_.has_value());
  return *rsa_public_;
}

}  // namespace florin::mechanisms
