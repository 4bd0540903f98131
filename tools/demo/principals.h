// The three principals of a wallet payment. Each has a token, keys and a vault of its own, and sees
// only what the one before hands over.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/payload/apple_pay.h"
#include "florin/payload/wallet_simulator.h"
#include "florin/tokenizer/vault.h"
#include "tools/demo/chip_data.h"
#include "tools/demo/hsm_token.h"

namespace florin::demo {

struct PrincipalContext {
  std::shared_ptr<pkcs11::Module> module;
  std::string directory;
  const Clock* clock = nullptr;
  Observer* observer = nullptr;
};

// The payment service provider: opens wallet tokens and keeps the device account numbers in its
// vault. Safe for many threads.
class Psp {
 public:
  static Result<std::unique_ptr<Psp>> SetUp(const PrincipalContext& context,
                                            const payload::WalletSimulator& wallet);

  static constexpr const char* kMerchantIdentifier = "merchant.com.example.florin";
  ByteView merchant_public_point() const { return public_point_; }

  // Opens tokens under the root of the wallet simulator.
  Result<payload::ApplePayPayment> VerifyAndDecrypt(ByteView token_json);

  // Opens one published token: `private_key` is imported, the signing time is the present.
  Result<payload::ApplePayPayment> OpenPublished(ByteView token_json, ByteView merchant_certificate,
                                                 const SecretBytes& private_key,
                                                 UnixSeconds signing_time);

  Result<tokenizer::Token> Tokenize(const Pan& device_account_number);

 private:
  Psp() = default;
  std::unique_ptr<HsmToken> token_;
  std::array<std::uint8_t, 65> public_point_{};
  std::unique_ptr<payload::ReplayGuard> replay_guard_;
  std::unique_ptr<payload::ApplePay> apple_pay_;
  std::unique_ptr<tokenizer::Vault> vault_;
};

// The token service: knows which card stands behind a device account number, and tells it only for
// a payment whose cryptogram it has verified. Safe for many threads.
class TokenService {
 public:
  // Master keys, 16 bytes each, shared with the phones' personalisation: one for the online
  // cryptograms of this token domain, one of the issuer for EMV.
  static Result<std::unique_ptr<TokenService>> SetUp(const PrincipalContext& context,
                                                     const SecretBytes& domain_master_key,
                                                     const SecretBytes& issuer_master_key);

  // Gives a card a device account number; the same card, the same number.
  Result<tokenizer::Token> Provision(const Pan& card);

  // Detokenises with verification (EMVCo Payment Tokenisation 8.4): kVerificationFailed where the
  // cryptogram of the payment is not right.
  Result<Pan> Detokenize(const payload::PaymentCredential& payment);

 private:
  TokenService() = default;
  std::unique_ptr<HsmToken> token_;
  std::unique_ptr<tokenizer::Vault> vault_;
};

// The issuer: verifies the ARQC of EMV payments and answers with an ARPC. Safe for many threads.
class Issuer {
 public:
  static Result<std::unique_ptr<Issuer>> SetUp(const PrincipalContext& context,
                                               const SecretBytes& master_key);

  // Verifies the ARQC; returns the ARPC (method 2, 4 bytes) for an approval.
  Result<std::array<std::uint8_t, 4>> Authorize(const payload::PaymentCredential& payment);

 private:
  Issuer() = default;
  std::unique_ptr<HsmToken> token_;
};

}  // namespace florin::demo
