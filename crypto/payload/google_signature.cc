#include "crypto/payload/google_signature.h"

#include <algorithm>
#include <initializer_list>

#include "crypto/primitives/hash.h"

namespace florin::payload {
namespace {

void AddLengthAndText(primitives::Hasher& hasher, ByteView text) {
  const std::size_t size = text.size();  // bounded by the parser's limits: 32 bits are enough
  const std::array<std::uint8_t, 4> length = {
      static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(size >> 8),
      static_cast<std::uint8_t>(size >> 16), static_cast<std::uint8_t>(size >> 24)};
  hasher.Update(ByteView(length));
  hasher.Update(text);
}

Status DigestOf(std::initializer_list<std::string_view> texts, GoogleDigest& digest) {
  primitives::Hasher hasher(Hash::kSha256);
  for (const std::string_view text : texts) AddLengthAndText(hasher, AsBytes(text));
  return hasher.Finish(digest);
}

// Of an intermediate key as it came, under these roots: what is remembered of another list, another
// text or other signatures is not this.
Status IntermediateId(const GoogleToken& token, const GoogleDigest& signed_digest,
                      const GoogleRootKeySet& roots, GoogleDigest& id) {
  primitives::Hasher hasher(Hash::kSha256);
  hasher.Update(ByteView(roots.id));
  hasher.Update(ByteView(signed_digest));
  for (const ByteView signature : token.KeySignatures()) AddLengthAndText(hasher, signature);
  return hasher.Finish(id);
}

bool IsSignedBy(const primitives::EcPublicKey& key, const GoogleDigest& digest,
                ByteView signature) {
  return primitives::EcdsaVerify(key, digest, signature, primitives::SignatureForm::kDer).ok();
}

// The live root key that made one of the signatures, or null.
const GoogleRootKey* FindSigner(const GoogleToken& token, const GoogleDigest& digest,
                                const GoogleRootKeySet& roots, UnixSeconds now) {
  for (const GoogleRootKey& root : roots.keys) {
    if (!root.Serves(token.protocol, now)) continue;
    for (const ByteView signature : token.KeySignatures()) {
      if (IsSignedBy(root.key, digest, signature)) return &root;
    }
  }
  return nullptr;
}

Status CheckRoots(const GoogleRootKeySet& roots, GoogleProtocol protocol, UnixSeconds now) {
  if (now >= roots.trusted_until) {
    return Error(ErrorCode::kExpired,
                 "the root keys were not refreshed in time; does the job that fetches them run?");
  }
  const auto of_version = [protocol](const GoogleRootKey& root) {
    return root.protocol == protocol;
  };
  if (std::none_of(roots.keys.begin(), roots.keys.end(), of_version)) {
    return Error(ErrorCode::kVerificationFailed,
                 "the list of root keys has none of the token's protocolVersion");
  }
  const auto is_live = [&](const GoogleRootKey& root) { return root.Serves(protocol, now); };
  if (std::none_of(roots.keys.begin(), roots.keys.end(), is_live)) {
    return Error(
        ErrorCode::kExpired,
        "every root key of the token's protocolVersion has expired or tells no expiration");
  }
  return OkStatus();
}

Error MessageNotSigned() {
  return {ErrorCode::kVerificationFailed,
          "the message was not signed for any of the recipient ids; was the token changed, or is "
          "it another's, or of the other environment?"};
}

}  // namespace

Status GoogleMessageDigest(const GoogleToken& token, std::string_view sender,
                           std::string_view recipient, GoogleDigest& digest) {
  return DigestOf({sender, recipient, GoogleProtocolName(token.protocol), token.signed_message},
                  digest);
}

Status GoogleIntermediateDigest(const GoogleToken& token, std::string_view sender,
                                GoogleDigest& digest) {
  return DigestOf({sender, GoogleProtocolName(token.protocol), token.signed_key}, digest);
}

Result<std::size_t> GoogleSignatures::Verify(const GoogleToken& token,
                                             const GoogleRootKeySet& roots,
                                             std::span<const std::string_view> recipients,
                                             UnixSeconds now, JsonParser& parser,
                                             const char*& stage) {
  stage = GoogleSignatureStage::kRootKeys;
  FLORIN_CHECK_OK(CheckRoots(roots, token.protocol, now));
  if (token.protocol == GoogleProtocol::kEcV1) {
    stage = GoogleSignatureStage::kMessage;
    return VerifyByRoot(token, roots, recipients, now);
  }
  stage = GoogleSignatureStage::kIntermediate;
  GoogleDigest digest;
  FLORIN_CHECK_OK(GoogleIntermediateDigest(token, sender_, digest));
  GoogleDigest id;
  FLORIN_CHECK_OK(IntermediateId(token, digest, roots, id));
  auto known = intermediates_.Find(id);
  const bool is_live = known && now <= known->validity.not_after;
  if (!is_live) {
    FLORIN_TRY(known, VerifyIntermediate(token, roots, now, parser, stage));
    known->id = id;
  }
  stage = GoogleSignatureStage::kMessage;
  FLORIN_TRY(const primitives::EcPublicKey key, known->EcLeafKey());
  FLORIN_TRY(const std::size_t recipient, FindRecipient(token, key, recipients));
  if (recipient == recipients.size()) return MessageNotSigned();
  if (!is_live) intermediates_.Add(*known, now);
  return recipient;
}

Result<SignerChain> GoogleSignatures::VerifyIntermediate(const GoogleToken& token,
                                                         const GoogleRootKeySet& roots,
                                                         UnixSeconds now, JsonParser& parser,
                                                         const char*& stage) {
  GoogleDigest digest;
  FLORIN_CHECK_OK(GoogleIntermediateDigest(token, sender_, digest));
  const GoogleRootKey* root = FindSigner(token, digest, roots, now);
  if (root == nullptr) {
    return Error(ErrorCode::kVerificationFailed,
                 "no live root key signed the intermediate key; are the root keys those of the "
                 "token's environment, and fresh?");
  }
  stage = GoogleSignatureStage::kIntermediateKey;
  FLORIN_TRY(const GoogleSignedKey signed_key, ReadGoogleSignedKey(parser, token.signed_key));
  FLORIN_TRY(const auto key, primitives::EcPublicKey::FromSpki(
                                 ByteView(signed_key.spki).first(signed_key.spki_size)));
  if (key.curve() != Curve::kP256) {
    return Error(ErrorCode::kMalformed, "the intermediate key is not on P-256");
  }
  stage = GoogleSignatureStage::kIntermediateExpiry;
  const UnixSeconds refused_from = FirstSecondRefused(signed_key.expiration_ms);
  if (now >= refused_from) {
    return Error(ErrorCode::kExpired, "the intermediate key has expired");
  }
  SignerChain chain;
  const UnixSeconds first = std::min(refused_from, root->refused_from);
  chain.validity = {UnixSeconds{0}, UnixSeconds{first.value - 1}};
  chain.SetLeafKey(key);
  return chain;
}

Result<std::size_t> GoogleSignatures::VerifyByRoot(const GoogleToken& token,
                                                   const GoogleRootKeySet& roots,
                                                   std::span<const std::string_view> recipients,
                                                   UnixSeconds now) const {
  for (const GoogleRootKey& root : roots.keys) {
    if (!root.Serves(token.protocol, now)) continue;
    FLORIN_TRY(const std::size_t recipient, FindRecipient(token, root.key, recipients));
    if (recipient != recipients.size()) return recipient;
  }
  return MessageNotSigned();
}

Result<std::size_t> GoogleSignatures::FindRecipient(
    const GoogleToken& token, const primitives::EcPublicKey& key,
    std::span<const std::string_view> recipients) const {
  std::size_t i = 0;
  for (; i < recipients.size(); ++i) {
    GoogleDigest digest;
    FLORIN_CHECK_OK(GoogleMessageDigest(token, sender_, recipients[i], digest));
    if (IsSignedBy(key, digest, token.signature)) break;
  }
  return i;
}

}  // namespace florin::payload
