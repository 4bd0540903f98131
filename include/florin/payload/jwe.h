// JWE (RFC 7516): Jwe opens what a partner encrypted, JweSender encrypts for a partner, each by the
// profile of that partner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/observer.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"
#include "florin/payload/jose_public_key.h"
#include "florin/payload/jwe_profile.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// A key that opens: private for RSA and ECDH, else secret. jwe_keys.h has templates.
struct JweKey {
  hsm::KeyRef key;
  // Opens only what bears this "kid". Empty: whatever comes.
  std::string kid = {};
};

struct JweOptions {
  Observer* observer = &NullObserver();
  std::size_t max_bytes = 64 * 1024;  // of the text; 256 bytes to 4 MiB
};

// What was opened. Whoever has the public key can have made it: a JWE proves no sender.
struct JweMessage {
  SecretBytes plaintext;
  JweAlgorithm algorithm = {};
  JweEncryption encryption = {};
  std::string kid;               // as received; empty where absent
  std::string content_type;      // "cty" as received; empty where absent
  std::string protected_header;  // JSON as received, for members of the partner's own; may be empty
  std::size_t key_index = 0;     // which of the keys opened it
};

// Safe for many threads; each passes its own session.
class Jwe {
 public:
  // 1 to 16 keys. kInvalidArgument: a profile without algorithms, with contradictions, or keys of a
  // class that its algorithms cannot use.
  static Result<Jwe> Create(JweProfile profile, std::vector<JweKey> keys, JweOptions options = {});
  Jwe(Jwe&&) noexcept;
  Jwe& operator=(Jwe&&) noexcept;
  ~Jwe();

  // Opens a compact JWE, or one in JSON where the profile says so, inside `session`.
  //
  // Every refusal that depends on the text is the one error kVerificationFailed; what exactly was
  // wrong goes to the observer, in one event. An encrypted key that RSA does not open is replaced
  // by a random one that was made beforehand (RFC 7516 11.5), so that the answer takes as long as
  // that to wrong content does. With RSA1_5 that is whole where the token itself puts the random
  // key in its place, as Florin's do; over modules that tell a wrong padding, what remains is the
  // reading of one attribute and the end of one key.
  //
  // A key that is missing does not stop another that opens. At most 16 trials are made of one text.
  // Errors of the session (kSessionLost, kUnsupported, kDeviceError) pass through, except those
  // that a wrong encrypted key or tag may cause.
  Result<JweMessage> Open(hsm::Session& session, std::string_view text) const;

 private:
  struct State;
  explicit Jwe(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct JweSenderOptions {
  const Clock* clock = &SystemClock();  // of "iat"
  RandomSource* random = &SystemRandom();
  // Party info of ECDH-ES (RFC 7518 4.6.1.2), at most 256 bytes each. Empty: absent.
  Bytes apu = {};
  Bytes apv = {};
};

// Makes compact JWEs with the first algorithm and encryption of a profile. Safe for many threads.
class JweSender {
 public:
  // For a partner's public key. kInvalidArgument where the profile's first algorithm takes another
  // kind of key. `kid`: written where it is not empty, and required where the profile requires it.
  static Result<JweSender> ToPublicKey(JweProfile profile, JosePublicKey key, std::string kid,
                                       JweSenderOptions options = {});

  // Under a key that is shared with the partner and stays in the session: A*KW (a key that wraps),
  // A*GCMKW (a key that encrypts) and dir (the same, AES-GCM only).
  static Result<JweSender> UnderSharedKey(JweProfile profile, hsm::KeyRef key, std::string kid,
                                          JweSenderOptions options = {});
  JweSender(JweSender&&) noexcept;
  JweSender& operator=(JweSender&&) noexcept;
  ~JweSender();

  // `plaintext`: at most 2 MiB. Errors: kLimitExceeded, those of the session and of `random`.
  Result<std::string> Seal(hsm::Session& session, ByteView plaintext) const;
  // To a public key, which needs no session. kInvalidArgument under a shared key.
  Result<std::string> Seal(ByteView plaintext) const;

 private:
  struct State;
  explicit JweSender(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace florin::payload

#pragma GCC visibility pop
