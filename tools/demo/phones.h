// Phones: cards in wallets, paying. Makes the tokens that the principals process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "florin/base/pan.h"
#include "florin/payload/wallet_simulator.h"
#include "tools/demo/principals.h"

namespace florin::demo {

// Safe for many threads once set up.
class Phones {
 public:
  // Provisions `cards` test cards with the token service. The keys that personalised the phones
  // live in a token of their own and may only generate.
  static Result<std::unique_ptr<Phones>> SetUp(const PrincipalContext& context,
                                               const payload::WalletSimulator& wallet,
                                               TokenService& token_service, std::size_t cards,
                                               const SecretBytes& domain_master_key,
                                               const SecretBytes& issuer_master_key);

  // Payment `number`: even ones of type 3DSecure, odd ones of type EMV.
  Result<std::string> Pay(std::size_t number, ByteView merchant_public_point,
                          UnixSeconds signing_time);

  // The card behind payment `number`, to check what the token service finds.
  const Pan& CardOf(std::size_t number) const { return cards_[number % cards_.size()]; }

 private:
  explicit Phones(const payload::WalletSimulator& wallet) : wallet_(wallet) {}
  Result<payload::WalletPayment> MakePayment(std::size_t number);

  const payload::WalletSimulator& wallet_;
  std::unique_ptr<HsmToken> token_;
  std::vector<Pan> cards_;
  std::vector<Pan> device_account_numbers_;
};

}  // namespace florin::demo
