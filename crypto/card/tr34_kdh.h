// TR-34 as the key distribution host: key tokens, unbind and rebind tokens; and the tokens of the
// KRDs' authority, which unbinds and rebinds in a KDH's stead.
#pragma once

#include <span>
#include <variant>

#include "crypto/card/tr34_pin.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"
#include "florin/card/tr34_options.h"

namespace florin::card {

// Who signs. Borrowed for the call.
struct Tr34Signer {
  const primitives::Certificate& certificate;
  const primitives::RsaPrivateKey& key;
  ByteView crl = {};  // DER list of the certificate's authority, or empty
};

// What makes a token fresh: its time (one pass) or the KRD's random number (two passes).
using Tr34Freshness = std::variant<UnixSeconds, ByteView>;

// The key to send: raw or DER bytes and attributes as in a key block (key_block_payload.h).
struct Tr34KeyToSend {
  const KeyBlockHeader& header;
  std::span<const OptionalBlock> blocks;
  ByteView key;
};

// The token for the KRD of `krd`. The header follows the norm's table; its length field counts the
// header alone, for the norm does not say. kPermissionDenied: a combination not of the norm, or a
// cipher weaker than the key unless `policy` allows it; kMalformed, kUnsupported: the key.
Result<Bytes> MakeTr34KeyToken(const Tr34Signer& kdh, const Tr34Pin& krd, const Tr34KeyToSend& key,
                               const Tr34Freshness& freshness, Tr34Cipher cipher,
                               const KeyBlockExportPolicy& policy, RandomSource& random);

// The KDH lets go of the KRD, or hands it over to the KDH of `next`.
Result<Bytes> MakeTr34KdhUnbindToken(const Tr34Signer& kdh, const Tr34Pin& krd, ByteView random);
Result<Bytes> MakeTr34KdhRebindToken(const Tr34Signer& kdh, const Tr34Pin& krd, const Tr34Pin& next,
                                     ByteView random);

// The authority of the KRDs unbinds the KRD from the KDH of `kdh`, or hands it over, as of `time`.
Result<Bytes> MakeTr34CaUnbindToken(const Tr34Signer& authority, const Tr34Pin& krd,
                                    const Tr34Pin& kdh);
Result<Bytes> MakeTr34CaRebindToken(const Tr34Signer& authority, const Tr34Pin& krd,
                                    const Tr34Pin& kdh, const Tr34Pin& next, UnixSeconds time);

}  // namespace florin::card
