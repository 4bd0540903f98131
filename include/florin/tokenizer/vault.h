// Vault: keeps card numbers, hands out tokens. The same PAN and domain give the same token; a
// token leads back to its PAN only through the keys of the vault's key ring.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/pan.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/hsm/session.h"

#pragma GCC visibility push(default)

namespace florin::tokenizer {

// A payment token: PAN-shaped digits inside a token BIN range. Not secret, not a PAN.
class Token {
 public:
  static constexpr std::size_t kMinLength = 12;
  static constexpr std::size_t kMaxLength = 19;

  // 12..19 digits; kMalformed otherwise. Whether it exists is the vault's to say.
  static Result<Token> Parse(std::string_view digits);

  std::string_view digits() const { return {digits_, length_}; }
  friend bool operator==(const Token& a, const Token& b) { return a.digits() == b.digits(); }

 private:
  Token() = default;
  char digits_[kMaxLength] = {};
  std::uint8_t length_ = 0;
};

// A token domain: whose tokens these are, and what they look like. Stored with the vault.
struct TokenDomain {
  std::uint32_t id = 0;           // 1.. ; the token requestor or merchant group
  std::string token_bin;          // 6..8 digits assigned to tokens, never to cards
  std::size_t token_length = 16;  // digits, 12..19, Luhn check digit included
};

struct VaultOptions {
  std::string directory;                 // see `create`
  std::uint64_t max_bytes = 1ULL << 32;  // ceiling of the LMDB map
  const Clock* clock = &SystemClock();
  RandomSource* random = &SystemRandom();
  Observer* observer = &NullObserver();

  // Make the vault where there is none, its directory with mode 0700. Set it to false once the
  // vault is there: a disk that is not mounted is then an error and not a second, empty vault.
  bool create = true;
};

struct TokenizeItem {
  const Pan* pan = nullptr;
  Result<Token> token = Error(ErrorCode::kNotInitialized, "this item was not run");
};

struct DetokenizeItem {
  Token token;
  Result<Pan> pan = Error(ErrorCode::kNotInitialized, "this item was not run");
};

// Safe for many threads and for several processes on one directory. Durable on return: when
// Tokenize has answered, no crash loses the token. What many threads tokenise at once shares a
// commit. A vault opened before a fork refuses to work in the child (kStorage): open it there.
class Vault {
 public:
  // Opens the vault, or creates it. `session` and `ring_key` (an AES key of usage D0 that may
  // encrypt and decrypt) open the sealed key ring, once; the session is not kept. kCorrupted or
  // kVerificationFailed where the ring was sealed under another key; kNotFound
  // where there is no vault and options.create is false; kStorage, kResourceExhausted, kUnsupported
  // (built without the embedded store), and the session's errors. A new ring is opened once before
  // it is stored, so a key that may not decrypt leaves no vault behind.
  static Result<std::unique_ptr<Vault>> Open(VaultOptions options, hsm::Session& session,
                                             const hsm::KeyRef& ring_key);
  virtual ~Vault() = default;

  // Registers a domain, or confirms it. kConflict where the id is registered otherwise, the BIN
  // range overlaps another domain's, or a PAN in the vault lies in it. A new domain has every
  // record opened, while nobody can write: register domains before the vault is large.
  virtual Status RegisterDomain(const TokenDomain& domain) = 0;

  // The token of `pan` in `domain_id`: the one it has, or a new one. kNotFound (domain),
  // kInvalidArgument (the PAN lies in a token BIN), kResourceExhausted (range or map full),
  // kStorage.
  virtual Result<Token> Tokenize(const Pan& pan, std::uint32_t domain_id) = 0;

  // The PAN behind `token`. kNotFound (domain, or the domain has no such token), kCorrupted. A
  // token of another domain is answered like one that nobody has; only the observer hears of
  // kPermissionDenied.
  virtual Result<Pan> Detokenize(const Token& token, std::uint32_t domain_id) = 0;

  // The same for many, at most 65,536: one durable commit for all new tokens. Fails as a whole only
  // when nothing was run: kNotFound (domain), kLimitExceeded.
  virtual Status TokenizeBatch(std::uint32_t domain_id, std::span<TokenizeItem> items) = 0;
  virtual Status DetokenizeBatch(std::uint32_t domain_id, std::span<DetokenizeItem> items) = 0;
};

}  // namespace florin::tokenizer

#pragma GCC visibility pop
