#include "crypto/card/tr34_kdh.h"

#include <string>

#include "crypto/base/oids.h"
#include "crypto/card/key_block_payload.h"
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

Status CheckKey(const Tr34KeyToSend& key, Tr34Cipher cipher, const KeyBlockExportPolicy& policy) {
  FLORIN_CHECK_OK(CheckKeyBlockCombination(key.header));
  FLORIN_TRY(const int strength, CheckWrappedKey(key.header.algorithm(), key.key));
  if (strength > Tr34CipherStrength(cipher) && !policy.weaker_kbpk) {
    return Error(ErrorCode::kPermissionDenied, "the cipher is weaker than the key to be sent");
  }
  return OkStatus();
}

Result<Bytes> Sign(const Tr34Signer& signer, ByteView type, ByteView content,
                   std::vector<Bytes> attributes, bool sign_attributes = true) {
  FLORIN_TRY(const Bytes id, IssuerAndSerialOf(signer.certificate));
  return SignTr34({type, content, std::move(attributes), sign_attributes, signer.crl, id},
                  signer.key);
}

Status ExpectRoles(const Tr34Pin& krd, const Tr34Pin& kdh) {
  FLORIN_CHECK_OK(krd.ExpectRole(Tr34Role::kKrd));
  return kdh.ExpectRole(Tr34Role::kKdh);
}

}  // namespace

Result<Bytes> MakeTr34KeyToken(const Tr34Signer& kdh, const Tr34Pin& krd, const Tr34KeyToSend& key,
                               const Tr34Freshness& freshness, Tr34Cipher cipher,
                               const KeyBlockExportPolicy& policy, RandomSource& random) {
  FLORIN_CHECK_OK(krd.ExpectRole(Tr34Role::kKrd));
  FLORIN_CHECK_OK(CheckKey(key, cipher, policy));
  FLORIN_TRY(const std::string header, HeaderText(key));
  FLORIN_TRY(const Bytes kdh_id, IssuerAndSerialOf(kdh.certificate));
  FLORIN_TRY(const SecretBytes content, WriteTr34KeyContent({kdh_id, key.key, AsBytes(header)}));
  FLORIN_TRY(const Bytes envelope,
             SealTr34Envelope(content.Read(SecretAccess{}), krd.id(), krd.key(), cipher, random));
  FLORIN_TRY(Bytes fresh, FreshnessAttribute(freshness));
  FLORIN_TRY(Bytes header_attribute, Tr34HeaderAttribute(AsBytes(header)));
  return Sign(kdh, oids::kEnvelopedData, envelope, {std::move(fresh), std::move(header_attribute)});
}

Result<Bytes> MakeTr34KdhUnbindToken(const Tr34Signer& kdh, const Tr34Pin& krd, ByteView random) {
  FLORIN_CHECK_OK(krd.ExpectRole(Tr34Role::kKrd));
  FLORIN_TRY(Bytes fresh, Tr34RandomAttribute(random));
  return Sign(kdh, oids::kData, krd.id(), {std::move(fresh)});
}

Result<Bytes> MakeTr34KdhRebindToken(const Tr34Signer& kdh, const Tr34Pin& krd, const Tr34Pin& next,
                                     ByteView random) {
  FLORIN_CHECK_OK(ExpectRoles(krd, next));
  FLORIN_TRY(Bytes fresh, Tr34RandomAttribute(random));
  FLORIN_TRY(const Bytes content, WriteTr34Rebinding({krd.id(), next.certificate().der()}));
  return Sign(kdh, oids::kSignedData, content, {std::move(fresh)});
}

Result<Bytes> MakeTr34CaUnbindToken(const Tr34Signer& authority, const Tr34Pin& krd,
                                    const Tr34Pin& kdh) {
  FLORIN_CHECK_OK(ExpectRoles(krd, kdh));
  // The norm's sample B.13 signs the content itself.
  return Sign(authority, oids::kData, Joined(krd.id(), kdh.id()), {}, false);
}

Result<Bytes> MakeTr34CaRebindToken(const Tr34Signer& authority, const Tr34Pin& krd,
                                    const Tr34Pin& kdh, const Tr34Pin& next, UnixSeconds time) {
  FLORIN_CHECK_OK(ExpectRoles(krd, kdh));
  FLORIN_CHECK_OK(next.ExpectRole(Tr34Role::kKdh));
  FLORIN_TRY(Bytes fresh, Tr34TimeAttribute(time));
  FLORIN_TRY(const Bytes content,
             WriteTr34Rebinding({Joined(krd.id(), kdh.id()), next.certificate().der()}));
  return Sign(authority, oids::kSignedData, content, {std::move(fresh)});
}

}  // namespace florin::card
