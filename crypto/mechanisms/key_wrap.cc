// AES key wrap (RFC 3394).
#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

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
    if (wrapped.size() % 8 != 0 || wrapped.size() < kMinKeyLength + primitives::kKeyWrapOverhead ||
        wrapped.size() > kMaxKeyLength + primitives::kKeyWrapOverhead) {
      return Error(ErrorCode::kMalformed, "AES key wrap: a wrapped key cannot have this length");
    }
    FLORIN_TRY(const auto* cipher, unwrapping.schedules().Cipher());
    FLORIN_TRY(auto material, SecretBytes::Create(wrapped.size() - primitives::kKeyWrapOverhead));
    FLORIN_CHECK_OK(primitives::AesKeyUnwrap(*cipher, wrapped, material.Write(SecretAccess{})));
    return material;
  }
};

}  // namespace

const Implementation& AesKeyWrapImplementation() { return Forever<KeyWrap>(); }

}  // namespace florin::mechanisms
