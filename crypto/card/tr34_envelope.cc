#include "crypto/card/tr34_envelope.h"

#include <algorithm>
#include <array>

#include "crypto/card/tr34_cms.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/tdes.h"

namespace florin::card {
namespace {

using primitives::CipherMode;
using primitives::Direction;
using primitives::KeyedCipher;

constexpr std::size_t kMaxContentKey = 32;
constexpr std::uint8_t kImplicitContent = 0x80;  // [0], primitive

struct CipherForm {
  Tr34Cipher cipher;
  ByteView oid;
  std::size_t key_size;
  std::size_t block_size;
  int strength;
};
const CipherForm kForms[] = {
    {Tr34Cipher::kTdesCbc, oids::kDesEde3Cbc, 24, 8, 112},
    {Tr34Cipher::kAes128Cbc, oids::kAes128Cbc, 16, 16, 128},
    {Tr34Cipher::kAes192Cbc, oids::kAes192Cbc, 24, 16, 192},
    {Tr34Cipher::kAes256Cbc, oids::kAes256Cbc, 32, 16, 256},
};

const CipherForm& FormOf(Tr34Cipher cipher) { return kForms[static_cast<std::size_t>(cipher)]; }

Error CannotOpen() {
  return Error(ErrorCode::kVerificationFailed, "the TR-34 envelope cannot be opened");
}

Error NotOaep() {
  return Error(ErrorCode::kUnsupported, "TR-34 wraps content keys by RSA-OAEP with SHA-256");
}

// Reads an algorithm with the tag `context` around it, or without, as the samples have it.
Result<BerReader> EnterParameter(BerReader& parameters, std::uint8_t context) {
  if (!parameters.NextIs(context)) return parameters.Enter(asn1::kSequence);
  FLORIN_TRY(BerReader tagged, parameters.Enter(context));
  FLORIN_TRY(const BerElement algorithm, tagged.Read(asn1::kSequence));
  FLORIN_CHECK_OK(tagged.ExpectEnd());
  return parameters.Open(algorithm);
}

// An algorithm without parameters but NULL.
Status ExpectPlain(BerReader& algorithm, ByteView expected) {
  FLORIN_TRY(const ByteView oid, algorithm.ReadOid());
  if (!SameBytes(oid, expected)) return NotOaep();
  if (algorithm.NextIs(asn1::kNull)) FLORIN_CHECK_OK(algorithm.Read());
  return algorithm.ExpectEnd();
}

Status ReadOaep(BerReader& recipient) {
  FLORIN_TRY(BerReader algorithm, recipient.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView oid, algorithm.ReadOid());
  if (!SameBytes(oid, oids::kRsaesOaep)) return NotOaep();
  FLORIN_TRY(BerReader parameters, algorithm.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(algorithm.ExpectEnd());
  FLORIN_TRY(BerReader hash, EnterParameter(parameters, asn1::kContext0));
  FLORIN_CHECK_OK(ExpectPlain(hash, oids::kSha256));
  FLORIN_TRY(BerReader mask, EnterParameter(parameters, asn1::kContext1));
  FLORIN_TRY(const ByteView generator, mask.ReadOid());
  if (!SameBytes(generator, oids::kMgf1)) return NotOaep();
  FLORIN_TRY(BerReader mask_hash, mask.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(ExpectPlain(mask_hash, oids::kSha256));
  FLORIN_CHECK_OK(mask.ExpectEnd());
  if (parameters.empty()) return OkStatus();
  constexpr std::uint8_t kContext2 = 0xa2;
  FLORIN_TRY(BerReader source, EnterParameter(parameters, kContext2));
  FLORIN_TRY(const ByteView kind, source.ReadOid());
  FLORIN_TRY(const ByteView label, source.ReadOctets());
  if (!SameBytes(kind, oids::kPSpecified) || !label.empty()) return NotOaep();
  FLORIN_CHECK_OK(source.ExpectEnd());
  return parameters.ExpectEnd();
}

Status ReadRecipient(BerReader& recipients, Tr34Envelope& envelope) {
  FLORIN_TRY(BerReader recipient, recipients.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(recipient.ExpectInteger(0));
  FLORIN_TRY(const BerElement id, recipient.Read(asn1::kSequence));
  envelope.recipient = id.whole;
  FLORIN_CHECK_OK(ReadOaep(recipient));
  FLORIN_TRY(envelope.encrypted_key, recipient.ReadOctets());
  return recipient.ExpectEnd();
}

Status ReadContent(BerReader& enveloped, Tr34Envelope& envelope) {
  FLORIN_TRY(BerReader content, enveloped.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView type, content.ReadOid());
  FLORIN_TRY(BerReader algorithm, content.Enter(asn1::kSequence));
  FLORIN_TRY(const ByteView oid, algorithm.ReadOid());
  FLORIN_TRY(envelope.iv, algorithm.ReadOctets());
  FLORIN_CHECK_OK(algorithm.ExpectEnd());
  FLORIN_TRY(const BerElement ciphertext, content.Read(kImplicitContent));
  FLORIN_CHECK_OK(content.ExpectEnd());
  const auto form = std::ranges::find_if(
      kForms, [oid](const CipherForm& candidate) { return SameBytes(candidate.oid, oid); });
  if (!SameBytes(type, oids::kData) || form == std::end(kForms)) {
    return Error(ErrorCode::kUnsupported, "TR-34 contents are encrypted with TDES or AES in CBC");
  }
  envelope.cipher = form->cipher;
  envelope.ciphertext = ciphertext.content;
  return OkStatus();
}

Result<KeyedCipher> CipherOf(Tr34Cipher cipher, ByteView key) {
  if (key.size() != FormOf(cipher).key_size) return CannotOpen();
  return cipher == Tr34Cipher::kTdesCbc ? primitives::TdesCipher(key) : primitives::AesCipher(key);
}

void PutOaep(BerWriter& writer) {
  const auto put_sha256 = [&writer] {
    writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kSha256).Put(asn1::kNull, {}).End();
  };
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kRsaesOaep).Begin(asn1::kSequence);
  writer.Begin(asn1::kContext0);
  put_sha256();
  writer.End().Begin(asn1::kContext1).Begin(asn1::kSequence).Put(asn1::kOid, oids::kMgf1);
  put_sha256();
  writer.End().End().End().End();
}

}  // namespace

int Tr34CipherStrength(Tr34Cipher cipher) { return FormOf(cipher).strength; }

Result<Tr34Envelope> Tr34Envelope::Parse(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader enveloped, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_CHECK_OK(enveloped.ExpectInteger(0));
  FLORIN_TRY(BerReader recipients, enveloped.Enter(asn1::kSet));
  Tr34Envelope envelope;
  FLORIN_CHECK_OK(ReadRecipient(recipients, envelope));
  FLORIN_CHECK_OK(recipients.ExpectEnd());
  FLORIN_CHECK_OK(ReadContent(enveloped, envelope));
  FLORIN_CHECK_OK(enveloped.ExpectEnd());
  return envelope;
}

Result<SecretBytes> DecryptTr34Content(const Tr34Envelope& envelope, ByteView content_key) {
  FLORIN_TRY(const KeyedCipher cipher, CipherOf(envelope.cipher, content_key));
  FLORIN_TRY(SecretBytes content, SecretBytes::Create(envelope.ciphertext.size()));
  const auto size = cipher.Crypt(CipherMode::kCbcPad, Direction::kDecrypt, envelope.iv,
                                 envelope.ciphertext, content.Write(SecretAccess{}));
  if (!size.ok()) return CannotOpen();
  content.Truncate(*size);
  return content;
}

Result<SecretBytes> OpenTr34Envelope(const Tr34Envelope& envelope,
                                     const primitives::RsaPrivateKey& key, RandomSource& random) {
  const std::size_t size = FormOf(envelope.cipher).key_size;
  SecretArray<kMaxContentKey> content_key;
  const MutableBytes chosen = content_key.Write(SecretAccess{}).first(size);
  FLORIN_CHECK_OK(random.Fill(chosen));
  FLORIN_TRY(SecretBytes decrypted, SecretBytes::Create(key.modulus_size()));
  const auto found =
      key.DecryptOaep(Hash::kSha256, envelope.encrypted_key, decrypted.Write(SecretAccess{}));
  const bool right = found.ok() && *found == size;
  if (right) std::ranges::copy(decrypted.Read(SecretAccess{}).first(size), chosen.begin());
  auto content = DecryptTr34Content(envelope, chosen);
  if (!right || !content.ok()) return CannotOpen();
  return content;
}

Result<Bytes> SealTr34Envelope(ByteView content, ByteView recipient,
                               const primitives::RsaPublicKey& key, Tr34Cipher cipher,
                               RandomSource& random) {
  const CipherForm& form = FormOf(cipher);
  SecretArray<kMaxContentKey> secret;
  const MutableBytes content_key = secret.Write(SecretAccess{}).first(form.key_size);
  FLORIN_CHECK_OK(random.Fill(content_key));
  if (cipher == Tr34Cipher::kTdesCbc) primitives::SetOddParity(content_key);
  std::array<std::uint8_t, primitives::kMaxBlockSize> iv_bytes{};
  const MutableBytes iv = MutableBytes(iv_bytes).first(form.block_size);
  FLORIN_CHECK_OK(random.Fill(iv));
  FLORIN_TRY(const KeyedCipher keyed, CipherOf(cipher, content_key));
  Bytes ciphertext(content.size() + form.block_size);
  FLORIN_TRY(const std::size_t size,
             keyed.Crypt(CipherMode::kCbcPad, Direction::kEncrypt, iv, content, ciphertext));
  ciphertext.resize(size);
  Bytes encrypted_key(key.modulus_size());
  FLORIN_CHECK_OK(key.EncryptOaep(Hash::kSha256, content_key, encrypted_key));

  const std::uint8_t zero = 0;
  Bytes buffer(ciphertext.size() + encrypted_key.size() + recipient.size() + 256);
  BerWriter writer(buffer);
  writer.Begin(asn1::kSequence).Put(asn1::kInteger, {&zero, 1});
  writer.Begin(asn1::kSet).Begin(asn1::kSequence).Put(asn1::kInteger, {&zero, 1});
  writer.PutRaw(recipient);
  PutOaep(writer);
  writer.Put(asn1::kOctetString, encrypted_key).End().End();
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kData);
  writer.Begin(asn1::kSequence).Put(asn1::kOid, form.oid).Put(asn1::kOctetString, iv).End();
  writer.Put(kImplicitContent, ciphertext).End().End();
  return WrittenDer(writer, buffer);
}

Result<Tr34KeyContent> Tr34KeyContent::Parse(ByteView der) {
  BerReader outer(der, BerRules::kDer);
  FLORIN_TRY(BerReader fields, outer.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(outer.ExpectEnd());
  FLORIN_CHECK_OK(fields.ExpectInteger(1));
  Tr34KeyContent content;
  FLORIN_TRY(const BerElement kdh, fields.Read(asn1::kSequence));
  content.kdh = kdh.whole;
  FLORIN_TRY(content.key, fields.ReadOctets());
  FLORIN_TRY(BerReader attribute, fields.Enter(asn1::kSequence));
  FLORIN_CHECK_OK(fields.ExpectEnd());
  FLORIN_TRY(const ByteView oid, attribute.ReadOid());
  FLORIN_TRY(BerReader values, attribute.Enter(asn1::kSet));
  FLORIN_CHECK_OK(attribute.ExpectEnd());
  FLORIN_TRY(content.header, values.ReadOctets());
  FLORIN_CHECK_OK(values.ExpectEnd());
  if (!SameBytes(oid, oids::kData)) {
    return Error(ErrorCode::kMalformed, "the content of a TR-34 envelope lacks a key block header");
  }
  return content;
}

Result<SecretBytes> WriteTr34KeyContent(const Tr34KeyContent& content) {
  FLORIN_TRY(SecretBytes secret, SecretBytes::Create(content.kdh.size() + content.key.size() +
                                                     content.header.size() + 64));
  BerWriter writer(secret.Write(SecretAccess{}));
  const std::uint8_t one = 1;
  writer.Begin(asn1::kSequence).Put(asn1::kInteger, {&one, 1}).PutRaw(content.kdh);
  writer.Put(asn1::kOctetString, content.key);
  writer.Begin(asn1::kSequence).Put(asn1::kOid, oids::kData);
  writer.Begin(asn1::kSet).Put(asn1::kOctetString, content.header).End().End().End();
  FLORIN_TRY(const std::size_t size, writer.Finish());
  secret.Truncate(size);
  return secret;
}

}  // namespace florin::card
