#include "crypto/payload/jwe_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "florin/base/base64.h"

namespace florin::payload {
namespace {

constexpr std::string_view kAgreementMembers[] = {"alg", "enc", "epk", "apu", "apv"};
constexpr std::string_view kGcmKeyWrapMembers[] = {"alg", "enc", "iv", "tag"};
constexpr std::string_view kOtherMembers[] = {"alg", "enc"};

Error Malformed(const char* message) { return {ErrorCode::kMalformed, message}; }

Result<JweText> ReadCompact(std::string_view text) {
  std::array<std::string_view, 5> parts;
  FLORIN_CHECK_OK(SplitCompact(text, parts));
  JweText jwe;
  jwe.protected_text = parts[0];
  jwe.recipients[0].encrypted_key = parts[1];
  jwe.recipient_count = 1;
  jwe.iv = parts[2];
  jwe.ciphertext = parts[3];
  jwe.tag = parts[4];
  return jwe;
}

Status ReadRecipient(const JsonObject& object, JweText& jwe) {
  if (jwe.recipient_count == jwe.recipients.size()) {
    return Error(ErrorCode::kLimitExceeded, "JWE: more than 16 recipients");
  }
  JweRecipientText& recipient = jwe.recipients[jwe.recipient_count++];
  FLORIN_TRY(recipient.header, OptionalObject(object, "header"));
  FLORIN_TRY(recipient.encrypted_key, OptionalText(object, "encrypted_key"));
  return OkStatus();
}

// RFC 7516 7.2: general, with "recipients", or flattened.
Result<JweText> ReadJson(JsonParser& parser, std::string_view text) {
  FLORIN_TRY(const JsonObject root, parser.ParseObject(text));
  JweText jwe;
  if (const auto recipients = root.Find("recipients")) {
    FLORIN_CHECK_OK(root.CheckMembers({"ciphertext", "iv", "tag", "recipients"},
                                      {"protected", "unprotected", "aad"}));
    FLORIN_TRY(const JsonArray array, recipients->AsArray());
    for (const JsonValue value : array) {
      FLORIN_TRY(const JsonObject object, value.AsObject());
      FLORIN_CHECK_OK(object.CheckMembers({}, {"header", "encrypted_key"}));
      FLORIN_CHECK_OK(ReadRecipient(object, jwe));
    }
    if (jwe.recipient_count == 0) return Malformed("JWE: no recipient");
  } else {
    FLORIN_CHECK_OK(
        root.CheckMembers({"ciphertext", "iv", "tag"},
                          {"protected", "unprotected", "aad", "header", "encrypted_key"}));
    FLORIN_CHECK_OK(ReadRecipient(root, jwe));
  }
  FLORIN_TRY(jwe.unprotected_header, OptionalObject(root, "unprotected"));
  FLORIN_TRY(jwe.protected_text, OptionalText(root, "protected"));
  if (root.Find("aad").has_value()) {
    FLORIN_TRY(jwe.aad, OptionalText(root, "aad"));
  }
  FLORIN_TRY(jwe.iv, root.GetString("iv"));
  FLORIN_TRY(jwe.ciphertext, root.GetString("ciphertext"));
  FLORIN_TRY(jwe.tag, root.GetString("tag"));
  return jwe;
}

// Where the profile asks for it, everything that decides stands where the tag covers it.
Status CheckProtection(const JweProfile& profile, const JweText& text) {
  if (profile.unprotected) return OkStatus();
  for (std::size_t i = 0; i < text.recipient_count; ++i) {
    if (text.recipients[i].header.has_value() || text.unprotected_header.has_value()) {
      return Error(ErrorCode::kVerificationFailed,
                   "JWE: a header that no tag covers; the profile takes none");
    }
  }
  return OkStatus();
}

template <class Row>
bool Names(const std::vector<Row>& allowed, Row row) {
  return std::find(allowed.begin(), allowed.end(), row) != allowed.end();
}

Result<const JweAlgorithmRow*> AlgorithmOf(const JweProfile& profile, std::string_view name) {
  const JweAlgorithmRow* row = FindJweAlgorithm(name);
  for (const auto& [alias, algorithm] : profile.algorithm_aliases) {
    if (alias == name) row = &RowOf(algorithm);
  }
  if (row != nullptr && Names(profile.algorithms, row->algorithm)) return row;
  return Error(ErrorCode::kVerificationFailed, "JWE: the profile does not take this \"alg\"");
}

Result<const JweEncryptionRow*> EncryptionOf(const JweProfile& profile, std::string_view name) {
  const JweEncryptionRow* row = FindJweEncryption(name);
  if (row != nullptr && Names(profile.encryptions, row->encryption)) return row;
  return Error(ErrorCode::kVerificationFailed, "JWE: the profile does not take this \"enc\"");
}

std::span<const std::string_view> MembersOf(KeyManagement management) {
  switch (management) {
    case KeyManagement::kAgreement:
    case KeyManagement::kAgreedKeyWrap: return kAgreementMembers;
    case KeyManagement::kGcmKeyWrap: return kGcmKeyWrapMembers;
    default: return kOtherMembers;
  }
}

// RFC 7518 4.6.1.
Status ReadAgreement(const JoseHeader& header, DecodedFields& fields, JweHeader& out) {
  const auto epk = header.Find("epk");
  if (!epk.has_value()) return Malformed("JWE: the header lacks the ephemeral public key, \"epk\"");
  FLORIN_TRY(const JsonObject jwk, epk->AsObject());
  FLORIN_CHECK_OK(jwk.CheckMembers({"kty", "crv", "x"}, {"y"}));
  FLORIN_TRY(out.epk, JwkCurveKey::FromJwk(jwk));
  const bool is_point = IsWeierstrass(out.epk->curve());
  if (InfoOf(out.epk->curve()).form == CurveForm::kEdwards ||
      is_point != (jwk.Find("y") != std::nullopt)) {
    return Malformed("JWE: \"epk\" is a point with x and y, or a key of X25519");
  }
  FLORIN_TRY(const std::string_view apu, header.FindString("apu"));
  FLORIN_TRY(const std::string_view apv, header.FindString("apv"));
  FLORIN_TRY(out.apu, fields.DecodeBase64(apu));
  FLORIN_TRY(out.apv, fields.DecodeBase64(apv));
  if (out.apu.size() > kMaxPartyInfo || out.apv.size() > kMaxPartyInfo) {
    return Error(ErrorCode::kLimitExceeded, "JWE: \"apu\" and \"apv\" have at most 256 bytes");
  }
  return OkStatus();
}

// RFC 7518 4.7.1.
Status ReadGcmKeyWrap(const JoseHeader& header, DecodedFields& fields, JweHeader& out) {
  FLORIN_TRY(const std::string_view iv, header.GetString("iv"));
  FLORIN_TRY(const std::string_view tag, header.GetString("tag"));
  FLORIN_TRY(out.wrap_iv, fields.DecodeBase64(iv));
  FLORIN_TRY(out.wrap_tag, fields.DecodeBase64(tag));
  if (out.wrap_iv.size() != kGcmKeyWrapIv || out.wrap_tag.size() != kGcmTag) {
    return Malformed("JWE: \"iv\" of 12 and \"tag\" of 16 bytes belong to AES-GCM key wrap");
  }
  return OkStatus();
}

void PutLength(std::size_t length, std::uint8_t*& at) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    *at++ = static_cast<std::uint8_t>(length >> static_cast<unsigned>(shift));
  }
}

void PutField(ByteView field, std::uint8_t*& at) {
  PutLength(field.size(), at);
  at = std::copy(field.begin(), field.end(), at);
}

}  // namespace

Result<JweText> ReadJweText(JoseWorkspace& workspace, std::string_view text, bool json_allowed,
                            DecodedFields& fields) {
  if (text.size() > workspace.max_bytes) {
    return Error(ErrorCode::kLimitExceeded, "JWE: the text is longer than max_bytes");
  }
  const bool is_json = text.starts_with('{');
  if (is_json && !json_allowed) {
    return Error(ErrorCode::kVerificationFailed, "JWE: the profile takes the compact form only");
  }
  FLORIN_TRY(JweText jwe, is_json ? ReadJson(workspace.text_parser, text) : ReadCompact(text));
  if (jwe.protected_text.empty()) {
    return is_json ? Result<JweText>(jwe) : Malformed("JWE: the compact form has a header");
  }
  FLORIN_TRY(const ByteView json, fields.DecodeBase64(jwe.protected_text));
  jwe.protected_json = AsText(json);
  FLORIN_TRY(jwe.protected_header, workspace.header_parser.ParseObject(json));
  return jwe;
}

Result<JweHeader> ReadJweHeader(const JweProfile& profile, const JweText& text,
                                const JweRecipientText& recipient, DecodedFields& fields) {
  FLORIN_CHECK_OK(CheckProtection(profile, text));
  FLORIN_TRY(const JoseHeader header,
             JoseHeader::Of(text.protected_header, text.unprotected_header, recipient.header));
  JweHeader out;
  FLORIN_TRY(const std::string_view algorithm, header.GetString("alg"));
  FLORIN_TRY(out.algorithm, AlgorithmOf(profile, algorithm));
  FLORIN_TRY(const std::string_view encryption, header.GetString("enc"));
  FLORIN_TRY(out.encryption, EncryptionOf(profile, encryption));
  const KeyManagement management = out.algorithm->management;
  FLORIN_CHECK_OK(header.CheckMembers(MembersOf(management), profile.required_members,
                                      profile.optional_members, profile.any_member));
  FLORIN_TRY(out.content_type, header.FindString("cty"));
  FLORIN_TRY(out.kid, header.FindString("kid"));
  if (out.kid.size() > kMaxKid) {
    return Error(ErrorCode::kLimitExceeded, "JWE: \"kid\" has at most 512 characters");
  }
  const bool brings_key =
      management != KeyManagement::kAgreement && management != KeyManagement::kDirect;
  if (brings_key == recipient.encrypted_key.empty()) {
    return Malformed("JWE: an encrypted key is there where \"alg\" has none, or the other way");
  }
  if (!brings_key && text.recipient_count != 1) {
    return Malformed("JWE: a key that is not wrapped is for one recipient");
  }
  if (management == KeyManagement::kAgreement || management == KeyManagement::kAgreedKeyWrap) {
    FLORIN_CHECK_OK(ReadAgreement(header, fields, out));
  }
  if (management == KeyManagement::kGcmKeyWrap) {
    FLORIN_CHECK_OK(ReadGcmKeyWrap(header, fields, out));
  }
  return out;
}

std::array<std::uint8_t, 8> BitLength(std::size_t bytes) {
  std::array<std::uint8_t, 8> out;
  std::uint64_t bits = std::uint64_t{bytes} * 8;
  for (std::size_t i = out.size(); i-- > 0; bits >>= 8U) out[i] = static_cast<std::uint8_t>(bits);
  return out;
}

AgreedKey AgreedKeyOf(const JweAlgorithmRow& algorithm, const JweEncryptionRow& encryption) {
  if (algorithm.management == KeyManagement::kAgreement) {
    return {encryption.name, encryption.cek_length};
  }
  return {algorithm.name, algorithm.wrapping_key_length};
}

ByteView WriteAgreementInfo(std::string_view algorithm, ByteView apu, ByteView apv,
                            std::size_t key_length,
                            std::array<std::uint8_t, kMaxAgreementInfo>& out) {
  FLORIN_INVARIANT(apu.size() <= kMaxPartyInfo && apv.size() <= kMaxPartyInfo);
  std::uint8_t* at = out.data();
  PutField(AsBytes(algorithm), at);
  PutField(apu, at);
  PutField(apv, at);
  PutLength(key_length * 8, at);
  return ByteView(out).first(static_cast<std::size_t>(at - out.data()));
}

}  // namespace florin::payload
