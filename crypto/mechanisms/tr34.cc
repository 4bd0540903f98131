// TR-34: keys in tokens from a key distribution host (KDH) to a key receiving device (KRD).
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "crypto/base/oids.h"
#include "crypto/card/tr34_binding.h"
#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_kdh.h"
#include "crypto/card/tr34_key.h"
#include "crypto/card/tr34_revocation.h"
#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/mechanisms/transfer.h"
#include "crypto/mechanisms/travelling_key.h"
#include "crypto/primitives/certificate.h"

namespace florin::mechanisms {
namespace {

using card::Tr34Binding;
using card::Tr34Role;
using primitives::Certificate;

Error Denied(const char* message) { return {ErrorCode::kPermissionDenied, message}; }
Error Invalid(const char* message) { return {ErrorCode::kInvalidArgument, message}; }

Result<Certificate> ReadCertificate(ByteView der) {
  if (der.size() > kMaxTr34CertificateSize) {
    return Error(ErrorCode::kLimitExceeded, "TR-34: a certificate has at most 8192 bytes");
  }
  return Certificate::FromDer(der);
}

// Judges the peer by the list of its authority.
class PeerRevocation final : public card::Tr34Revocation {
 public:
  PeerRevocation(const Certificate& authority, const Tr34Peers& rule)
      : authority_(authority), rule_(rule) {}

  Status Check(Tr34Role, ByteView serial, ByteView list, UnixSeconds now) override {
    if (list.empty() && rule_.no_list) return OkStatus();
    return card::CheckTr34Revocation(authority_, serial, list, now);
  }

 private:
  const Certificate& authority_;
  const Tr34Peers& rule_;
};

// Both sides, as the rules of the key permit them.
struct Sides {
  Certificate own;
  Certificate authority;  // the peer's
  Tr34Binding peer;
};

// The certificate of the key under which it all runs: of its role and not of the peers' authority,
// or whoever has one could play both sides.
Status CheckOwn(const Certificate& own, const Certificate& peer_authority, Tr34Role role,
                const Key& key) {
  std::array<std::uint8_t, primitives::kMaxRsaSpkiSize> spki{};
  FLORIN_TRY(const std::size_t size, key.PublicKeyInfo(spki));
  if (!SameBytes(ByteView(spki).first(size), own.spki())) {
    return Invalid("TR-34: the certificate is not that of the key");
  }
  if (own.CheckSignedBy(peer_authority).ok()) {
    return Denied("TR-34: the authorities of KDHs and KRDs must differ");
  }
  FLORIN_CHECK_OK(card::CheckTr34KeyUsage(own, role));
  return card::CheckTr34Time(own, key.clock().Now());
}

// Parameter: Tr34KeyToken or Tr34Unbind.
template <class Parameter>
Result<Sides> SidesOf(const Parameter& parameter, Tr34Role own_role, const Key& key) {
  if (!key.rules().tr34_peers.has_value()) {
    return Denied("TR-34: the rules of the key name no authority of the peers");
  }
  FLORIN_TRY(Certificate own, ReadCertificate(parameter.certificate));
  FLORIN_TRY(Certificate authority, ReadCertificate(parameter.peer_authority));
  FLORIN_TRY(const card::Tr34AuthorityId id, card::Tr34AuthorityIdOf(parameter.peer_authority));
  if (id != key.rules().tr34_peers->authority) {
    return Denied("TR-34: the peer's authority is not the one that the rules of the key name");
  }
  FLORIN_CHECK_OK(card::CheckTr34Time(authority, key.clock().Now()));
  FLORIN_CHECK_OK(CheckOwn(own, authority, own_role, key));
  FLORIN_TRY(Certificate certificate, ReadCertificate(parameter.peer));
  const Tr34Role peer_role = own_role == Tr34Role::kKdh ? Tr34Role::kKrd : Tr34Role::kKdh;
  FLORIN_TRY(Tr34Binding peer,
             Tr34Binding::Bind(authority, peer_role, std::move(certificate), key.clock().Now()));
  return Sides{std::move(own), std::move(authority), std::move(peer)};
}

Status CheckRandom(ByteView random) {
  if (random.empty() ||
      (random.size() >= card::kMinTr34Random && random.size() <= card::kMaxTr34Random)) {
    return OkStatus();
  }
  return Invalid("TR-34: the random number of a KRD has 8 to 16 bytes");
}

class KeyTokenForm final : public Implementation {
 public:
  Status Check(Verb verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<Tr34KeyToken>(mechanism);
    FLORIN_CHECK_OK(CheckRandom(parameter.random));
    if (parameter.list.size() > kMaxTr34ListSize || parameter.peer_list.size() > kMaxTr34ListSize) {
      return Error(ErrorCode::kLimitExceeded, "TR-34: a revocation list has at most 32 KiB");
    }
    FLORIN_CHECK_OK(BlocksOf(parameter.optional_blocks, parameter.optional_block_count));
    const bool wraps = verb == Verb::kWrap;
    if (!wraps && (!parameter.list.empty() || !parameter.peer_list.empty() ||
                   parameter.optional_block_count != 0)) {
      return Invalid("TR-34: lists and optional blocks are the token's; leave them out");
    }
    FLORIN_CHECK_OK(SidesOf(parameter, wraps ? Tr34Role::kKdh : Tr34Role::kKrd, key));
    return OkStatus();
  }

  // Everything but key and header has a bound of its own: two identities and their copies, two RSA
  // results, attributes, padding.
  Result<std::size_t> WrappedSize(const Mechanism& mechanism, const Key&,
                                  const Key& target) const override {
    const auto& parameter = ParameterOf<Tr34KeyToken>(mechanism);
    FLORIN_CHECK_OK(HeaderOf(target));
    FLORIN_TRY(const SecretBytes payload, PayloadOf(target));
    constexpr std::size_t kFrame = 1024;
    const std::size_t identities = 2 * parameter.certificate.size() + parameter.peer.size();
    return payload.size() + 3 * parameter.optional_blocks.size() + parameter.list.size() +
           identities + 2 * primitives::kRsaMaxModulusSize + kFrame;
  }

  Result<std::size_t> Wrap(const Mechanism& mechanism, const Key& wrapping, const Key& target,
                           RandomSource& random, MutableBytes out) const override {
    const auto& parameter = ParameterOf<Tr34KeyToken>(mechanism);
    FLORIN_TRY(const Sides sides, SidesOf(parameter, Tr34Role::kKdh, wrapping));
    PeerRevocation revocation(sides.authority, *wrapping.rules().tr34_peers);
    const UnixSeconds now = wrapping.clock().Now();
    FLORIN_TRY(const auto blocks,
               BlocksFor(parameter.optional_blocks, parameter.optional_block_count, target));
    FLORIN_TRY(const KeyBlockHeader header, HeaderOf(target));
    FLORIN_TRY(const SecretBytes key, PayloadOf(target));
    card::Tr34Freshness freshness = now;
    if (!parameter.random.empty()) freshness = parameter.random;
    FLORIN_TRY(
        const Bytes token,
        card::MakeTr34KeyToken({sides.own, wrapping.schedules().RsaPrivate(), parameter.list},
                               {sides.peer, parameter.peer_list, revocation, now},
                               {header, blocks, key.Read(SecretAccess{})}, freshness,
                               parameter.cipher, wrapping.rules().key_block_export, random));
    FLORIN_INVARIANT(token.size() <= out.size());
    std::copy(token.begin(), token.end(), out.begin());
    return token.size();
  }

  Status StateRules(ByteView wrapped, KeyRules& rules) const override {
    FLORIN_TRY(const auto token, card::Tr34Token::Parse(wrapped));
    FLORIN_TRY(const KeyBlockHeader header, card::StatedTr34Header(token));
    FLORIN_TRY(const card::OptionalBlocks blocks, card::StatedTr34Blocks(token));
    return StateHeader(header, blocks, rules);
  }

  Result<SecretBytes> Unwrap(const Mechanism& mechanism, const Key& unwrapping, ByteView wrapped,
                             RandomSource& random, KeyRules& rules) const override {
    const auto& parameter = ParameterOf<Tr34KeyToken>(mechanism);
    FLORIN_TRY(const Sides sides, SidesOf(parameter, Tr34Role::kKrd, unwrapping));
    FLORIN_TRY(const auto token, card::Tr34Token::Parse(wrapped));
    FLORIN_CHECK_OK(CheckSigner(token, sides, unwrapping));
    FLORIN_CHECK_OK(CheckFresh(token, parameter, unwrapping.clock().Now()));
    FLORIN_TRY(const Bytes krd, card::IssuerAndSerialOf(sides.own));
    auto key = card::OpenTr34Key(token, {krd, unwrapping.schedules().RsaPrivate(), sides.peer.id()},
                                 unwrapping.rules().key_block_import, random);
    if (key.code() == ErrorCode::kPermissionDenied) {
      return Error(key.code(), key.error().message(), kRefusedByUnwrappingKey);
    }
    if (!key.ok()) return key.error();
    return MaterialOf(std::move(key->key), rules);
  }

 private:
  // Signed by the peer, over attributes, while the peer is not revoked.
  static Status CheckSigner(const card::Tr34Token& token, const Sides& sides, const Key& key) {
    if (!SameBytes(token.signer, sides.peer.id()) || token.attributes.empty()) {
      return Error(ErrorCode::kVerificationFailed, "TR-34: the token is not the peer's");
    }
    FLORIN_CHECK_OK(card::VerifyTr34Signature(token, sides.peer.key()));
    PeerRevocation revocation(sides.authority, *key.rules().tr34_peers);
    return revocation.Check(Tr34Role::kKdh, sides.peer.certificate().serial(), token.crl,
                            key.clock().Now());
  }

  static Status CheckFresh(const card::Tr34Token& token, const Tr34KeyToken& parameter,
                           UnixSeconds now) {
    FLORIN_CHECK_OK(card::CheckTr34Age(token, now, {}));
    if (!parameter.random.empty()) {
      if (SameBytes(token.random, parameter.random)) return OkStatus();
      return Error(ErrorCode::kVerificationFailed,
                   "TR-34: the token does not answer this random number");
    }
    if (!token.time.has_value()) {
      return Denied("TR-34: the token answers a random number; say which one was sent");
    }
    if (*token.time > parameter.after) return OkStatus();
    return Error(ErrorCode::kReplayed, "TR-34: the token is not later than the last one");
  }
};

// --- unbinding and rebinding ---

// Judges the next KDH by the own authority's list, devices by that of theirs.
class RebindRevocation final : public card::Tr34Revocation {
 public:
  RebindRevocation(const Certificate& own_authority, PeerRevocation& peers, bool no_list)
      : own_authority_(own_authority), peers_(peers), no_list_(no_list) {}

  Status Check(Tr34Role role, ByteView serial, ByteView list, UnixSeconds now) override {
    if (role == Tr34Role::kKrd) return peers_.Check(role, serial, list, now);
    if (list.empty() && no_list_) return OkStatus();
    return card::CheckTr34Revocation(own_authority_, serial, list, now);
  }

 private:
  const Certificate& own_authority_;
  PeerRevocation& peers_;
  bool no_list_;
};

Result<Bytes> MakeUnbindToken(const Tr34Unbind& parameter, const Key& key) {
  FLORIN_TRY(const Sides sides, SidesOf(parameter, Tr34Role::kKdh, key));
  const card::Tr34Signer signer{sides.own, key.schedules().RsaPrivate(), parameter.list};
  if (parameter.next.empty()) {
    return card::MakeTr34KdhUnbindToken(signer, sides.peer, parameter.random);
  }
  FLORIN_TRY(const Certificate authority, ReadCertificate(parameter.own_authority));
  FLORIN_CHECK_OK(sides.own.CheckSignedBy(authority));
  FLORIN_TRY(Certificate certificate, ReadCertificate(parameter.next));
  const UnixSeconds now = key.clock().Now();
  FLORIN_TRY(const Tr34Binding next,
             Tr34Binding::Bind(authority, Tr34Role::kKdh, std::move(certificate), now));
  PeerRevocation peers(sides.authority, *key.rules().tr34_peers);
  RebindRevocation revocation(authority, peers, key.rules().tr34_peers->no_list);
  return card::MakeTr34KdhRebindToken(signer, {sides.peer, parameter.peer_list, revocation, now},
                                      next, parameter.random);
}

Error NotLetGo() {
  return Error(ErrorCode::kVerificationFailed, "TR-34: the token does not let this device go");
}

// The content of a token that the KDH signed for this device says to whom it goes.
Status CheckUnbindContent(const card::Tr34Token& token, const Tr34Unbind& parameter,
                          const Sides& sides, const Key& key) {
  FLORIN_TRY(const Bytes own_id, card::IssuerAndSerialOf(sides.own));
  const bool rebinds = !parameter.next.empty();
  if (!SameBytes(token.content_type, rebinds ? oids::kSignedData : oids::kData)) return NotLetGo();
  if (!rebinds) return SameBytes(token.content, own_id) ? OkStatus() : Status(NotLetGo());
  FLORIN_TRY(const auto rebinding, card::Tr34Rebinding::Parse(token.content));
  if (!SameBytes(rebinding.ids, own_id) || !SameBytes(rebinding.certificate, parameter.next)) {
    return NotLetGo();
  }
  FLORIN_TRY(Certificate certificate, ReadCertificate(parameter.next));
  const UnixSeconds now = key.clock().Now();
  FLORIN_TRY(const Tr34Binding next,
             Tr34Binding::Bind(sides.authority, Tr34Role::kKdh, std::move(certificate), now));
  PeerRevocation revocation(sides.authority, *key.rules().tr34_peers);
  return revocation.Check(Tr34Role::kKdh, next.certificate().serial(), token.crl, now);
}

class UnbindForm final : public Implementation {
 public:
  Status Check(Verb verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& parameter = ParameterOf<Tr34Unbind>(mechanism);
    FLORIN_CHECK_OK(CheckRandom(parameter.random));
    if (parameter.random.empty()) return Invalid("TR-34: unbinding answers a random number");
    const bool signs = verb == Verb::kSign;
    const bool lists = !parameter.list.empty() || !parameter.peer_list.empty();
    if ((lists || !parameter.own_authority.empty()) && (!signs || parameter.next.empty())) {
      return Invalid("TR-34: lists and the own authority are for a token that rebinds");
    }
    if (parameter.list.size() > kMaxTr34ListSize || parameter.peer_list.size() > kMaxTr34ListSize) {
      return Error(ErrorCode::kLimitExceeded, "TR-34: a revocation list has at most 32 KiB");
    }
    FLORIN_CHECK_OK(SidesOf(parameter, signs ? Tr34Role::kKdh : Tr34Role::kKrd, key));
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism& mechanism, const Key&, std::size_t) const override {
    const auto& parameter = ParameterOf<Tr34Unbind>(mechanism);
    constexpr std::size_t kFrame = 1024;
    return parameter.certificate.size() + parameter.peer.size() + parameter.next.size() +
           parameter.list.size() + primitives::kRsaMaxModulusSize + kFrame;
  }

  bool MayWriteLess(Verb) const override { return true; }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    if (!input.empty()) return Invalid("TR-34: an unbind token has no input");
    FLORIN_TRY(const Bytes token, MakeUnbindToken(ParameterOf<Tr34Unbind>(mechanism), key));
    if (out.size() < token.size()) {
      return Error(ErrorCode::kBufferTooSmall, "TR-34: no room for the token");
    }
    std::copy(token.begin(), token.end(), out.begin());
    return token.size();
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    const auto& parameter = ParameterOf<Tr34Unbind>(mechanism);
    if (!input.empty()) return Invalid("TR-34: an unbind token has no input");
    FLORIN_TRY(const Sides sides, SidesOf(parameter, Tr34Role::kKrd, key));
    const auto token = card::Tr34Token::Parse(signature);
    if (!token.ok()) return NotLetGo();
    const bool from_peer = SameBytes(token->signer, sides.peer.id()) && !token->attributes.empty();
    if (!from_peer || !SameBytes(token->random, parameter.random) || token->time.has_value()) {
      return NotLetGo();
    }
    FLORIN_CHECK_OK(card::VerifyTr34Signature(*token, sides.peer.key()));
    return CheckUnbindContent(*token, parameter, sides, key);
  }
};

}  // namespace

const Implementation& Tr34UnbindImplementation() { return Forever<UnbindForm>(); }
const Implementation& Tr34KeyTokenImplementation() { return Forever<KeyTokenForm>(); }

}  // namespace florin::mechanisms
