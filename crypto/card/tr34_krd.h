// TR-34 as the key receiving device: bound to one KDH, it opens that KDH's key tokens, and leaves
// it when the KDH or the authority of the KRDs says so.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/card/tr34_binding.h"
#include "crypto/card/tr34_key.h"
#include "crypto/card/tr34_token.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/random.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/card/key_block.h"
#include "florin/card/tr34_options.h"

namespace florin::card {

// What a KRD is made of; the references must outlive it.
struct Tr34KrdParts {
  Tr34Authorities authorities;
  primitives::Certificate certificate;
  primitives::RsaPrivateKey key;
  Tr34Revocation& revocation;
  Tr34State& state;
  const Clock& clock;
  RandomSource& random;
  KeyBlockImportPolicy policy = {};  // legacy_versions does not matter here
  // Key tokens of one pass, whose time alone keeps old ones out; else two passes only.
  bool allow_one_pass = false;
  Tr34Window window = {};
  // The authority's unbind token without a time, the form of the norm's sample B.13: it unbinds the
  // device from the same KDH again, as often as it is played.
  bool timeless_unbind = false;
};

// Thread-compatible. A token that fails leaves the binding, the random numbers and the times as
// they were, so that the right one can still come. Every fault of signature, recipient and envelope
// is kVerificationFailed, and an envelope that does not open says not why; kReplayed: a random
// number that is not outstanding, or a time that is not later than the last; kExpired: a
// certificate of the KDH or of an authority, or a time too far from the clock; kMalformed,
// kUnsupported: the token, or the key and the optional blocks in it; kPermissionDenied: not bound,
// bound already, or the policy refuses token or key.
class Tr34Krd {
 public:
  // kInvalidArgument unless the key is the certificate's, else as Tr34Binding::Bind for the KRD
  // itself.
  static Result<Tr34Krd> Create(Tr34KrdParts parts);

  // The KDH that this device obeys, if any. Its certificate must be stored with the device and
  // bound again after a restart.
  const Tr34Binding* kdh() const { return kdh_ ? &*kdh_ : nullptr; }

  // Binds an unbound device to the KDH of a credential token.
  Status Bind(ByteView credential_token);

  // A random number token (B.12) for the next two-pass token of the KDH that is bound.
  Result<Bytes> MakeRandomToken();

  // Opens a key token of one or two passes.
  Result<Tr34Key> OpenKeyToken(ByteView token);

  // Takes the unbind or rebind token of the KDH, or of the KRDs' authority.
  Status Unbind(ByteView token);
  Status Rebind(ByteView token);

 private:
  Tr34Krd(std::unique_ptr<Tr34KrdParts> parts, Tr34Binding self, Bytes authority_id,
          primitives::RsaPublicKey authority_key)
      : parts_(std::move(parts)),
        self_(std::move(self)),
        authority_id_(std::move(authority_id)),
        authority_key_(std::move(authority_key)) {}

  Status ExpectBound() const;
  Status CheckRevocation(const Tr34Binding& binding, ByteView crl) const;
  Status VerifyKdh(const Tr34Token& token) const;
  Status VerifyAuthority(const Tr34Token& token) const;
  bool FromAuthority(const Tr34Token& token) const;
  Status CheckAge(const Tr34Token& token) const;
  Status UseUp(const Tr34Token& token);
  bool NamesUs(ByteView ids, bool with_kdh) const;
  Status LeaveFor(std::optional<Tr34Binding> next);

  std::unique_ptr<Tr34KrdParts> parts_;
  Tr34Binding self_;
  Bytes authority_id_;
  primitives::RsaPublicKey authority_key_;
  std::optional<Tr34Binding> kdh_;
};

}  // namespace florin::card
