#include "crypto/card/tr34_krd.h"

#include <array>

#include "crypto/base/oids.h"
#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_key.h"

namespace florin::card {
namespace {

Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the TR-34 token is not a valid one for this device");
}

Status ExpectType(const Tr34Token& token, ByteView type) {
  return SameBytes(token.content_type, type) ? OkStatus() : Status(Refused());
}

}  // namespace

Result<Tr34Krd> Tr34Krd::Create(Tr34KrdParts parts) {
  FLORIN_TRY(const primitives::RsaPublicKey own, parts.key.PublicKey());
  FLORIN_TRY(const Bytes spki, own.ToSpki());
  if (!SameBytes(spki, parts.certificate.spki())) {
    return Error(ErrorCode::kInvalidArgument, "the key is not that of the KRD's certificate");
  }
  FLORIN_TRY(Tr34Binding self, Tr34Binding::Bind(parts.authorities, Tr34Role::kKrd,
                                                 parts.certificate, parts.clock.Now()));
  const primitives::Certificate& authority = parts.authorities.Of(Tr34Role::kKrd);
  FLORIN_TRY(Bytes id, IssuerAndSerialOf(authority));
  FLORIN_TRY(auto key, primitives::RsaPublicKey::FromSpki(authority.spki()));
  return Tr34Krd(std::make_unique<Tr34KrdParts>(std::move(parts)), std::move(self), std::move(id),
                 std::move(key));
}

Status Tr34Krd::ExpectBound() const {
  if (kdh_) return OkStatus();
  return Error(ErrorCode::kPermissionDenied, "the device is not bound to a KDH; bind it first");
}

Status Tr34Krd::CheckRevocation(const Tr34Binding& binding, ByteView crl) const {
  return parts_->revocation.Check(binding.role(), binding.certificate().serial(), crl,
                                  parts_->clock.Now());
}

Status Tr34Krd::Bind(ByteView credential_token) {
  if (kdh_) {
    return Error(ErrorCode::kPermissionDenied,
                 "the device is bound to a KDH already; unbind or rebind it");
  }
  FLORIN_TRY(const Tr34Credential credential, Tr34Credential::Parse(credential_token));
  FLORIN_TRY(auto certificate, primitives::Certificate::FromDer(credential.certificate));
  FLORIN_TRY(Tr34Binding binding, Tr34Binding::Bind(parts_->authorities, Tr34Role::kKdh,
                                                    std::move(certificate), parts_->clock.Now()));
  FLORIN_CHECK_OK(CheckRevocation(binding, credential.crl));
  kdh_.emplace(std::move(binding));
  return OkStatus();
}

Result<Bytes> Tr34Krd::MakeRandomToken() {
  FLORIN_CHECK_OK(ExpectBound());
  std::array<std::uint8_t, kMaxTr34Random> random{};
  FLORIN_CHECK_OK(parts_->random.Fill(random));
  FLORIN_TRY(Bytes token, Tr34RandomAttribute(random));
  FLORIN_CHECK_OK(parts_->state.Remember(kdh_->id(), random));
  return token;
}

// Signed by the bound KDH, over attributes, while its certificate and the authorities' hold.
Status Tr34Krd::VerifyKdh(const Tr34Token& token) const {
  if (!SameBytes(token.signer, kdh_->id()) || token.attributes.empty()) return Refused();
  FLORIN_CHECK_OK(VerifyTr34Signature(token, kdh_->key()));
  FLORIN_CHECK_OK(parts_->authorities.CheckValid(parts_->clock.Now()));
  FLORIN_CHECK_OK(kdh_->CheckValid(parts_->clock.Now()));
  return CheckRevocation(*kdh_, token.crl);
}

bool Tr34Krd::FromAuthority(const Tr34Token& token) const {
  return SameBytes(token.signer, authority_id_);
}

Status Tr34Krd::VerifyAuthority(const Tr34Token& token) const {
  FLORIN_CHECK_OK(VerifyTr34Signature(token, authority_key_));
  return parts_->authorities.CheckValid(parts_->clock.Now());
}

Status Tr34Krd::CheckAge(const Tr34Token& token) const {
  return CheckTr34Age(token, parts_->clock.Now(), parts_->window);
}

// The last step, so that a token that fails otherwise uses nothing up.
Status Tr34Krd::UseUp(const Tr34Token& token) {
  if (token.time) return parts_->state.Advance(token.signer, *token.time);
  return parts_->state.Claim(kdh_->id(), token.random);
}

Result<Tr34Key> Tr34Krd::OpenKeyToken(ByteView der) {
  FLORIN_CHECK_OK(ExpectBound());
  FLORIN_TRY(const Tr34Token token, Tr34Token::Parse(der));
  FLORIN_CHECK_OK(ExpectType(token, oids::kEnvelopedData));
  FLORIN_CHECK_OK(VerifyKdh(token));
  FLORIN_CHECK_OK(CheckAge(token));
  if (token.time && !parts_->allow_one_pass) {
    return Error(ErrorCode::kPermissionDenied,
                 "TR-34 tokens of one pass are refused; send a random number token first");
  }
  FLORIN_TRY(Tr34Key key, OpenTr34Key(token, {self_.id(), parts_->key, kdh_->id()}, parts_->policy,
                                      parts_->random));
  FLORIN_CHECK_OK(UseUp(token));
  return key;
}

// The device's own identity, and that of its KDH where the authority names both.
bool Tr34Krd::NamesUs(ByteView ids, bool with_kdh) const {
  const ByteView own = self_.id();
  if (!with_kdh) return SameBytes(ids, own);
  return ids.size() == own.size() + kdh_->id().size() && SameBytes(ids.first(own.size()), own) &&
         SameBytes(ids.subspan(own.size()), kdh_->id());
}

Status Tr34Krd::LeaveFor(std::optional<Tr34Binding> next) {
  FLORIN_CHECK_OK(parts_->state.Forget(kdh_->id()));
  kdh_.reset();
  if (next) kdh_.emplace(*std::move(next));
  return OkStatus();
}

Status Tr34Krd::Unbind(ByteView der) {
  FLORIN_CHECK_OK(ExpectBound());
  FLORIN_TRY(const Tr34Token token, Tr34Token::Parse(der));
  FLORIN_CHECK_OK(ExpectType(token, oids::kData));
  const bool authority = FromAuthority(token);
  FLORIN_CHECK_OK(authority ? VerifyAuthority(token) : VerifyKdh(token));
  if (!NamesUs(token.content, authority)) return Refused();
  if (authority && token.attributes.empty()) {
    if (parts_->timeless_unbind) return LeaveFor(std::nullopt);
    return Error(ErrorCode::kPermissionDenied,
                 "the authority's unbind token has no time and could be replayed; sign a time");
  }
  if (authority ? !token.time : token.random.empty()) return Refused();
  FLORIN_CHECK_OK(CheckAge(token));
  FLORIN_CHECK_OK(UseUp(token));
  return LeaveFor(std::nullopt);
}

Status Tr34Krd::Rebind(ByteView der) {
  FLORIN_CHECK_OK(ExpectBound());
  FLORIN_TRY(const Tr34Token token, Tr34Token::Parse(der));
  FLORIN_CHECK_OK(ExpectType(token, oids::kSignedData));
  const bool authority = FromAuthority(token);
  FLORIN_CHECK_OK(authority ? VerifyAuthority(token) : VerifyKdh(token));
  if (authority ? !token.time : token.random.empty()) return Refused();
  FLORIN_CHECK_OK(CheckAge(token));
  FLORIN_TRY(const Tr34Rebinding rebinding, Tr34Rebinding::Parse(token.content));
  if (!NamesUs(rebinding.ids, authority)) return Refused();
  FLORIN_TRY(auto certificate, primitives::Certificate::FromDer(rebinding.certificate));
  FLORIN_TRY(Tr34Binding next, Tr34Binding::Bind(parts_->authorities, Tr34Role::kKdh,
                                                 std::move(certificate), parts_->clock.Now()));
  FLORIN_CHECK_OK(CheckRevocation(next, token.crl));
  FLORIN_CHECK_OK(UseUp(token));
  return LeaveFor(std::move(next));
}

}  // namespace florin::card
