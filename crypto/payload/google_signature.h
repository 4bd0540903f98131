// Who signed a message of Google: root key, intermediate key, message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "crypto/base/json.h"
#include "crypto/payload/google_root_key_set.h"
#include "crypto/payload/google_token.h"
#include "crypto/payload/signer_chain_cache.h"

namespace florin::payload {

// The sender is signed with every message, so that those of one purpose are none of another.
inline constexpr std::string_view kGooglePaySender = "Google";
inline constexpr std::string_view kGoogleWalletSender = "GooglePayPasses";

using GoogleDigest = std::array<std::uint8_t, 32>;

// SHA-256 of what is signed: each text after its length, 4 bytes little-endian.
Status GoogleMessageDigest(const GoogleToken& token, std::string_view sender,
                           std::string_view recipient, GoogleDigest& digest);
Status GoogleIntermediateDigest(const GoogleToken& token, std::string_view sender,
                                GoogleDigest& digest);

// What an operator is told: the stage in hand when verifying stopped.
struct GoogleSignatureStage {
  static constexpr char kRootKeys[] = "root_keys";
  static constexpr char kIntermediate[] = "intermediate.signature";
  static constexpr char kIntermediateKey[] = "intermediate.key";
  static constexpr char kIntermediateExpiry[] = "intermediate.expiry";
  static constexpr char kMessage[] = "signature";
};

// Verifies messages of one sender and remembers the intermediate keys that roots stood behind. Safe
// for many threads, without a shared lock but where a key is new.
class GoogleSignatures {
 public:
  explicit GoogleSignatures(std::string_view sender) : sender_(sender) {}

  // Any live root key of the token's version, any of its signatures and any of `recipients` may
  // match; returns which recipient did. `parser` reads the intermediate key. On an error `stage`
  // says where. kVerificationFailed, kExpired, kMalformed.
  Result<std::size_t> Verify(const GoogleToken& token, const GoogleRootKeySet& roots,
                             std::span<const std::string_view> recipients, UnixSeconds now,
                             JsonParser& parser, const char*& stage);

 private:
  Result<SignerChain> VerifyIntermediate(const GoogleToken& token, const GoogleRootKeySet& roots,
                                         UnixSeconds now, JsonParser& parser, const char*& stage);
  Result<std::size_t> VerifyByRoot(const GoogleToken& token, const GoogleRootKeySet& roots,
                                   std::span<const std::string_view> recipients,
                                   UnixSeconds now) const;
  // The recipient of a message that `key` signed, or the number of recipients.
  Result<std::size_t> FindRecipient(const GoogleToken& token, const primitives::EcPublicKey& key,
                                    std::span<const std::string_view> recipients) const;

  std::string sender_;
  SignerChainCache intermediates_;
};

}  // namespace florin::payload
