#include "crypto/card/tr34_kdh.h"

#include <string>

#include "crypto/base/oids.h"
#include "crypto/card/key_block_rules.h"
#include "crypto/card/tr34_credential.h"
#include "crypto/card/tr34_envelope.h"
#include "crypto/card/tr34_token.h"

namespace florin::card {
namespace {

Result<Bytes> FreshnessAttribute(const Tr34Freshness& freshness) {
  if (const auto* time = std::get_if<UnixSeconds>(&freshness)) return Tr34TimeAttribute(*time);
  return Tr34RandomAttribute(std::get<ByteView>(freshness));
}

Bytes Joined(ByteView a, ByteView b) {
  Bytes joined(a.begin(), a.end());
  joined.insert(joined.end(), b.begin(), b.end());
  return joined;
}

Result<std::string> HeaderText(const Tr34KeyToSend& key) {
  std::string text(kMaxKeyBlockSize, '\0');
  FLORIN_TRY(const std::size_t size,
             WriteKeyBlockHeader(key.header, key.blocks, 0, std::span<char>(text)));
  text.resize(size);
  return text;
}

Result<Bytes> Sign(const Tr34Signer& signer, ByteView type, ByteView content,
                   std::vector<Bytes> attributes, bool sign_attributes = true) {
  FLORIN_TRY(const Bytes id, IssuerAndSerialOf(signer.certificate));
  return SignTr34({type, content, std::move(attributes), sign_attributes, signer.crl, id},
                  signer.key);
}

// The recipient is a KRD whose certificate holds.
Status CheckRecipient(const Tr34Recipient& recipient) {
  FLORIN_CHECK_OK(recipient.krd.ExpectRole(Tr34Role::kKrd));
  FLORIN_CHECK_OK(recipient.krd.CheckValid(recipient.now));
  return recipient.revocation.Check(Tr34Role::kKrd, recipient.krd.certificate().serial(),
                                    recipient.crl, recipient.now);
}

// The same for the KDH that follows.
Status CheckNext(const Tr34Signer& signer, const Tr34Recipient& recipient,
                 const Tr34Binding& next) {
  FLORIN_CHECK_OK(next.ExpectRole(Tr34Role::kKdh));
  FLORIN_CHECK_OK(next.CheckValid(recipient.now));
  return recipient.revocation.Check(Tr34Role::kKdh, next.certificate().serial(), signer.crl,
                                    recipient.now);
}

}  // namespace

Result<Bytes> MakeTr34KeyToken(const Tr34Signer& kdh, const Tr34Recipient& recipient,
                               const Tr34KeyToSend& key, const Tr34Freshness& freshness,
                               Tr34Cipher cipher, const KeyBlockExportPolicy& policy,
                               RandomSource& random) {
  FLORIN_CHECK_OK(CheckRecipient(recipient));
  const Tr34Binding& krd = recipient.krd;
  FLORIN_CHECK_OK(CheckKeyExport(key.header, key.blocks, key.key,
                                 Tr34EnvelopeStrength(cipher, krd.key().modulus_size(), policy)));
  FLORIN_TRY(const std::string header, HeaderText(key));
  FLORIN_TRY(const Bytes kdh_id, IssuerAndSerialOf(kdh.certificate));
  FLORIN_TRY(const SecretBytes content, WriteTr34KeyContent({kdh_id, key.key, AsBytes(header)}));
  FLORIN_TRY(const Bytes envelope,
             SealTr34Envelope(content.Read(SecretAccess{}), krd.id(), krd.key(), cipher, random));
  FLORIN_TRY(Bytes fresh, FreshnessAttribute(freshness));
  FLORIN_TRY(Bytes header_attribute, Tr34HeaderAttribute(AsBytes(header)));
  return Sign(kdh, oids::kEnvelopedData, envelope, {std::move(fresh), std::move(header_attribute)});
}

Result<Bytes> MakeTr34KdhUnbindToken(const Tr34Signer& kdh, const Tr34Binding& krd,
                                     ByteView random) {
  FLORIN_CHECK_OK(krd.ExpectRole(Tr34Role::kKrd));
  FLORIN_TRY(Bytes fresh, Tr34RandomAttribute(random));
  return Sign(kdh, oids::kData, krd.id(), {std::move(fresh)});
}

Result<Bytes> MakeTr34KdhRebindToken(const Tr34Signer& kdh, const Tr34Recipient& recipient,
                                     const Tr34Binding& next, ByteView random) {
  FLORIN_CHECK_OK(CheckRecipient(recipient));
  FLORIN_CHECK_OK(CheckNext(kdh, recipient, next));
  FLORIN_TRY(Bytes fresh, Tr34RandomAttribute(random));
  FLORIN_TRY(const Bytes content,
             WriteTr34Rebinding({recipient.krd.id(), next.certificate().der()}));
  return Sign(kdh, oids::kSignedData, content, {std::move(fresh)});
}

Result<Bytes> MakeTr34CaUnbindToken(const Tr34Signer& authority, const Tr34Binding& krd,
                                    const Tr34Binding& kdh, std::optional<UnixSeconds> time) {
  FLORIN_CHECK_OK(krd.ExpectRole(Tr34Role::kKrd));
  FLORIN_CHECK_OK(kdh.ExpectRole(Tr34Role::kKdh));
  const Bytes ids = Joined(krd.id(), kdh.id());
  // Sample B.13 signs the content itself.
  if (!time) return Sign(authority, oids::kData, ids, {}, false);
  FLORIN_TRY(Bytes fresh, Tr34TimeAttribute(*time));
  return Sign(authority, oids::kData, ids, {std::move(fresh)});
}

Result<Bytes> MakeTr34CaRebindToken(const Tr34Signer& authority, const Tr34Recipient& recipient,
                                    const Tr34Binding& kdh, const Tr34Binding& next) {
  FLORIN_CHECK_OK(CheckRecipient(recipient));
  FLORIN_CHECK_OK(kdh.ExpectRole(Tr34Role::kKdh));
  FLORIN_CHECK_OK(CheckNext(authority, recipient, next));
  FLORIN_TRY(Bytes fresh, Tr34TimeAttribute(recipient.now));
  FLORIN_TRY(const Bytes content,
             WriteTr34Rebinding({Joined(recipient.krd.id(), kdh.id()), next.certificate().der()}));
  return Sign(authority, oids::kSignedData, content, {std::move(fresh)});
}

}  // namespace florin::card
