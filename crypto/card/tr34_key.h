// Tr34Key: the key out of a TR-34 key token, once its signer is known.
#pragma once

#include <string>

#include "crypto/card/tr34_token.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/key_block.h"
#include "florin/card/key_block_header.h"
#include "florin/card/key_block_optional.h"

namespace florin::card {

// A key that arrived.
struct Tr34Key {
  KeyBlockHeader header;
  std::string header_text;  // as the KDH signed it: the header and its optional blocks
  SecretBytes key;          // raw, or DER for RSA and EC

  OptionalBlocks optional_blocks() const;  // views of header_text
};

// The header and its optional blocks as the token states them, in clear, for whoever has verified
// the signature. kMalformed, kVerificationFailed: the token is of another kind.
Result<KeyBlockHeader> StatedTr34Header(const Tr34Token& token);
// After that; views of the token.
Result<OptionalBlocks> StatedTr34Blocks(const Tr34Token& token);

// How far the time of a token may lie ahead of the clock and behind it, in seconds.
struct Tr34Window {
  std::int64_t max_ahead_s = 300;
  std::int64_t max_behind_s = 86400;
};

// Exactly one of time and random number stands in the token (kVerificationFailed), and a time lies
// within the window around `now` (kExpired).
Status CheckTr34Age(const Tr34Token& token, UnixSeconds now, const Tr34Window& window);

// To whom a key token is addressed, and from whom. Borrowed for the call.
struct Tr34Addressee {
  ByteView krd;  // DER IssuerAndSerialNumber
  const primitives::RsaPrivateKey& key;
  ByteView kdh;  // DER IssuerAndSerialNumber
};

// Opens a key token whose signature was right. Every fault of recipient and envelope is
// kVerificationFailed, and an envelope that does not open says not why; kMalformed, kUnsupported:
// the token, or the key and the optional blocks in it; kPermissionDenied: `policy` refuses the key.
Result<Tr34Key> OpenTr34Key(const Tr34Token& token, const Tr34Addressee& to,
                            const KeyBlockImportPolicy& policy, RandomSource& random);

}  // namespace florin::card
