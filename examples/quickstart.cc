// Opens an Apple Pay token and puts its card number into a vault. The phone is simulated; the keys
// are held in this process. With pkcs11::Module::Load(...) they are held by a token instead, and
// nothing below the first line changes.
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "florin/florin.h"

using namespace florin;

static Result<std::string> MakePhoneToken(const payload::WalletSimulator& phone, ByteView point) {
  payload::WalletPayment payment;
  FLORIN_TRY(payment.credential.pan, Pan::Parse("9999700000000001"));
  payment.credential.expiry = {2030, 12, 31};
  payment.credential.amount = payload::Money{"978", 1999};
  FLORIN_TRY(SecretBytes cryptogram, SecretBytes::Create(20));
  payment.credential.cryptogram = payload::ThreeDSecureData{std::move(cryptogram), "5"};
  return phone.MakeToken(payment, "merchant.com.example", point, SystemClock().Now());
}

static Result<std::string> Pay() {
  FLORIN_TRY(auto phone, payload::WalletSimulator::Create(SystemClock().Now()));
  FLORIN_TRY(auto token, hsm::SoftToken::Create());
  // [readme]
  FLORIN_TRY(auto session, token.OpenSession());  // or a PKCS#11 module's session
  FLORIN_TRY(auto keys, hsm::PaymentProcessingKeyPair("apple-pay"));
  FLORIN_TRY(auto pair, session->GeneratePair(keys));
  std::array<std::uint8_t, 65> point{};
  FLORIN_TRY([[maybe_unused]] auto length, session->PublicPoint(pair.public_key, point));

  FLORIN_TRY(auto key, payload::ApplePayMerchantKey::FromMerchantIdentifier(
                           *keys.private_key.name, "merchant.com.example", point));
  FLORIN_TRY(auto replays, tokenizer::OpenStoredReplayGuard({.directory = "quickstart.replays"}));
  payload::ApplePayOptions options{.replay_guard = replays.get()};
  options.trusted_roots = {
      Bytes(phone.root_certificate().begin(),
            phone.root_certificate().end())};  // leave this line out for Apple's own root
  FLORIN_TRY(auto apple_pay, payload::ApplePay::Create({key}, options));

  FLORIN_TRY(auto ring_key, hsm::VaultKeyRingKey("vault"));
  FLORIN_TRY([[maybe_unused]] auto ring_key_handle, session->Generate(ring_key));
  FLORIN_TRY(auto vault,
             tokenizer::Vault::Open({.directory = "quickstart.vault"}, *session, *ring_key.name));
  FLORIN_CHECK_OK(vault->RegisterDomain({.id = 1, .token_bin = "999910"}));

  FLORIN_TRY(auto token_json, MakePhoneToken(phone, point));
  FLORIN_TRY(auto payment, apple_pay.Open(*session, AsBytes(token_json)));
  FLORIN_TRY(auto card_token, vault->Tokenize(payment.credential.pan, 1));
  return payment.credential.pan.Masked() + " is now " + std::string(card_token.digits());
  // [readme]
}

int main() {
  const auto answer = Pay();
  std::filesystem::remove_all("quickstart.vault");  // its key went with the session
  std::filesystem::remove_all("quickstart.replays");
  std::puts(answer.ok() ? answer->c_str() : answer.error().message());
  return answer.ok() ? 0 : 1;
}
