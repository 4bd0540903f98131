// AES-CMAC and TDES-CMAC (SP 800-38B) and HMAC (FIPS 198-1), cut to the length that the parameter
// says.
#include <array>
#include <utility>

#include "crypto/mechanisms/implementation.h"

namespace florin::mechanisms {
namespace {

// Forgery by chance at one in 2^32 (SP 800-107 5.3.3); card norms use no fewer than four bytes.
constexpr std::size_t kMinMacLength = 4;
constexpr std::size_t kMaxMacLength = 64;

Error BadMacLength() {
  return {ErrorCode::kInvalidArgument, "MAC: length must be 4 bytes to the whole MAC"};
}

Error Mismatch() { return {ErrorCode::kVerificationFailed, "the MAC does not match"}; }

// `Running` is the primitive's streaming MAC.
template <class Running>
class MacPieces final : public Stream {
 public:
  template <class Keyed>
  MacPieces(const Keyed& key, std::size_t mac_length) : running_(key), mac_length_(mac_length) {}

  std::size_t UpdateSize(std::size_t) const override { return 0; }
  std::size_t FinishSize() const override { return mac_length_; }

  Result<std::size_t> Update(ByteView input, MutableBytes) override {
    if constexpr (std::is_void_v<decltype(running_.Update(input))>) {
      running_.Update(input);
    } else {
      FLORIN_CHECK_OK(running_.Update(input));
    }
    return std::size_t{0};
  }
  Result<std::size_t> Finish(MutableBytes out) override {
    if (out.size() < mac_length_) return Error(ErrorCode::kBufferTooSmall, "no room for the MAC");
    FLORIN_CHECK_OK(running_.Finish(out.first(mac_length_)));
    return mac_length_;
  }
  Status FinishVerify(ByteView signature) override {
    SecretArray<kMaxMacLength> mac;
    const auto expected = mac.Write(SecretAccess{}).first(mac_length_);
    FLORIN_CHECK_OK(running_.Finish(expected));
    return ConstantTimeEqual(expected, signature) ? OkStatus() : Status(Mismatch());
  }

 private:
  Running running_;
  std::size_t mac_length_;
};

// `Traits` names the primitive's types and how the parameter selects key and length.
template <class Traits>
class Mac final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const std::size_t length = Traits::Length(mechanism);
    if (length < kMinMacLength || length > Traits::MaxLength(mechanism)) return BadMacLength();
    FLORIN_CHECK_OK(Traits::KeyOf(mechanism, key));
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    return Traits::Length(mechanism);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const std::size_t length = Traits::Length(mechanism);
    FLORIN_TRY(const auto* keyed, Traits::KeyOf(mechanism, key));
    FLORIN_CHECK_OK(keyed->Sign(input, out.first(length)));
    return length;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    FLORIN_TRY(const auto* keyed, Traits::KeyOf(mechanism, key));
    return keyed->Verify(input, signature, Traits::Length(mechanism));
  }

  Result<std::unique_ptr<Stream>> Start(Verb, const Mechanism& mechanism,
                                        const Key& key) const override {
    FLORIN_TRY(const auto* keyed, Traits::KeyOf(mechanism, key));
    return std::unique_ptr<Stream>(
        std::make_unique<MacPieces<typename Traits::Running>>(*keyed, Traits::Length(mechanism)));
  }
};

struct CmacTraits {
  using Running = primitives::CmacStream;
  static std::size_t MaxLength(const Mechanism&) { return primitives::kCmacSize; }
  static std::size_t Length(const Mechanism& mechanism) {
    return ParameterOf<AesCmac>(mechanism).mac_length;
  }
  static Result<const primitives::AesCmacKey*> KeyOf(const Mechanism&, const Key& key) {
    return key.schedules().Cmac();
  }
};

struct TdesCmacTraits {
  using Running = primitives::CmacStream;
  static std::size_t MaxLength(const Mechanism&) { return primitives::kTdesMacSize; }
  static std::size_t Length(const Mechanism& mechanism) {
    return ParameterOf<TdesCmac>(mechanism).mac_length;
  }
  static Result<const primitives::TdesCmacKey*> KeyOf(const Mechanism&, const Key& key) {
    return key.schedules().TdesCmac();
  }
};

struct HmacTraits {
  using Running = primitives::Hmac;
  static std::size_t MaxLength(const Mechanism& mechanism) {
    return HashSize(ParameterOf<Hmac>(mechanism).hash);
  }
  static std::size_t Length(const Mechanism& mechanism) {
    const std::size_t length = ParameterOf<Hmac>(mechanism).mac_length;
    return length == 0 ? MaxLength(mechanism) : length;
  }
  static Result<const primitives::HmacKey*> KeyOf(const Mechanism& mechanism, const Key& key) {
    const Hash hash = ParameterOf<Hmac>(mechanism).hash;
    FLORIN_CHECK_OK(CheckHmacHash(key, hash));
    return key.schedules().Hmac(hash);
  }
};

}  // namespace

const Implementation& AesCmacImplementation() { return Forever<Mac<CmacTraits>>(); }
const Implementation& TdesCmacImplementation() { return Forever<Mac<TdesCmacTraits>>(); }
const Implementation& HmacImplementation() { return Forever<Mac<HmacTraits>>(); }

}  // namespace florin::mechanisms
