// The content encryption key (CEK) of a JWE inside a session: how it gets there, and opening
// content with it.
#pragma once

#include <optional>

#include "crypto/payload/jwe_text.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"

namespace florin::payload {

// A CEK, and whether it is to be destroyed: a shared key is not.
class ContentKey {
 public:
  static ContentKey Shared(hsm::KeyHandle key) { return ContentKey(key, std::nullopt); }
  static ContentKey Owned(hsm::Session& session, hsm::KeyHandle key) {
    return ContentKey(key, std::optional<hsm::ScopedKey>(std::in_place, session, key));
  }
  hsm::KeyHandle handle() const { return handle_; }

 private:
  ContentKey(hsm::KeyHandle key, std::optional<hsm::ScopedKey> owned)
      : handle_(key), owned_(std::move(owned)) {}
  hsm::KeyHandle handle_;
  std::optional<hsm::ScopedKey> owned_;
};

// Whether the session has the mechanism of RSA, whatever its hash.
bool OffersRsa(const hsm::Session& session, const JweAlgorithmRow& algorithm);

// The rules of a CEK that opens.
hsm::KeyTemplate OpeningKeyTemplate(const JweEncryptionRow& encryption);

// `encrypted_key` as decoded. Errors of the session, and whatever it says of a wrong key.
Result<ContentKey> BringContentKey(hsm::Session& session, hsm::KeyHandle key,
                                   const JweHeader& header, ByteView encrypted_key);

// What is authenticated and encrypted, as one run of bytes: AAD, IV, ciphertext, and behind it the
// tag of GCM or the length of the AAD (RFC 7518 5.2.2.1).
struct SealedContent {
  ByteView bytes;
  ByteView aad;
  ByteView iv;
  ByteView ciphertext;
  ByteView tag;
};

Result<SecretBytes> OpenContent(hsm::Session& session, hsm::KeyHandle key,
                                const JweEncryptionRow& encryption, const SealedContent& content);

}  // namespace florin::payload
