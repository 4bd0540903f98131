// JWS (RFC 7515): JwsVerifier checks what a partner signed, JwsSigner signs, each by a profile.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/observer.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"
#include "florin/payload/jose_algorithms.h"
#include "florin/payload/jose_public_key.h"
#include "florin/payload/jwe.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// What the signatures of one partner may be, as data. What it does not name is refused.
struct JwsProfile {
  std::string name;                      // for operators
  std::vector<JwsAlgorithm> algorithms;  // the first is what a signer uses
  // Members of the header beside "alg". "crit" is always refused, and so is "b64" with it.
  std::vector<std::string> required_members = {};
  std::vector<std::string> optional_members = {"kid", "typ", "cty"};
  bool any_member = false;   // others are passed over (RFC 7515 4) instead of refused
  bool json = false;         // the JSON serializations (RFC 7515 7.2) are taken, too
  bool unprotected = false;  // parameters that no signature covers are taken, too (JSON only)
  std::vector<std::pair<std::string, std::string>> sent_members = {};  // what a signer adds
};

// A key that verifies: a partner's public key, or a secret one of HMAC in the session. Neither
// serves in the other's place, whatever "alg" says.
struct JwsKey {
  std::variant<JosePublicKey, hsm::KeyRef> key;
  // Verifies only what bears this "kid". Empty: whatever comes.
  std::string kid = {};
};

struct JwsOptions {
  Observer* observer = &NullObserver();
  std::size_t max_bytes = 64 * 1024;  // of the text; 256 bytes to 4 MiB
};

// What was verified.
struct JwsMessage {
  SecretBytes payload;  // empty where it is detached
  JwsAlgorithm algorithm = {};
  std::string kid;               // as received; empty where absent
  std::string protected_header;  // JSON as received; may be empty in JSON forms
  std::size_t key_index = 0;     // which of the keys verified
};

// Safe for many threads; each passes its own session.
class JwsVerifier {
 public:
  // 1 to 16 keys. kInvalidArgument: a profile without algorithms, a key that none of them can use.
  static Result<JwsVerifier> Create(JwsProfile profile, std::vector<JwsKey> keys,
                                    JwsOptions options = {});
  JwsVerifier(JwsVerifier&&) noexcept;
  JwsVerifier& operator=(JwsVerifier&&) noexcept;
  ~JwsVerifier();

  // Verifies a compact JWS, or one in JSON where the profile says so: of several signatures one by
  // a key that is given here must be right. Refusals are the one error kVerificationFailed; the
  // observer hears what was wrong. Errors of the session pass through.
  Result<JwsMessage> Verify(hsm::Session& session, std::string_view text) const;
  // With public keys only, which need no session. kInvalidArgument where a key is in one.
  Result<JwsMessage> Verify(std::string_view text) const;

  // The same where the text has no payload and the payload came by another way (RFC 7515
  // appendix F).
  Result<JwsMessage> VerifyDetached(hsm::Session& session, std::string_view text,
                                    ByteView payload) const;

 private:
  friend Result<struct NestedMessage> OpenNested(const Jwe& jwe, const JwsVerifier& verifier,
                                                 hsm::Session& session, std::string_view text);
  struct State;
  explicit JwsVerifier(std::unique_ptr<State> state);
  Result<JwsMessage> Run(hsm::Session* session, std::string_view text,
                         const std::optional<ByteView>& detached) const;
  std::unique_ptr<State> state_;
};

// Signs with the first algorithm of a profile and a key of the session: a private key, or for HS* a
// secret one. Safe for many threads.
class JwsSigner {
 public:
  // `kid`: written where it is not empty, and required where the profile requires it.
  static Result<JwsSigner> Create(JwsProfile profile, hsm::KeyRef key, std::string kid);
  JwsSigner(JwsSigner&&) noexcept;
  JwsSigner& operator=(JwsSigner&&) noexcept;
  ~JwsSigner();

  // The compact form. `payload`: at most 2 MiB.
  Result<std::string> Sign(hsm::Session& session, ByteView payload) const;

 private:
  struct State;
  explicit JwsSigner(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// A JWS inside a JWE, signed and then encrypted.
struct NestedMessage {
  JweMessage outer;  // without its plaintext
  JwsMessage inner;
};

// Opens and verifies in one call. The header of the JWE must say that it holds a JWS: "cty" is
// "JWT" or "JWS" (RFC 7519 5.2, RFC 7515 4.1.10). Errors as of Open and Verify, with one refusal
// for both.
Result<NestedMessage> OpenNested(const Jwe& jwe, const JwsVerifier& verifier, hsm::Session& session,
                                 std::string_view text);

// A JWE inside a JWS, encrypted and then signed: card data of Samsung Pay and Click to Pay.
struct SignedMessage {
  JwsMessage outer;  // without its payload
  JweMessage inner;
};

// Verifies and opens in one call: nothing is decrypted that a key of `verifier` did not sign.
// Errors as of Verify and Open, with one refusal for both.
Result<SignedMessage> OpenSigned(const JwsVerifier& verifier, const Jwe& jwe, hsm::Session& session,
                                 std::string_view text);

}  // namespace florin::payload

#pragma GCC visibility pop
