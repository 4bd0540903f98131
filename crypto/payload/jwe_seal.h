// Encrypting the content of a JWE, with a CEK of this process and with one of a session.
#pragma once

#include "crypto/payload/jose_tables.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/session.h"

namespace florin::payload {

struct SealedJwe {
  Bytes ciphertext;
  Bytes tag;
};

Result<SealedJwe> SealContent(const SecretBytes& cek, const JweEncryptionRow& encryption,
                              ByteView aad, ByteView iv, ByteView plaintext);

// The rules of a CEK that seals and may leave in wrapped form.
hsm::KeyTemplate SealingKeyTemplate(const JweEncryptionRow& encryption);

Result<SealedJwe> SealContent(hsm::Session& session, hsm::KeyHandle cek,
                              const JweEncryptionRow& encryption, ByteView aad, ByteView iv,
                              ByteView plaintext);

}  // namespace florin::payload
