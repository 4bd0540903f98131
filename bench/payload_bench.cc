// Apple Pay: verify and decrypt, JSON bytes to typed payment, against OpenSSL as users write it.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/entries.h"
#include "bench/naive_apple_pay.h"
#include "crypto/primitives/ec.h"
#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/apple_pay.h"
#include "florin/payload/wallet_simulator.h"

namespace florin::bench {
namespace {

constexpr const char* kMerchant = "merchant.com.example.bench";
constexpr std::size_t kTokens = 64;

// Lets the same tokens be opened again and again; the rival has no guard at all.
class OpenReplayGuard final : public payload::ReplayGuard {
 public:
  Status Claim(ByteView, UnixSeconds) override { return OkStatus(); }
};

struct Setup {
  std::unique_ptr<hsm::SoftToken> token;
  std::unique_ptr<hsm::Session> session;
  OpenReplayGuard replay_guard;
  std::unique_ptr<FixedClock> clock;
  std::unique_ptr<payload::ApplePay> apple_pay;
  std::unique_ptr<NaiveApplePay> naive;
  std::vector<std::string> tokens;
};

Result<Bytes> NewPrivateKeyDer() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  unsigned char* out = nullptr;
  const int length = i2d_PrivateKey(key, &out);
  EVP_PKEY_free(key);
  if (length <= 0) return Error(ErrorCode::kInternal, "no key could be made for the benchmark");
  Bytes der(out, out + length);
  OPENSSL_free(out);
  return der;
}

Status MakeTokens(Setup& setup, const payload::WalletSimulator& wallet, ByteView public_point) {
  for (std::size_t i = 0; i < kTokens; ++i) {
    payload::WalletPayment payment;
    FLORIN_TRY(payment.credential.pan, Pan::Parse("9999700000000001"));
    payment.credential.expiry = {2030, 12, 31};
    payment.credential.amount = payload::Money{"978", 1999};
    payment.device_manufacturer_id = {0x04, 0x00, 0x10, 0x03, 0x02, 0x73};
    FLORIN_TRY(SecretBytes cryptogram, SecretBytes::Create(20));
    payment.credential.cryptogram = payload::ThreeDSecureData{std::move(cryptogram), "5"};
    FLORIN_TRY(std::string token,
               wallet.MakeToken(payment, kMerchant, public_point, setup.clock->Now()));
    setup.tokens.push_back(std::move(token));
  }
  return OkStatus();
}

Result<std::shared_ptr<Setup>> MakeSetup() {
  auto setup = std::make_shared<Setup>();
  setup->clock = std::make_unique<FixedClock>(SystemClock().Now());
  FLORIN_TRY(payload::WalletSimulator wallet,
             payload::WalletSimulator::Create(setup->clock->Now()));
  FLORIN_TRY(Bytes private_key_der, NewPrivateKeyDer());
  FLORIN_TRY(primitives::EcPrivateKey key, primitives::EcPrivateKey::FromDer(private_key_der));
  const ByteView point = key.public_key().point();

  FLORIN_TRY(hsm::SoftToken token, hsm::SoftToken::Create());
  setup->token = std::make_unique<hsm::SoftToken>(std::move(token));
  FLORIN_TRY(setup->session, setup->token->OpenSession());
  FLORIN_TRY(hsm::KeyPairTemplate pair, hsm::PaymentProcessingKeyPair("merchant"));
  const hsm::KeyTemplate& merchant_key = pair.private_key;
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle handle,
             setup->session->Import(merchant_key, key.scalar()));

  FLORIN_TRY(
      payload::ApplePayMerchantKey live_key,
      payload::ApplePayMerchantKey::FromMerchantIdentifier(*merchant_key.name, kMerchant, point));
  payload::ApplePayOptions options;
  options.trusted_roots.emplace_back(wallet.root_certificate().begin(),
                                     wallet.root_certificate().end());
  options.clock = setup->clock.get();
  options.replay_guard = &setup->replay_guard;
  std::vector<payload::ApplePayMerchantKey> live_keys;
  live_keys.push_back(std::move(live_key));
  FLORIN_TRY(payload::ApplePay apple_pay,
             payload::ApplePay::Create(std::move(live_keys), std::move(options)));
  setup->apple_pay = std::make_unique<payload::ApplePay>(std::move(apple_pay));
  setup->naive = std::make_unique<NaiveApplePay>(private_key_der, wallet.root_certificate(),
                                                 kMerchant, setup->clock->Now());
  FLORIN_CHECK_OK(MakeTokens(*setup, wallet, point));
  return setup;
}

}  // namespace

Result<Entries> PayloadEntries() {
  FLORIN_TRY(std::shared_ptr<Setup> setup, MakeSetup());
  Entries entries;
  entries.contests.push_back(
      {.name = "apple_pay/verify_and_decrypt",
       .ours_name = "florin, soft session, chain cached",
       .rival_name = "OpenSSL EVP and CMS_verify",
       .ours = [setup](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_TRY(payload::ApplePayPayment payment,
                      setup->apple_pay->Open(*setup->session, AsBytes(setup->tokens[i % kTokens])));
           if (payment.credential.pan.size() != 16) {
             return Error(ErrorCode::kInternal, "the payment has no PAN");
           }
         }
         return OkStatus();
       },
       .rival = [setup](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_TRY(std::size_t pan_length, setup->naive->Open(setup->tokens[i % kTokens]));
           if (pan_length != 16) {
             return Error(ErrorCode::kInternal, "the rival's payment has no PAN");
           }
         }
         return OkStatus();
       },
       .bound = Bound{Bound::Kind::kAtLeastTimesFaster, 8}});
  return entries;
}

}  // namespace florin::bench
