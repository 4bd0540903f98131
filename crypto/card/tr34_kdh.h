// TR-34 as the key distribution host: key tokens, unbind and rebind tokens; and the tokens of the
// KRDs' authority, which unbinds and rebinds in a KDH's stead.
#pragma once

#include <optional>
#include <span>
#include <variant>

#include "crypto/card/tr34_binding.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"
#include "florin/card/tr34_options.h"

namespace florin::card {

// Who signs. Borrowed for the call.
struct Tr34Signer {
  const primitives::Certificate& certificate;
  const primitives::RsaPrivateKey& key;
  // The list of the KDHs' authority, or empty: the KRD judges by it the KDH that signs and the one
  // that follows, also in tokens that the KRDs' authority signs.
  ByteView crl = {};
};

// For whom a token is, and how its maker judges credentials: they are valid at `now` and pass
// `revocation`. Borrowed for the call.
struct Tr34Recipient {
  const Tr34Binding& krd;
  ByteView crl;  // the list of the KRDs' authority, or empty
  Tr34Revocation& revocation;
  UnixSeconds now;
};

// What makes a token fresh: its time (one pass) or the KRD's random number (two passes).
using Tr34Freshness = std::variant<UnixSeconds, ByteView>;

// The key to send: raw or DER bytes and attributes as in a key block (key_block_payload.h).
struct Tr34KeyToSend {
  const KeyBlockHeader& header;
  std::span<const OptionalBlock> blocks;
  ByteView key;
};

// A key token. The header follows the norm's table; its length field counts the header alone, for
// the norm does not say. kExpired, kVerificationFailed: the KRD's certificate; else as
// CheckKeyExport (key_block_rules.h), where the RSA key of the KRD and the cipher both protect and
// `policy` names exceptions.
Result<Bytes> MakeTr34KeyToken(const Tr34Signer& kdh, const Tr34Recipient& recipient,
                               const Tr34KeyToSend& key, const Tr34Freshness& freshness,
                               Tr34Cipher cipher, const KeyBlockExportPolicy& policy,
                               RandomSource& random);

// The KDH lets go of the KRD, or hands it over to the KDH of `next`, which is judged as the KRD is.
Result<Bytes> MakeTr34KdhUnbindToken(const Tr34Signer& kdh, const Tr34Binding& krd,
                                     ByteView random);
Result<Bytes> MakeTr34KdhRebindToken(const Tr34Signer& kdh, const Tr34Recipient& recipient,
                                     const Tr34Binding& next, ByteView random);

// The authority of the KRDs unbinds the KRD from the KDH of `kdh`, or hands it over, as of `time`
// or recipient.now, which must rise from one of its tokens to the next. Without a time the unbind
// token has the form of the norm's sample B.13, which can be replayed for ever: a KRD takes it
// only under Tr34KrdParts::timeless_unbind.
Result<Bytes> MakeTr34CaUnbindToken(const Tr34Signer& authority, const Tr34Binding& krd,
                                    const Tr34Binding& kdh, std::optional<UnixSeconds> time);
Result<Bytes> MakeTr34CaRebindToken(const Tr34Signer& authority, const Tr34Recipient& recipient,
                                    const Tr34Binding& kdh, const Tr34Binding& next);

}  // namespace florin::card
