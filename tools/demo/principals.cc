#include "tools/demo/principals.h"

#include <utility>
#include <vector>

#include "florin/hsm/key_templates.h"

namespace florin::demo {
namespace {

constexpr std::size_t kReplayCapacity = 1U << 20;
constexpr const char* kKeyRingKey = "vault-key-ring";
constexpr const char* kMerchantKey = "payment-processing";
constexpr const char* kIssuerKey = "issuer-imk-ac";
constexpr const char* kDomainKey = "token-domain-imk-ac";

// Token BINs of the demo lie under 9999, which ISO/IEC 7812 leaves to national bodies: no card
// network issues there.
constexpr std::uint32_t kMerchantDomain = 1;
constexpr const char* kMerchantTokenBin = "999910";
constexpr std::uint32_t kWalletDomain = 7;
constexpr const char* kDeviceBin = "999970";

// Card status update of an approval: EMV book 2 8.2.2, "issuer approves".
constexpr std::array<std::uint8_t, 4> kApproved = {0x00, 0x80, 0x00, 0x00};

Result<std::unique_ptr<tokenizer::Vault>> OpenVault(const PrincipalContext& context,
                                                    hsm::Session& session,
                                                    const std::string& directory,
                                                    const tokenizer::TokenDomain& domain) {
  FLORIN_TRY(hsm::KeyTemplate key, hsm::VaultKeyRingKey(kKeyRingKey));
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle handle, session.Generate(key));
  tokenizer::VaultOptions options;
  options.directory = directory;
  options.clock = context.clock;
  options.observer = context.observer;
  FLORIN_TRY(std::unique_ptr<tokenizer::Vault> vault,
             tokenizer::Vault::Open(options, session, *key.name));
  FLORIN_CHECK_OK(vault->RegisterDomain(domain));
  return vault;
}

Status ImportMasterKey(hsm::Session& session, const char* label, const SecretBytes& master_key) {
  FLORIN_TRY(hsm::KeyTemplate key, hsm::IssuerMasterKey(label, hsm::CryptogramSide::kIssuer));
  FLORIN_TRY([[maybe_unused]] hsm::KeyHandle handle, session.Import(key, master_key));
  return OkStatus();
}

Result<hsm::KeyHandle> ResolveMasterKey(hsm::Session& session, const char* label) {
  FLORIN_TRY(hsm::KeyRef name, hsm::KeyRef::Create(hsm::KeyClass::kSecret, label));
  return session.Resolve(name);
}

Status VerifyCryptogram(hsm::Session& session, const char* key_label, const Pan& pan,
                        const ChipData& chip) {
  FLORIN_TRY(hsm::KeyHandle key, ResolveMasterKey(session, key_label));
  FLORIN_TRY(const CryptogramInput input, chip.Input());
  const mechanisms::EmvCryptogram mechanism{.card = {.pan = &pan, .psn = 0, .atc = chip.atc}};
  return session.Verify(mechanism, key, input, chip.cryptogram);
}

}  // namespace

Result<std::unique_ptr<Psp>> Psp::SetUp(const PrincipalContext& context,
                                        const payload::WalletSimulator& wallet) {
  auto psp = std::unique_ptr<Psp>(new Psp());
  FLORIN_TRY(psp->token_, HsmToken::Create(context.module, "florin-demo-psp"));
  FLORIN_TRY(hsm::SessionPool::Lease session, psp->token_->sessions().Acquire());

  FLORIN_TRY(hsm::KeyPairTemplate pair, hsm::PaymentProcessingKeyPair(kMerchantKey));
  FLORIN_TRY(hsm::KeyPair keys, session->GeneratePair(pair));
  FLORIN_TRY([[maybe_unused]] std::size_t length,
             session->PublicPoint(keys.public_key, psp->public_point_));
  FLORIN_TRY(Bytes certificate,
             wallet.IssueMerchantCertificate(kMerchantIdentifier, psp->public_point_));
  FLORIN_TRY(payload::ApplePayMerchantKey merchant_key,
             payload::ApplePayMerchantKey::FromCertificate(*pair.private_key.name, certificate));

  psp->replay_guard_ = payload::MakeMemoryReplayGuard(kReplayCapacity, *context.clock);
  payload::ApplePayOptions options;
  options.trusted_roots.emplace_back(wallet.root_certificate().begin(),
                                     wallet.root_certificate().end());
  options.clock = context.clock;
  options.replay_guard = psp->replay_guard_.get();
  options.observer = context.observer;
  std::vector<payload::ApplePayMerchantKey> merchant_keys;
  merchant_keys.push_back(std::move(merchant_key));
  FLORIN_TRY(payload::ApplePay apple_pay,
             payload::ApplePay::Create(std::move(merchant_keys), std::move(options)));
  psp->apple_pay_ = std::make_unique<payload::ApplePay>(std::move(apple_pay));

  FLORIN_TRY(psp->vault_, OpenVault(context, *session, context.directory + "/psp-vault",
                                    {.id = kMerchantDomain, .token_bin = kMerchantTokenBin}));
  return psp;
}

Result<payload::ApplePayPayment> Psp::VerifyAndDecrypt(ByteView token_json) {
  return token_->sessions().Run(
      [&](hsm::Session& session) { return apple_pay_->Open(session, token_json); });
}

Result<payload::ApplePayPayment> Psp::OpenPublished(ByteView token_json,
                                                    ByteView merchant_certificate,
                                                    const SecretBytes& private_key,
                                                    UnixSeconds signing_time) {
  FLORIN_TRY(hsm::SessionPool::Lease session, token_->sessions().Acquire());
  FLORIN_TRY(hsm::KeyRef name, hsm::KeyRef::Create(hsm::KeyClass::kPrivate, "published"));
  FLORIN_TRY(hsm::KeyPairTemplate pair, hsm::PaymentProcessingKeyPair("published"));
  pair.private_key.persistent = false;
  FLORIN_TRY(hsm::KeyHandle handle, session->Import(pair.private_key, private_key));
  const hsm::ScopedKey imported(*session, handle);

  FLORIN_TRY(payload::ApplePayMerchantKey key,
             payload::ApplePayMerchantKey::FromCertificate(name, merchant_certificate));
  const FixedClock clock(signing_time);
  const auto replay_guard = payload::MakeMemoryReplayGuard(1, clock);
  payload::ApplePayOptions options;  // no roots named: Apple Root CA - G3
  options.clock = &clock;
  options.replay_guard = replay_guard.get();
  std::vector<payload::ApplePayMerchantKey> keys;
  keys.push_back(std::move(key));
  FLORIN_TRY(payload::ApplePay apple_pay,
             payload::ApplePay::Create(std::move(keys), std::move(options)));
  return apple_pay.Open(*session, token_json);
}

Result<tokenizer::Token> Psp::Tokenize(const Pan& device_account_number) {
  return vault_->Tokenize(device_account_number, kMerchantDomain);
}

Result<std::unique_ptr<TokenService>> TokenService::SetUp(const PrincipalContext& context,
                                                          const SecretBytes& domain_master_key,
                                                          const SecretBytes& issuer_master_key) {
  auto service = std::unique_ptr<TokenService>(new TokenService());
  FLORIN_TRY(service->token_, HsmToken::Create(context.module, "florin-demo-token-service"));
  FLORIN_TRY(hsm::SessionPool::Lease session, service->token_->sessions().Acquire());
  FLORIN_CHECK_OK(ImportMasterKey(*session, kDomainKey, domain_master_key));
  FLORIN_CHECK_OK(ImportMasterKey(*session, kIssuerKey, issuer_master_key));
  FLORIN_TRY(service->vault_,
             OpenVault(context, *session, context.directory + "/token-service-vault",
                       {.id = kWalletDomain, .token_bin = kDeviceBin}));
  return service;
}

Result<tokenizer::Token> TokenService::Provision(const Pan& card) {
  return vault_->Tokenize(card, kWalletDomain);
}

Result<Pan> TokenService::Detokenize(const payload::PaymentCredential& payment) {
  const bool is_emv = std::holds_alternative<payload::EmvData>(payment.cryptogram);
  FLORIN_TRY(ChipData chip,
             is_emv ? ChipData::FromTlv(payment) : ChipData::FromOnlineCryptogram(payment));
  FLORIN_CHECK_OK(token_->sessions().Run([&](hsm::Session& session) {
    return VerifyCryptogram(session, is_emv ? kIssuerKey : kDomainKey, payment.pan, chip);
  }));
  FLORIN_TRY(tokenizer::Token token, tokenizer::Token::Parse(payment.pan.Read(SecretAccess{})));
  return vault_->Detokenize(token, kWalletDomain);
}

Result<std::unique_ptr<Issuer>> Issuer::SetUp(const PrincipalContext& context,
                                              const SecretBytes& master_key) {
  auto issuer = std::unique_ptr<Issuer>(new Issuer());
  FLORIN_TRY(issuer->token_, HsmToken::Create(context.module, "florin-demo-issuer"));
  FLORIN_TRY(hsm::SessionPool::Lease session, issuer->token_->sessions().Acquire());
  FLORIN_CHECK_OK(ImportMasterKey(*session, kIssuerKey, master_key));
  return issuer;
}

Result<std::array<std::uint8_t, 4>> Issuer::Authorize(const payload::PaymentCredential& payment) {
  FLORIN_TRY(ChipData chip, ChipData::FromTlv(payment));
  return token_->sessions().Run([&](hsm::Session& session) -> Result<std::array<std::uint8_t, 4>> {
    FLORIN_TRY(hsm::KeyHandle key, ResolveMasterKey(session, kIssuerKey));
    FLORIN_TRY(const CryptogramInput input, chip.Input());
    const mechanisms::EmvVerifiedArpc mechanism{
        .arqc = chip.cryptogram,
        .arpc = {.card = {.pan = &payment.pan, .psn = 0, .atc = chip.atc}, .csu = kApproved}};
    std::array<std::uint8_t, 4> arpc{};
    FLORIN_TRY([[maybe_unused]] std::size_t length, session.Sign(mechanism, key, input, arpc));
    return arpc;
  });
}

}  // namespace florin::demo
