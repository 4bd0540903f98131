// What one Open allocates once it has warmed up.
#include <gtest/gtest.h>

#include <array>

#include "crypto/payload/google_pay_kdf.h"
#include "tests/crypto/payload/google_fixture.h"
#include "tests/support/allocation_counter.h"

namespace florin::payload {
namespace {

// Lets the same token be opened again and again.
class OpenGuard final : public ReplayGuard {
 public:
  Status Claim(ByteView, UnixSeconds) override { return OkStatus(); }
};

class GooglePayAllocations : public GooglePayFixture {
 protected:
  void SetUp() override {
    SetUpWith(OpenSoft());
    UseOptions([this](GooglePayOptions& options) {
      options.replay_guard = &open_guard_;
      options.observer = &NullObserver();
    });
  }

  // Of one ECDSA signature, ten times.
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

  OpenGuard open_guard_;
};

// The keys of the session and OpenSSL's signature are allocated beneath; of its own, Open takes
// nothing (the ids of these messages fit where a std::string lies).
TEST_F(GooglePayAllocations, NothingOfItsOwn) {
  const std::string json = Good();
  const std::size_t whole = testing::AllocationsOf([&] { return Open(json).ok(); });

  GoogleSealedBytes sealed;
  {
    auto made = SealGooglePayMessage(AsBytes(GooglePlaintext("id")), NewKey(), shop_->point,
                                     GoogleProtocol::kEcV2);
    ASSERT_TRUE(made.ok());
    sealed = std::move(made).value();
  }
  const GooglePayOpener opener;
  const std::size_t session = testing::AllocationsOf([&] {
    const auto key = session_->Resolve(shop_->name);
    GooglePayStep step;
    return key.ok() &&
           opener.Open(*session_, *key, sealed.View(), GoogleProtocol::kEcV2, step).ok();
  });
  EXPECT_EQ(whole, session + VerificationAllocations());
}

// Two signatures were looked at: the message's is wrong, so its intermediate key is not kept.
TEST_F(GooglePayAllocations, NothingForWhatIsRefused) {
  ForgedGoogleToken forged = Draft();
  forged.recipient = "merchant:another";
  const std::string json = BuildGoogleToken(forged);
  const std::size_t counted = testing::AllocationsOf([&] { return !Open(json).ok(); });
  EXPECT_EQ(counted, 2 * VerificationAllocations());
}

}  // namespace
}  // namespace florin::payload
