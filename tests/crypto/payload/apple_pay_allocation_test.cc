// What one Open allocates once it has warmed up: the result, and nothing else of its own.
#include <gtest/gtest.h>

#include <array>

#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/primitives/hash.h"
#include "tests/crypto/payload/apple_pay_fixture.h"
#include "tests/support/allocation_counter.h"

namespace florin::payload {
namespace {

constexpr std::size_t kCalls = 10;  // of AllocationsOf
// The id of the credential and the device manufacturer's, which are longer than a std::string holds
// in place, or no string.
constexpr std::size_t kResult = 2;

// Lets the same token be opened again and again.
class OpenGuard final : public ReplayGuard {
 public:
  Status Claim(ByteView, UnixSeconds) override { return OkStatus(); }
};

class ApplePayAllocations : public ApplePayFixture {
 protected:
  void SetUp() override {
    SetUpWith(OpenSoft());
    ApplePayOptions options = Options(*pki_);
    options.replay_guard = &open_guard_;
    options.observer = &NullObserver();
    std::vector<ApplePayMerchantKey> keys;
    keys.push_back(
        ApplePayMerchantKey::FromMerchantIdentifier(name_, kForgeMerchant, point_).value());
    *apple_pay_ = std::move(ApplePay::Create(std::move(keys), options)).value();
  }

  static std::size_t VerificationAllocations() {
    const primitives::EcPrivateKey key = NewKey();
    const std::array<std::uint8_t, 32> digest{1};
    std::array<std::uint8_t, primitives::kMaxDerSignatureSize> signature;
    const auto size = primitives::EcdsaSignDer(key, digest, signature);
    EXPECT_TRUE(size.ok());
    return testing::AllocationsOf([&] {
      return primitives::EcdsaVerify(key.public_key(), digest, ByteView(signature).first(*size),
                                     primitives::SignatureForm::kDer)
          .ok();
    });
  }

  // Of the key agreement and the decryption, beneath the seam.
  std::size_t SessionAllocations() {
    const ForgedToken token = Encrypt(SamplePlaintext(), point_);
    const auto ephemeral = primitives::EcPublicKey::FromSpki(token.key);
    EXPECT_TRUE(ephemeral.ok());
    const std::string_view merchant = kForgeMerchant;
    std::array<std::uint8_t, 32> id_hash;
    EXPECT_TRUE(primitives::Digest(Hash::kSha256, AsBytes(merchant), id_hash).ok());
    const ApplePaySharedInfo info = MakeApplePaySharedInfo(id_hash);
    const ApplePayKeyDeriver deriver;
    return testing::AllocationsOf([&] {
      const auto private_key = session_->Resolve(name_);
      if (!private_key.ok()) return false;
      const auto key = deriver.Derive(*session_, *private_key, ephemeral->point(), info);
      auto plaintext = SecretBytes::Create(token.data.size() - kApplePayTagSize);
      const mechanisms::AesGcm gcm{kApplePayIv, {}, kApplePayTagSize};
      return key.ok() && plaintext.ok() &&
             session_->Decrypt(gcm, key->handle(), token.data, plaintext->Write(SecretAccess{}))
                 .ok();
    });
  }

  hsm::KeyRef name_ = hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "merchant").value();
  OpenGuard open_guard_;
};

TEST_F(ApplePayAllocations, NothingButTheResult) {
  const std::string json = ToJson(Good());
  const std::size_t whole = testing::AllocationsOf([&] { return Open(json).ok(); });
  EXPECT_EQ(whole, SessionAllocations() + VerificationAllocations() + kCalls * kResult);
}

TEST_F(ApplePayAllocations, NothingForWhatIsRefused) {
  ForgedToken token = Good();
  token.data[0] ^= 1U;
  const std::string json = ToJson(token);
  EXPECT_EQ(testing::AllocationsOf([&] { return !Open(json).ok(); }), 0U);
}

}  // namespace
}  // namespace florin::payload
