#include "tools/demo/phones.h"

#include <utility>

#include "florin/base/random.h"
#include "florin/hsm/key_templates.h"

namespace florin::demo {
namespace {

constexpr const char* kThreeDSecureKey = "token-domain-imk-ac";
constexpr const char* kEmvKey = "issuer-imk-ac";

// 541333 is the test range of the networks' own test cards.
Result<Pan> MakeCard(std::size_t index) {
  std::string digits = "541333000" + std::to_string(100000 + index);
  FLORIN_TRY(char check_digit, LuhnCheckDigit(digits));
  digits.push_back(check_digit);
  return Pan::Parse(digits);
}

bool IsEmv(std::size_t number) { return number % 2 == 1; }

}  // namespace

Result<std::unique_ptr<Phones>> Phones::SetUp(const PrincipalContext& context,
                                              const payload::WalletSimulator& wallet,
                                              TokenService& token_service, std::size_t cards,
                                              const SecretBytes& domain_master_key,
                                              const SecretBytes& issuer_master_key) {
  auto phones = std::unique_ptr<Phones>(new Phones(wallet));
  FLORIN_TRY(phones->token_, HsmToken::Create(context.module, "florin-demo-phones"));
  FLORIN_TRY(hsm::SessionPool::Lease session, phones->token_->sessions().Acquire());
  FLORIN_TRY(hsm::KeyTemplate three_d_secure,
             hsm::IssuerMasterKey(kThreeDSecureKey, hsm::CryptogramSide::kCard));
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle first,
             session->Import(three_d_secure, domain_master_key));
  FLORIN_TRY(hsm::KeyTemplate emv, hsm::IssuerMasterKey(kEmvKey, hsm::CryptogramSide::kCard));
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle second, session->Import(emv, issuer_master_key));

  for (std::size_t i = 0; i < cards; ++i) {
    FLORIN_TRY(Pan card, MakeCard(i));
    FLORIN_TRY(tokenizer::Token token, token_service.Provision(card));
    FLORIN_TRY(Pan device_account_number, Pan::Parse(token.digits()));
    phones->cards_.push_back(std::move(card));
    phones->device_account_numbers_.push_back(std::move(device_account_number));
  }
  return phones;
}

Result<payload::WalletPayment> Phones::MakePayment(std::size_t number) {
  const Pan& pan = device_account_numbers_[number % device_account_numbers_.size()];
  ChipData chip;
  chip.amount = static_cast<std::int64_t>(100 + number % 9900);
  chip.currency_code = "978";
  chip.atc = static_cast<std::uint16_t>(1 + number / device_account_numbers_.size());
  FLORIN_CHECK_OK(SystemRandom().Fill(chip.unpredictable));

  FLORIN_CHECK_OK(token_->sessions().Run([&](hsm::Session& session) -> Status {
    FLORIN_TRY(hsm::KeyRef name, hsm::KeyRef::Create(hsm::KeyClass::kSecret,
                                                     IsEmv(number) ? kEmvKey : kThreeDSecureKey));
    FLORIN_TRY(hsm::KeyHandle key, session.Resolve(name));
    const mechanisms::EmvCryptogram mechanism{.card = {.pan = &pan, .psn = 0, .atc = chip.atc}};
    FLORIN_TRY(const CryptogramInput input, chip.Input());
    FLORIN_TRY([[maybe_unused]] std::size_t length,
               session.Sign(mechanism, key, input, chip.cryptogram));
    return OkStatus();
  }));

  payload::WalletPayment payment;
  payment.credential.pan = pan.Clone();
  payment.credential.expiry = {2030, 12, 31};
  payment.credential.amount = payload::Money{chip.currency_code, chip.amount};
  payment.device_manufacturer_id = {0x04, 0x00, 0x10, 0x03, 0x02, 0x73};
  if (IsEmv(number)) {
    FLORIN_TRY(SecretBytes tlv, chip.ToTlv());
    payment.credential.cryptogram = payload::EmvData{std::move(tlv)};
  } else {
    FLORIN_TRY(SecretBytes cryptogram, chip.ToOnlineCryptogram());
    payment.credential.cryptogram = payload::ThreeDSecureData{std::move(cryptogram), "5"};
  }
  return payment;
}

Result<std::string> Phones::Pay(std::size_t number, ByteView merchant_public_point,
                                UnixSeconds signing_time) {
  FLORIN_TRY(payload::WalletPayment payment, MakePayment(number));
  return wallet_.MakeToken(payment, Psp::kMerchantIdentifier, merchant_public_point, signing_time);
}

}  // namespace florin::demo
