// Tr34Envelope: the CMS EnvelopedData inside a key token, and the key inside that.
#pragma once

#include <algorithm>
#include <cstddef>

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_rules.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/tr34_options.h"

namespace florin::card {

// Security strength of a content key in bits: 112, 128, 192, 256.
int Tr34CipherStrength(Tr34Cipher cipher);

// An envelope, taken apart. Views of the DER, which must outlive it.
struct Tr34Envelope {
  ByteView recipient;      // DER IssuerAndSerialNumber
  ByteView encrypted_key;  // RSA-OAEP with SHA-256
  Tr34Cipher cipher = Tr34Cipher::kTdesCbc;
  ByteView iv;
  ByteView ciphertext;

  // Reads DER with one recipient. OAEP parameters are read in the form of RFC 4055 and in that of
  // TR-34's samples, which lack the context tags. kMalformed, kUnsupported.
  static Result<Tr34Envelope> Parse(ByteView der);
};

// Decrypts with a known content key. kVerificationFailed for every failure.
Result<SecretBytes> DecryptTr34Content(const Tr34Envelope& envelope, ByteView content_key);

// Decrypts with the recipient's key. kVerificationFailed for every failure, and the work is the
// same wherever it lies: `random` stands in for a content key that cannot be decrypted.
Result<SecretBytes> OpenTr34Envelope(const Tr34Envelope& envelope,
                                     const primitives::RsaPrivateKey& key, RandomSource& random);

// Encrypts `content` under a random content key for the holder of `key`.
Result<Bytes> SealTr34Envelope(ByteView content, ByteView recipient,
                               const primitives::RsaPublicKey& key, Tr34Cipher cipher,
                               RandomSource& random);

// Security strength in bits of the weaker link of an envelope, cipher or RSA key of `modulus_size`
// bytes; a link whose weakness `policy` puts up with does not count.
template <class Policy>  // KeyBlockImportPolicy, KeyBlockExportPolicy
int Tr34EnvelopeStrength(Tr34Cipher cipher, std::size_t modulus_size, const Policy& policy) {
  return std::min(policy.weaker_kbpk ? kAnyStrength : Tr34CipherStrength(cipher),
                  policy.weaker_rsa ? kAnyStrength : RsaStrength(modulus_size));
}

// What an envelope holds (TR-34 B.2.2.2): version 1, the KDH, the clear key and its header.
struct Tr34KeyContent {
  ByteView kdh;  // DER IssuerAndSerialNumber
  ByteView key;
  ByteView header;  // 16 characters and optional blocks

  static Result<Tr34KeyContent> Parse(ByteView der);
};
Result<SecretBytes> WriteTr34KeyContent(const Tr34KeyContent& content);

}  // namespace florin::card
