// AES key wrap (RFC 3394), under a key of the session and under one that ECDH gives.
#include "crypto/mechanisms/implementation.h"
#include "crypto/primitives/kdf.h"

namespace florin::mechanisms {
namespace {

Result<SecretBytes> UnwrapUnder(const primitives::KeyedCipher& cipher, ByteView wrapped) {
  if (wrapped.size() % 8 != 0 || wrapped.size() < kMinKeyLength + primitives::kKeyWrapOverhead ||
      wrapped.size() > kMaxKeyLength + primitives::kKeyWrapOverhead) {
    return Error(ErrorCode::kMalformed, "AES key wrap: a wrapped key cannot have this length");
  }
  FLORIN_TRY(auto material, SecretBytes::Create(wrapped.size() - primitives::kKeyWrapOverhead));
  FLORIN_CHECK_OK(primitives::AesKeyUnwrap(cipher, wrapped, material.Write(SecretAccess{})));
  return material;
}

class KeyWrap final : public Implementation {
 public:
  Status Check(Verb, const Mechanism&, const Key& key) const override {
    FLORIN_CHECK_OK(key.schedules().Cipher());
    return OkStatus();
  }

  Result<std::size_t> WrappedSize(const Mechanism&, const Key&, const Key& target) const override {
    const std::size_t material_length = target.rules().length;
    if (material_length % 8 != 0) {
      return Error(ErrorCode::kInvalidArgument,
                   "AES key wrap: the key's length must be a multiple of 8 bytes");
    }
    return material_length + primitives::kKeyWrapOverhead;
  }

  Result<std::size_t> Wrap(const Mechanism&, const Key& wrapping, const Key& target, RandomSource&,
                           MutableBytes out) const override {
    FLORIN_TRY(const auto* cipher, wrapping.schedules().Cipher());
    FLORIN_CHECK_OK(primitives::AesKeyWrap(*cipher, target.Material(SecretAccess{}), out));
    return out.size();
  }

  Result<SecretBytes> Unwrap(const Mechanism&, const Key& unwrapping, ByteView wrapped,
                             RandomSource&, KeyRules&) const override {
    FLORIN_TRY(const auto* cipher, unwrapping.schedules().Cipher());
    return UnwrapUnder(*cipher, wrapped);
  }
};

// RFC 7518 4.6.2: the wrapping key is there for one call and for nobody.
class EcdhKeyWrap final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    const auto& parameter = ParameterOf<EcdhAesKeyWrap>(mechanism);
    const std::size_t length = parameter.wrapping_key_length;
    if (length != 16 && length != 24 && length != 32) {
      return Error(ErrorCode::kInvalidArgument,
                   "ECDH key wrap: the wrapping key has 16, 24 or 32 bytes");
    }
    if (parameter.shared_info.size() > kMaxSharedInfo) {
      return Error(ErrorCode::kInvalidArgument, "ECDH: shared info may have at most 1024 bytes");
    }
    return OkStatus();
  }

  Result<SecretBytes> Unwrap(const Mechanism& mechanism, const Key& unwrapping, ByteView wrapped,
                             RandomSource&, KeyRules&) const override {
    const auto& parameter = ParameterOf<EcdhAesKeyWrap>(mechanism);
    const primitives::CurvePrivateKey& key = unwrapping.schedules().CurvePrivate();
    const CurveInfo& curve = InfoOf(key.curve());
    const std::size_t point_size = curve.public_size;
    if (wrapped.size() < point_size) {
      return Error(ErrorCode::kMalformed, "ECDH key wrap: no whole point before the wrapped key");
    }
    SecretArray<kMaxCurvePrivateSize> z_storage;
    const auto z = z_storage.Write(SecretAccess{}).first(curve.private_size);
    FLORIN_CHECK_OK(key.Agree(wrapped.first(point_size), z));
    SecretArray<32> storage;
    const auto wrapping_key = storage.Write(SecretAccess{}).first(parameter.wrapping_key_length);
    FLORIN_CHECK_OK(primitives::OneStepKdf(Hash::kSha256, z, parameter.shared_info, wrapping_key));
    FLORIN_TRY(const auto cipher, primitives::AesCipher(wrapping_key));
    return UnwrapUnder(cipher, wrapped.subspan(point_size));
  }
};

}  // namespace

const Implementation& AesKeyWrapImplementation() { return Forever<KeyWrap>(); }
const Implementation& EcdhAesKeyWrapImplementation() { return Forever<EcdhKeyWrap>(); }

}  // namespace florin::mechanisms
