#include "crypto/card/tr34_krd.h"

#include <array>

#include "crypto/base/oids.h"
#include "crypto/card/key_block_payload.h"
#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_envelope.h"

namespace florin::card {
namespace {

Error Refused() {
  return Error(ErrorCode::kVerificationFailed,
               "the TR-34 token is not a valid one for this device");
}

Status ExpectType(const Tr34Token& token, ByteView type) {
  return SameBytes(token.content_type, type) ? OkStatus() : Status(Refused());
}

Result<SecretBytes> CheckedKey(const Tr34KeyContent& content, const KeyBlockHeader& header,
                               Tr34Cipher cipher, const KeyBlockImportPolicy& policy) {
  FLORIN_TRY(const int strength, CheckWrappedKey(header.algorithm(), content.key));
  if (!policy.any_combination) FLORIN_CHECK_OK(CheckKeyBlockCombination(header));
  const bool des = header.algorithm() == 'T' || header.algorithm() == 'D';
  if (des && content.key.size() == 8 && !policy.single_des) {
    return Error(ErrorCode::kPermissionDenied, "single DES keys are refused");
  }
  if (strength > Tr34CipherStrength(cipher) && !policy.weaker_kbpk) {
    return Error(ErrorCode::kPermissionDenied,
                 "the cipher of the TR-34 envelope is weaker than the key in it");
  }
  return SecretBytes::CopyOf(content.key);
}

}  // namespace

Result<Tr34Krd> Tr34Krd::Create(Tr34KrdParts parts) {
  FLORIN_TRY(const primitives::RsaPublicKey own, parts.key.PublicKey());
  FLORIN_TRY(const Bytes spki, own.ToSpki());
  if (!SameBytes(spki, parts.certificate.spki())) {
    return Error(ErrorCode::kInvalidArgument, "the key is not that of the KRD's certificate");
  }
  FLORIN_TRY(Tr34Pin self, Tr34Pin::Bind(parts.authorities, Tr34Role::kKrd, parts.certificate,
                                         parts.clock.Now()));
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

Status Tr34Krd::CheckRevocation(const Tr34Pin& pin, ByteView crl) const {
  return parts_->revocation.Check(pin.role(), pin.certificate().serial(), crl, parts_->clock.Now());
}

Status Tr34Krd::Bind(ByteView credential_token) {
  if (kdh_) {
    return Error(ErrorCode::kPermissionDenied,
                 "the device is bound to a KDH already; unbind or rebind it");
  }
  FLORIN_TRY(const Tr34Credential credential, Tr34Credential::Parse(credential_token));
  FLORIN_TRY(auto certificate, primitives::Certificate::FromDer(credential.certificate));
  FLORIN_TRY(Tr34Pin pin, Tr34Pin::Bind(parts_->authorities, Tr34Role::kKdh, std::move(certificate),
                                        parts_->clock.Now()));
  FLORIN_CHECK_OK(CheckRevocation(pin, credential.crl));
  kdh_.emplace(std::move(pin));
  return OkStatus();
}

Result<Bytes> Tr34Krd::MakeRandomToken() {
  std::array<std::uint8_t, kMaxTr34Random> random{};
  FLORIN_CHECK_OK(parts_->random.Fill(random));
  FLORIN_TRY(Bytes token, Tr34RandomAttribute(random));
  FLORIN_CHECK_OK(parts_->state.Remember(random));
  return token;
}

// Signed by the bound KDH, over attributes, while its certificate holds.
Status Tr34Krd::VerifyKdh(const Tr34Token& token) const {
  if (!SameBytes(token.signer, kdh_->id()) || token.attributes.empty()) return Refused();
  FLORIN_CHECK_OK(VerifyTr34Signature(token, kdh_->key()));
  FLORIN_CHECK_OK(kdh_->CheckValid(parts_->clock.Now()));
  return CheckRevocation(*kdh_, token.crl);
}

bool Tr34Krd::FromAuthority(const Tr34Token& token) const {
  return SameBytes(token.signer, authority_id_);
}

Status Tr34Krd::VerifyAuthority(const Tr34Token& token) const {
  return VerifyTr34Signature(token, authority_key_);
}

// Exactly one of time and random number; the time not far ahead.
Status Tr34Krd::CheckAge(const Tr34Token& token) const {
  if (token.time.has_value() == !token.random.empty()) return Refused();
  if (token.time && token.time->value > parts_->clock.Now().value + parts_->max_ahead_s) {
    return Error(ErrorCode::kExpired, "the time of the TR-34 token lies ahead of the clock");
  }
  return OkStatus();
}

// The last step, so that a token that fails otherwise uses nothing up.
Status Tr34Krd::UseUp(const Tr34Token& token) {
  if (token.time) return parts_->state.Advance(token.signer, *token.time);
  return parts_->state.Claim(token.random);
}

Result<Tr34Key> Tr34Krd::OpenEnvelope(const Tr34Token& token) const {
  FLORIN_TRY(const Tr34Envelope envelope, Tr34Envelope::Parse(token.content));
  if (!SameBytes(envelope.recipient, self_.id())) return Refused();
  FLORIN_TRY(const SecretBytes content, OpenTr34Envelope(envelope, parts_->key, parts_->random));
  const auto inner = Tr34KeyContent::Parse(content.Read(SecretAccess{}));
  if (!inner.ok() || !SameBytes(inner->kdh, kdh_->id()) ||
      !SameBytes(inner->header, token.header)) {
    return Refused();
  }
  const std::string_view text = AsText(token.header);
  FLORIN_TRY(const KeyBlockHeader header, KeyBlockHeader::FromBlock(text));
  const std::size_t count =
      static_cast<std::size_t>(text[12] - '0') * 10 + static_cast<std::size_t>(text[13] - '0');
  FLORIN_TRY(const OptionalBlocks blocks,
             OptionalBlocks::Parse(text.substr(KeyBlockHeader::kLength), count));
  if (KeyBlockHeader::kLength + blocks.text().size() != text.size()) return Refused();
  FLORIN_TRY(SecretBytes key, CheckedKey(*inner, header, envelope.cipher, parts_->policy));
  return Tr34Key{header, std::move(key)};
}

Result<Tr34Key> Tr34Krd::OpenKeyToken(ByteView der) {
  FLORIN_CHECK_OK(ExpectBound());
  FLORIN_TRY(const Tr34Token token, Tr34Token::Parse(der));
  FLORIN_CHECK_OK(ExpectType(token, oids::kEnvelopedData));
  FLORIN_CHECK_OK(VerifyKdh(token));
  FLORIN_CHECK_OK(CheckAge(token));
  FLORIN_TRY(Tr34Key key, OpenEnvelope(token));
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

Status Tr34Krd::Unbind(ByteView der) {
  FLORIN_CHECK_OK(ExpectBound());
  FLORIN_TRY(const Tr34Token token, Tr34Token::Parse(der));
  FLORIN_CHECK_OK(ExpectType(token, oids::kData));
  if (FromAuthority(token)) {
    FLORIN_CHECK_OK(VerifyAuthority(token));
    if (!NamesUs(token.content, true)) return Refused();
  } else {
    FLORIN_CHECK_OK(VerifyKdh(token));
    if (token.random.empty() || token.time || !NamesUs(token.content, false)) return Refused();
    FLORIN_CHECK_OK(UseUp(token));
  }
  kdh_.reset();
  return OkStatus();
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
  FLORIN_TRY(Tr34Pin next, Tr34Pin::Bind(parts_->authorities, Tr34Role::kKdh,
                                         std::move(certificate), parts_->clock.Now()));
  FLORIN_CHECK_OK(CheckRevocation(next, token.crl));
  FLORIN_CHECK_OK(UseUp(token));
  kdh_.emplace(std::move(next));
  return OkStatus();
}

}  // namespace florin::card
