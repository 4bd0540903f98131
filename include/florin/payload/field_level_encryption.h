// Field level encryption as Mastercard's client encryption libraries have it beside JWE:
// AES-128-CBC under a key that RSA-OAEP wraps.
//
// NOTHING OF IT IS AUTHENTICATED: whoever can change the text in transit can change the content,
// and by trying learn it. Open only what came over an authenticated channel, count refusals, and
// ask the partner for JWE.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/hash.h"
#include "florin/base/observer.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"
#include "florin/payload/jose_public_key.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// How a partner names and writes the parts. The defaults are those of Mastercard's libraries.
struct FieldLevelProfile {
  enum class Encoding : std::uint8_t { kHex, kBase64 };

  std::string name = "Mastercard field level encryption";
  Encoding encoding = Encoding::kHex;
  std::string encrypted_value = "encryptedValue";
  std::string encrypted_key = "encryptedKey";
  std::string iv = "iv";
  std::string oaep_hash = "oaepHashingAlgorithm";            // "SHA256" or "SHA512"
  std::string key_fingerprint = "encryptionKeyFingerprint";  // SHA-256 of the SubjectPublicKeyInfo
  // Members that may come along and are not read, such as fingerprints of certificates.
  std::vector<std::string> passed_over = {"publicKeyFingerprint",
                                          "encryptionCertificateFingerprint"};
  Hash default_oaep_hash = Hash::kSha256;  // where the text names none, and what a sender uses
};

// The parts as text, for partners who send some of them in HTTP headers.
struct FieldLevelText {
  std::string_view encrypted_value;
  std::string_view encrypted_key;
  std::string_view iv;
  std::string_view oaep_hash = {};        // empty: the profile's
  std::string_view key_fingerprint = {};  // empty: not said
};

struct FieldLevelKey {
  hsm::KeyRef key;  // private, as JweKeyPair of RSA-OAEP-256 makes it
  // SHA-256 of the SubjectPublicKeyInfo, in lower-case hexadecimal: opens what names it. Empty:
  // whatever comes.
  std::string fingerprint = {};
};

struct FieldLevelOptions {
  Observer* observer = &NullObserver();
  std::size_t max_bytes = 64 * 1024;  // of the text; 256 bytes to 4 MiB
};

// Safe for many threads; each passes its own session.
class FieldLevelDecryptor {
 public:
  // 1 to 16 keys. kInvalidArgument: no private keys, a hash other than SHA-256 and SHA-512.
  static Result<FieldLevelDecryptor> Create(FieldLevelProfile profile,
                                            std::vector<FieldLevelKey> keys,
                                            FieldLevelOptions options = {});
  FieldLevelDecryptor(FieldLevelDecryptor&&) noexcept;
  FieldLevelDecryptor& operator=(FieldLevelDecryptor&&) noexcept;
  ~FieldLevelDecryptor();

  // Opens the JSON object that holds the parts; the plaintext is a JSON value. Every refusal is one
  // kVerificationFailed, whatever was wrong, padding too. Errors of the session pass through.
  Result<SecretBytes> Open(hsm::Session& session, std::string_view json) const;
  Result<SecretBytes> Open(hsm::Session& session, const FieldLevelText& text) const;

 private:
  struct State;
  explicit FieldLevelDecryptor(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Encrypts for a partner's RSA key: the JSON object that FieldLevelDecryptor opens. `plaintext`: at
// most 1 MiB. kInvalidArgument: no RSA key.
Result<std::string> SealFieldLevel(const FieldLevelProfile& profile, const JosePublicKey& key,
                                   ByteView plaintext, RandomSource& random = SystemRandom());

}  // namespace florin::payload

#pragma GCC visibility pop
