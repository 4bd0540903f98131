// Google Pay: verify and decrypt, JSON bytes to typed payment, against OpenSSL as users write it
// and as it is tuned by hand.
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/entries.h"
#include "bench/naive_google_pay.h"
#include "bench/simulator_token.h"
#include "bench/tuned_openssl.h"
#include "crypto/base/json.h"
#include "crypto/payload/google_pay_kdf.h"
#include "crypto/payload/google_signature.h"
#include "crypto/primitives/ec.h"
#include "florin/base/base64.h"
#include "florin/hsm/key_templates.h"
#include "florin/hsm/soft_session.h"
#include "florin/payload/google_pay.h"
#include "florin/payload/google_wallet_simulator.h"

namespace florin::bench {
namespace {

using payload::GoogleProtocol;

constexpr const char* kRecipient = "merchant:florin-bench";
constexpr std::size_t kTokens = 64;

// Lets the same tokens be opened again and again; the rivals have no guard at all.
class OpenReplayGuard final : public payload::ReplayGuard {
 public:
  Status Claim(ByteView, UnixSeconds) override { return OkStatus(); }
};

// A token whose JSON and base64 somebody read before the clock ran.
struct DecodedToken {
  Bytes signed_bytes;
  Bytes signature;
  Bytes encrypted_message;
  Bytes point;
  Bytes tag;
};

struct Setup {
  std::unique_ptr<hsm::SoftToken> token;
  std::unique_ptr<hsm::Session> session;
  OpenReplayGuard replay_guard;
  std::unique_ptr<FixedClock> clock;
  std::unique_ptr<payload::GoogleRootKeys> root_keys;
  std::unique_ptr<payload::GooglePay> google_pay;
  std::unique_ptr<NaiveGooglePay> naive;
  std::unique_ptr<primitives::EcPrivateKey> key;
  std::unique_ptr<TunedOpenssl> tuned;
  std::vector<std::string> tokens;
  std::vector<DecodedToken> decoded;
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

Bytes Copy(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// What the message's signature covers: each part behind its length in 4 bytes, little-endian.
Bytes SignedBytes(const payload::GoogleToken& token) {
  Bytes bytes;
  for (const std::string_view part :
       {std::string_view(payload::kGooglePaySender), std::string_view(kRecipient),
        std::string_view("ECv2"), token.signed_message}) {
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(part.size() >> static_cast<unsigned>(shift)));
    }
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  return bytes;
}

Status Decode(Setup& setup, const std::string& json) {
  FLORIN_TRY(JsonParser parser, JsonParser::Create(payload::GoogleTokenLimits(16384)));
  FLORIN_TRY(JsonParser inner, JsonParser::Create(payload::GoogleTokenLimits(16384)));
  Bytes scratch(json.size());
  payload::DecodedFields fields(scratch);
  payload::GoogleTokenStage stage{};
  FLORIN_TRY(const payload::GoogleToken token,
             payload::ReadGoogleToken(parser, AsBytes(json), fields, stage));
  FLORIN_TRY(const auto signed_key, payload::ReadGoogleSignedKey(inner, token.signed_key));
  if (setup.tuned == nullptr) {
    const unsigned char* spki = signed_key.spki.data();
    PkeyPtr signer(d2i_PUBKEY(nullptr, &spki, static_cast<long>(signed_key.spki_size)));
    FLORIN_TRY(setup.tuned,
               TunedOpenssl::Create(setup.key->scalar().Read(SecretAccess{}), std::move(signer)));
  }
  FLORIN_TRY(const payload::GoogleSealed sealed,
             payload::ReadGoogleSealed(inner, token.signed_message, fields));
  setup.decoded.push_back({SignedBytes(token), Copy(token.signature),
                           Copy(sealed.encrypted_message), Copy(sealed.ephemeral_point),
                           Copy(sealed.tag)});
  return OkStatus();
}

Status MakeTokens(Setup& setup, const payload::GoogleWalletSimulator& google,
                  const payload::GoogleRecipientId& recipient, ByteView public_point) {
  for (std::size_t i = 0; i < kTokens; ++i) {
    payload::GooglePayMessage message;
    FLORIN_TRY(message.credential.pan, Pan::Parse("4895370012003478"));
    message.credential.expiry = {2030, 12, 0};
    message.credential.valid_until = UnixSeconds{setup.clock->Now().value + 3600};
    FLORIN_TRY(SecretBytes cryptogram, SecretBytes::Create(20));
    message.credential.cryptogram = payload::ThreeDSecureData{std::move(cryptogram), "05"};
    message.auth_method = payload::GooglePayAuthMethod::kCryptogram3ds;
    message.assurance = payload::GooglePayAssurance{true, true};
    FLORIN_TRY(std::string token,
               google.MakeToken(message, GoogleProtocol::kEcV2, recipient, public_point));
    FLORIN_CHECK_OK(Decode(setup, token));
    setup.tokens.push_back(std::move(token));
  }
  return OkStatus();
}

Result<std::shared_ptr<Setup>> MakeSetup() {
  auto setup = std::make_shared<Setup>();
  setup->clock = std::make_unique<FixedClock>(SystemClock().Now());
  FLORIN_TRY(const auto google, payload::GoogleWalletSimulator::Create(setup->clock->Now()));
  FLORIN_TRY(const Bytes private_key_der, NewPrivateKeyDer());
  FLORIN_TRY(primitives::EcPrivateKey key, primitives::EcPrivateKey::FromDer(private_key_der));
  FLORIN_TRY(hsm::SoftToken token, hsm::SoftToken::Create());
  setup->token = std::make_unique<hsm::SoftToken>(std::move(token));
  FLORIN_TRY(setup->session, setup->token->OpenSession());
  FLORIN_TRY(const hsm::KeyPairTemplate pair, hsm::PaymentProcessingKeyPair("google"));
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle handle,
             setup->session->Import(pair.private_key, key.scalar()));
  FLORIN_TRY(const auto live_key,
             payload::GooglePayKey::Create(*pair.private_key.name, key.public_key().point()));
  FLORIN_TRY(setup->root_keys, payload::GoogleRootKeys::Pinned(AsBytes(google.root_keys_json())));
  FLORIN_TRY(const auto recipient, payload::GoogleRecipientId::Parse(kRecipient));
  payload::GooglePayOptions options;
  options.recipients = {recipient};
  options.root_keys = setup->root_keys.get();
  options.clock = setup->clock.get();
  options.replay_guard = &setup->replay_guard;
  FLORIN_TRY(auto google_pay, payload::GooglePay::Create({live_key}, std::move(options)));
  setup->google_pay = std::make_unique<payload::GooglePay>(std::move(google_pay));
  setup->naive =
      std::make_unique<NaiveGooglePay>(private_key_der, google.root_keys_json(), kRecipient);
  setup->key = std::make_unique<primitives::EcPrivateKey>(std::move(key));
  FLORIN_CHECK_OK(MakeTokens(*setup, google, recipient, setup->key->public_key().point()));
  return setup;
}

// Digest, signature, ECDH, HKDF, HMAC, CTR: nothing parsed, checked twice or kept in a session.
Status OpenByHand(TunedOpenssl& tuned, const DecodedToken& token, Bytes& plaintext) {
  TunedOpenssl::Block digest, z, tag;
  FLORIN_CHECK_OK(tuned.Sha256({token.signed_bytes}, digest));
  FLORIN_CHECK_OK(tuned.Verify(digest, token.signature));
  FLORIN_CHECK_OK(tuned.Agree(token.point, z));
  std::array<std::uint8_t, 64> keys;
  FLORIN_CHECK_OK(tuned.Hkdf({token.point, z}, AsBytes(payload::kGooglePayInfo), keys));
  FLORIN_CHECK_OK(tuned.HmacSha256(ByteView(keys).last(32), {token.encrypted_message}, tag));
  if (CRYPTO_memcmp(tag.data(), token.tag.data(), tag.size()) != 0) return Failed("a wrong tag");
  plaintext.resize(token.encrypted_message.size());
  return tuned.Ctr(ByteView(keys).first(32), payload::kGooglePayCounter, token.encrypted_message,
                   plaintext);
}

Work OpenOn(const std::shared_ptr<Setup>& setup, hsm::Session& session) {
  return [setup, &session](std::size_t iterations) -> Status {
    for (std::size_t i = 0; i < iterations; ++i) {
      FLORIN_TRY(const auto payment,
                 setup->google_pay->Open(session, AsBytes(setup->tokens[i % kTokens])));
      if (payment.credential.pan.size() != 16) {
        return Error(ErrorCode::kInternal, "the payment has no PAN");
      }
    }
    return OkStatus();
  };
}

// The same private key in Florin's module.
Status OpenModule(Setup& setup) {
  FLORIN_TRY(setup.module, SimulatorToken::Get());
  FLORIN_TRY(setup.module_session, setup.module->OpenSession());
  FLORIN_TRY(hsm::KeyPairTemplate pair, hsm::PaymentProcessingKeyPair("google"));
  pair.private_key.persistent = false;
  FLORIN_CHECK_OK(setup.module_session->Import(pair.private_key, setup.key->scalar()));
  return OkStatus();
}

}  // namespace

Result<Entries> GooglePayEntries() {
  FLORIN_TRY(const std::shared_ptr<Setup> setup, MakeSetup());
  Entries entries;
  entries.contests.push_back(
      {.name = "google_pay/verify_and_decrypt",
       .ours_name = "florin, soft session, ECv2, intermediate key cached",
       .rival_name = "OpenSSL EVP",
       .ours = OpenOn(setup, *setup->session),
       .rival = [setup](std::size_t iterations) -> Status {
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_TRY(const std::size_t length, setup->naive->Open(setup->tokens[i % kTokens]));
           if (length != 16) return Error(ErrorCode::kInternal, "the rival's payment has no PAN");
         }
         return OkStatus();
       },
       .bound = Bound{Bound::Kind::kAtLeastTimesFaster, 2.5}});
  entries.contests.push_back(
      {.name = "google_pay/tuned",
       .ours_name = "florin, soft session, ECv2, intermediate key cached",
       .rival_name = "OpenSSL tuned by hand, parsing not counted",
       .ours = OpenOn(setup, *setup->session),
       .rival = [setup](std::size_t iterations) -> Status {
         Bytes plaintext;
         for (std::size_t i = 0; i < iterations; ++i) {
           FLORIN_CHECK_OK(OpenByHand(*setup->tuned, setup->decoded[i % kTokens], plaintext));
           if (plaintext.front() != '{') return Error(ErrorCode::kInternal, "no payment");
         }
         return OkStatus();
       },
       .bound = Bound{Bound::Kind::kAtMostTimesSlower, 1.12}});
  FLORIN_CHECK_OK(OpenModule(*setup));
  entries.contests.push_back({.name = "google_pay/module",
                              .ours_name = "florin, its own PKCS#11 module",
                              .rival_name = "florin, soft session",
                              .ours = OpenOn(setup, *setup->module_session),
                              .rival = OpenOn(setup, *setup->session),
                              .bound = Bound{Bound::Kind::kAtMostMoreNs, 5'000}});
  return entries;
}

}  // namespace florin::bench
