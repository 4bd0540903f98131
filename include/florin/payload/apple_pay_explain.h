// ExplainApplePay: what an Apple Pay token says and what would be checked, for people who debug an
// integration. It needs no key and decrypts nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"

#pragma GCC visibility push(default)

namespace florin::payload {

enum class CheckOutcome : std::uint8_t {
  kPassed,
  kFailed,
  kNotReached,  // what it needs failed before, or needs the merchant's private key
};

// One step of ApplePay::Open.
struct ApplePayCheck {
  std::string stage;  // as the observer of ApplePay hears it
  CheckOutcome outcome = CheckOutcome::kNotReached;
  std::string text;  // why it failed; else empty
};

struct ExplainedCertificate {
  std::string role;  // "leaf" or "intermediate"
  std::string common_name;
  std::string key;  // "P-256", "P-384", "RSA-2048", or "other"
  UnixSeconds not_before;
  UnixSeconds not_after;
};

// What could be read is there, in the order of the token; the rest is empty. Ciphertext and keys
// are told by their lengths.
struct ApplePayExplanation {
  std::string version;
  std::size_t data_bytes = 0;    // ciphertext and tag
  std::size_t key_bytes = 0;     // ephemeralPublicKey or wrappedKey
  std::string public_key_hash;   // hexadecimal: which merchant key opens it
  std::string transaction_id;    // hexadecimal
  std::string application_data;  // hexadecimal; empty where absent
  std::string signature_algorithm;
  std::optional<UnixSeconds> signing_time;
  std::vector<ExplainedCertificate> certificates;
  std::vector<ApplePayCheck> checks;

  // No check failed: the token is Apple's (or the given root's) and its time is right.
  bool verified() const;
};

struct ApplePayExplainOptions {
  std::vector<Bytes> trusted_roots = {};  // as ApplePayOptions has them
  UnixSeconds at;                         // the time to judge by
  std::int64_t window_seconds = 300;
};

// Reads and verifies as ApplePay::Open does, up to the point where the private key is needed, and
// goes on behind a failed check where that makes sense. kInvalidArgument, kMalformed: a root; a
// token never is an error.
Result<ApplePayExplanation> ExplainApplePay(ByteView token_json,
                                            const ApplePayExplainOptions& options);

}  // namespace florin::payload

#pragma GCC visibility pop
