// Apple Pay: verify and decrypt, JSON bytes to typed payment, against OpenSSL as users write it and
// as it is tuned by hand.
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/entries.h"
#include "bench/naive_apple_pay.h"
#include "bench/simulator_token.h"
#include "bench/tuned_openssl.h"
#include "crypto/base/json.h"
#include "crypto/payload/apple_pay_kdf.h"
#include "crypto/payload/apple_pay_token.h"
#include "crypto/payload/cms_signed_data.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/hash.h"
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

// A token whose JSON, base64 and CMS somebody read before the clock ran.
struct DecodedToken {
  Bytes content;
  std::array<std::uint8_t, 32> attributes_digest{};
  Bytes signature;
  Bytes point;
  Bytes data;
};

struct Setup {
  std::unique_ptr<hsm::SoftToken> token;
  std::unique_ptr<hsm::Session> session;
  OpenReplayGuard replay_guard;
  std::unique_ptr<FixedClock> clock;
  std::unique_ptr<payload::ApplePay> apple_pay;
  std::unique_ptr<NaiveApplePay> naive;
  std::vector<std::string> tokens;
  std::vector<DecodedToken> decoded;
  std::unique_ptr<primitives::EcPrivateKey> key;
  std::unique_ptr<TunedOpenssl> tuned;
  Bytes kdf_suffix;
  std::optional<JsonParser> parser;
  Bytes scratch;
  std::shared_ptr<SimulatorToken> module;
  std::unique_ptr<hsm::Session> module_session;
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

constexpr std::size_t kMaxToken = 16384;

Status Decode(Setup& setup, const std::string& json) {
  payload::TokenStage stage{};
  FLORIN_TRY(const payload::ApplePayToken token,
             payload::ReadApplePayToken(*setup.parser, AsBytes(json), setup.scratch, stage));
  payload::CmsSignedData message;
  payload::CmsStage cms_stage{};
  FLORIN_CHECK_OK(message.Read(token.signature, cms_stage));
  DecodedToken decoded;
  for (const ByteView part : {token.key, token.data, ByteView(token.transaction_id)}) {
    decoded.content.insert(decoded.content.end(), part.begin(), part.end());
  }
  FLORIN_CHECK_OK(message.SignedAttributesDigest(decoded.attributes_digest));
  decoded.signature.assign(message.signature().begin(), message.signature().end());
  decoded.point.assign(token.key.end() - 65, token.key.end());
  decoded.data.assign(token.data.begin(), token.data.end());
  setup.decoded.push_back(std::move(decoded));
  if (setup.tuned != nullptr) return OkStatus();
  const unsigned char* der = message.leaf().data();
  const std::unique_ptr<X509, Deleter<X509, X509_free>> leaf(
      d2i_X509(nullptr, &der, static_cast<long>(message.leaf().size())));
  FLORIN_TRY(setup.tuned, TunedOpenssl::Create(setup.key->scalar().Read(SecretAccess{}),
                                               PkeyPtr(X509_get_pubkey(leaf.get()))));
  return OkStatus();
}

// Digest of the content, signature, ECDH, KDF, GCM: the chain is cached, nothing is parsed.
Status OpenByHand(const Setup& setup, const DecodedToken& token, Bytes& plaintext) {
  constexpr std::uint8_t kCounter[] = {0, 0, 0, 1};
  TunedOpenssl& tuned = *setup.tuned;
  TunedOpenssl::Block digest, z, key;
  FLORIN_CHECK_OK(tuned.Sha256({token.content}, digest));
  FLORIN_CHECK_OK(tuned.Verify(token.attributes_digest, token.signature));
  FLORIN_CHECK_OK(tuned.Agree(token.point, z));
  FLORIN_CHECK_OK(tuned.Sha256({kCounter, z, setup.kdf_suffix}, key));
  plaintext.resize(token.data.size() - payload::kApplePayTagSize);
  return tuned.OpenGcm(key, payload::kApplePayIv, token.data, plaintext);
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
    FLORIN_CHECK_OK(Decode(setup, token));
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
  FLORIN_TRY(setup->parser, JsonParser::Create(payload::ApplePayTokenLimits(kMaxToken)));
  setup->scratch.resize(kMaxToken);
  std::array<std::uint8_t, 32> merchant;
  FLORIN_CHECK_OK(
      primitives::Digest(Hash::kSha256, AsBytes(std::string_view(kMerchant)), merchant));
  const auto shared_info = payload::MakeApplePaySharedInfo(merchant);
  setup->kdf_suffix.assign(shared_info.begin(), shared_info.end());
  setup->key = std::make_unique<primitives::EcPrivateKey>(std::move(key));
  FLORIN_CHECK_OK(MakeTokens(*setup, wallet, setup->key->public_key().point()));
  return setup;
}

// The same private key in Florin's module.
Status OpenModule(Setup& setup) {
  FLORIN_TRY(setup.module, SimulatorToken::Get());
  FLORIN_TRY(setup.module_session, setup.module->OpenSession());
  FLORIN_TRY(hsm::KeyPairTemplate pair, hsm::PaymentProcessingKeyPair("merchant"));
  pair.private_key.persistent = false;
  FLORIN_CHECK_OK(setup.module_session->Import(pair.private_key, setup.key->scalar()));
  return OkStatus();
}

Work OpenOn(const std::shared_ptr<Setup>& setup, hsm::Session& session) {
  return [setup, &session](std::size_t iterations) -> Status {
    for (std::size_t i = 0; i < iterations; ++i) {
      FLORIN_TRY(payload::ApplePayPayment payment,
                 setup->apple_pay->Open(session, AsBytes(setup->tokens[i % kTokens])));
      if (payment.credential.pan.size() != 16) {
        return Error(ErrorCode::kInternal, "the payment has no PAN");
      }
    }
    return OkStatus();
  };
}

Contest AgainstTuned(const std::shared_ptr<Setup>& setup) {
  return {.name = "apple_pay/tuned",
          .ours_name = "florin, soft session, chain cached",
          .rival_name = "OpenSSL tuned by hand, chain cached, parsing not counted",
          .ours = OpenOn(setup, *setup->session),
          .rival = [setup](std::size_t iterations) -> Status {
            Bytes plaintext;
            for (std::size_t i = 0; i < iterations; ++i) {
              FLORIN_CHECK_OK(OpenByHand(*setup, setup->decoded[i % kTokens], plaintext));
              if (plaintext.front() != '{') return Error(ErrorCode::kInternal, "no payment");
            }
            return OkStatus();
          },
          .bound = Bound{Bound::Kind::kAtMostTimesSlower, 1.12}};
}

Contest Reading(const std::shared_ptr<Setup>& setup) {
  return {.name = "apple_pay/json_and_base64",
          .ours_name = "florin, strict, every field decoded",
          .rival_name = "a copy of the same bytes",
          .ours = [setup](std::size_t iterations) -> Status {
            for (std::size_t i = 0; i < iterations; ++i) {
              payload::TokenStage stage{};
              FLORIN_CHECK_OK(payload::ReadApplePayToken(
                  *setup->parser, AsBytes(setup->tokens[i % kTokens]), setup->scratch, stage));
            }
            return OkStatus();
          },
          .rival = [setup](std::size_t iterations) -> Status {
            for (std::size_t i = 0; i < iterations; ++i) {
              const std::string& token = setup->tokens[i % kTokens];
              std::copy(token.begin(), token.end(), setup->scratch.begin());
              if (setup->scratch.front() != '{') return Error(ErrorCode::kInternal, "no token");
            }
            return OkStatus();
          },
          .bound = Bound{Bound::Kind::kAtMostMoreNs, 2'000}};
}

}  // namespace

Result<Entries> PayloadEntries() {
  FLORIN_TRY(std::shared_ptr<Setup> setup, MakeSetup());
  Entries entries;
  entries.contests.push_back(
      {.name = "apple_pay/verify_and_decrypt",
       .ours_name = "florin, soft session, chain cached",
       .rival_name = "OpenSSL EVP and CMS_verify",
       .ours = OpenOn(setup, *setup->session),
       .rival = [setup](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_TRY(std::size_t pan_length, setup->naive->Open(setup->tokens[i % kTokens]));
           if (pan_length != 16) {
             return Error(ErrorCode::kInternal, "the rival's payment has no PAN");
           }
         }
         return OkStatus();
       },
       .bound = Bound{Bound::Kind::kAtLeastTimesFaster, 11}});
  entries.contests.push_back(AgainstTuned(setup));
  entries.contests.push_back(Reading(setup));
  FLORIN_CHECK_OK(OpenModule(*setup));
  entries.contests.push_back({.name = "apple_pay/module",
                              .ours_name = "florin, its own PKCS#11 module",
                              .rival_name = "florin, soft session",
                              .ours = OpenOn(setup, *setup->module_session),
                              .rival = OpenOn(setup, *setup->session),
                              .bound = Bound{Bound::Kind::kAtMostMoreNs, 5'000}});
  return entries;
}

}  // namespace florin::bench
