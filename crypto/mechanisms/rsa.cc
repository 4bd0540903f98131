// RSA (RFC 8017): signatures of both paddings, unwrapping by PKCS #1 v1.5, OAEP as encryption and
// as wrapping.
#include "crypto/primitives/rsa.h"

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/mechanisms/implementation.h"
#include "crypto/primitives/hash.h"

namespace florin::mechanisms {
namespace {

// Of what PKCS #1 v1.5 unwraps: the longest content encryption key of RFC 7518.
constexpr std::size_t kMaxUnwrapped = 64;

using DigestBuffer = std::array<std::uint8_t, primitives::kMaxDigestSize>;

// A digest and the hash that made it.
struct NamedDigest {
  Hash hash;
  ByteView digest;
};

// What the parameter of either signature comes down to.
struct Scheme {
  bool pss;
  std::optional<Hash> hash;  // of the message; else the input is a digest
};

// RFC 8017 9.2 note 1: SEQUENCE { SEQUENCE { OID, NULL }, OCTET STRING }, up to the digest.
constexpr std::size_t kInfoHead = 19;
struct InfoHead {
  Hash hash;
  std::array<std::uint8_t, kInfoHead> head;
};
constexpr std::array<InfoHead, 3> kInfoHeads = {{
    {Hash::kSha256,
     {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
      0x05, 0x00, 0x04, 0x20}},
    {Hash::kSha384,
     {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02,
      0x05, 0x00, 0x04, 0x30}},
    {Hash::kSha512,
     {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03,
      0x05, 0x00, 0x04, 0x40}},
}};

Result<NamedDigest> ReadDigestInfo(ByteView input) {
  for (const InfoHead& known : kInfoHeads) {
    if (input.size() == kInfoHead + HashSize(known.hash) &&
        SameBytes(input.first(kInfoHead), known.head)) {
      return NamedDigest{known.hash, input.subspan(kInfoHead)};
    }
  }
  return Error(ErrorCode::kMalformed,
               "RSA-PKCS1: without a hash the input is a DigestInfo of SHA-256, 384 or 512");
}

Status CheckOaepHash(Hash hash) {
  if (hash != Hash::kSha224) return OkStatus();
  return Error(ErrorCode::kUnsupported, "RSA-OAEP takes SHA-1, SHA-256, SHA-384 or SHA-512");
}

Status CheckHash(Hash hash) {
  if (hash == Hash::kSha256 || hash == Hash::kSha384 || hash == Hash::kSha512) return OkStatus();
  return Error(ErrorCode::kUnsupported, "RSA takes SHA-256, SHA-384 or SHA-512");
}

// The padding takes the digest and 11 bytes of its own at least, which every modulus here has.
Status SignDigest(const Key& key, bool pss, const NamedDigest& named, MutableBytes out) {
  const auto& rsa = key.schedules().RsaPrivate();
  return pss ? rsa.SignPss(named.hash, named.digest, out)
             : rsa.SignPkcs1(named.hash, named.digest, out);
}

Status VerifyDigest(const Key& key, bool pss, const NamedDigest& named, ByteView signature) {
  const auto& rsa = key.schedules().RsaPublic();
  return pss ? rsa.VerifyPss(named.hash, named.digest, signature)
             : rsa.VerifyPkcs1(named.hash, named.digest, signature);
}

class RsaPieces final : public Stream {
 public:
  RsaPieces(const Key& key, bool pss, Hash hash) : key_(key), hasher_(hash), pss_(pss) {}

  std::size_t UpdateSize(std::size_t) const override { return 0; }
  std::size_t FinishSize() const override { return key_.rules().length; }
  Result<std::size_t> Update(ByteView input, MutableBytes) override {
    hasher_.Update(input);
    return std::size_t{0};
  }
  Result<std::size_t> Finish(MutableBytes out) override {
    const std::size_t size = FinishSize();
    if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "no room for the signature");
    DigestBuffer buffer;
    FLORIN_TRY(const NamedDigest named, FinishDigest(buffer));
    FLORIN_CHECK_OK(SignDigest(key_, pss_, named, out.first(size)));
    return size;
  }
  Status FinishVerify(ByteView signature) override {
    DigestBuffer buffer;
    FLORIN_TRY(const NamedDigest named, FinishDigest(buffer));
    return VerifyDigest(key_, pss_, named, signature);
  }

 private:
  Result<NamedDigest> FinishDigest(DigestBuffer& buffer) {
    const auto digest = MutableBytes(buffer).first(HashSize(hasher_.hash()));
    FLORIN_CHECK_OK(hasher_.Finish(digest));
    return NamedDigest{hasher_.hash(), digest};
  }

  const Key& key_;
  primitives::Hasher hasher_;
  bool pss_;
};

Scheme SchemeOf(const Mechanism& mechanism) {
  if (const auto* pss = std::get_if<RsaPss>(&mechanism)) {
    return {true, pss->prehashed ? std::nullopt : std::optional<Hash>(pss->hash)};
  }
  return {false, ParameterOf<RsaPkcs1>(mechanism).hash};
}

Result<NamedDigest> DigestOf(const Mechanism& mechanism, ByteView input, DigestBuffer& buffer) {
  if (const auto hash = SchemeOf(mechanism).hash) {
    const auto digest = MutableBytes(buffer).first(HashSize(*hash));
    FLORIN_CHECK_OK(primitives::Digest(*hash, input, digest));
    return NamedDigest{*hash, digest};
  }
  const auto* pss = std::get_if<RsaPss>(&mechanism);
  if (pss == nullptr) return ReadDigestInfo(input);
  if (input.size() != HashSize(pss->hash)) {
    return Error(ErrorCode::kMalformed, "RSA-PSS: the input is not as long as the hash's digests");
  }
  return NamedDigest{pss->hash, input};
}

// Bleichenbacher 1998: what the padding lets out, if anything, shall concern no other use.
Status CheckUnwraps(const KeyRules& rules, const std::optional<Hash>& hash) {
  if (hash.has_value()) {
    return Error(ErrorCode::kInvalidArgument, "RSA-PKCS1: unwrapping takes no hash");
  }
  const auto& names = rules.allowed_mechanisms;
  const bool alone = std::all_of(names.begin(), names.end(), [](MechanismType type) {
    return type == MechanismType::kRsaPkcs1;
  });
  if (alone && rules.verbs == VerbSet{Verb::kUnwrap}) return OkStatus();
  return Error(ErrorCode::kPermissionDenied,
               "RSA-PKCS1: a key that unwraps by it must do nothing else");
}

// Both paddings.
class RsaSignatures final : public Implementation {
 public:
  Status Check(Verb verb, const Mechanism& mechanism, const Key& key) const override {
    if (const auto* pss = std::get_if<RsaPss>(&mechanism)) return CheckHash(pss->hash);
    const auto& hash = ParameterOf<RsaPkcs1>(mechanism).hash;
    if (verb == Verb::kUnwrap) FLORIN_CHECK_OK(CheckUnwraps(key.rules(), hash));
    return hash.has_value() ? CheckHash(*hash) : OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism&, const Key& key, std::size_t) const override {
    return key.rules().length;
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    DigestBuffer buffer;
    FLORIN_TRY(const NamedDigest named, DigestOf(mechanism, input, buffer));
    const std::size_t size = key.rules().length;
    FLORIN_CHECK_OK(SignDigest(key, SchemeOf(mechanism).pss, named, out.first(size)));
    return size;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    DigestBuffer buffer;
    FLORIN_TRY(const NamedDigest named, DigestOf(mechanism, input, buffer));
    return VerifyDigest(key, SchemeOf(mechanism).pss, named, signature);
  }

  Result<SecretBytes> Unwrap(const Mechanism&, const Key& unwrapping, ByteView wrapped,
                             RandomSource& random, KeyRules& rules) const override {
    if (rules.length < kMinKeyLength || rules.length > kMaxUnwrapped) {
      return Error(ErrorCode::kInvalidArgument,
                   "RSA-PKCS1: the template must name the key's length, 16 to 64 bytes");
    }
    FLORIN_TRY(auto substitute, SecretBytes::Create(rules.length));
    FLORIN_CHECK_OK(random.Fill(substitute.Write(SecretAccess{})));
    FLORIN_TRY(auto material, SecretBytes::Create(rules.length));
    FLORIN_CHECK_OK(unwrapping.schedules().RsaPrivate().DecryptPkcs1(
        wrapped, substitute.Read(SecretAccess{}), material.Write(SecretAccess{})));
    return material;
  }

  Result<std::unique_ptr<Stream>> Start(Verb verb, const Mechanism& mechanism,
                                        const Key& key) const override {
    const Scheme scheme = SchemeOf(mechanism);
    if (!scheme.hash.has_value()) return Implementation::Start(verb, mechanism, key);
    return std::unique_ptr<Stream>(std::make_unique<RsaPieces>(key, scheme.pss, *scheme.hash));
  }
};

class RsaOaepForm final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    return CheckOaepHash(HashOf(mechanism));
  }

  std::size_t OutputSize(Verb verb, const Mechanism& mechanism, const Key& key,
                         std::size_t) const override {
    return verb == Verb::kEncrypt ? key.rules().length : MaxMessage(mechanism, key);
  }

  bool MayWriteLess(Verb verb) const override { return verb == Verb::kDecrypt; }

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    if (verb == Verb::kEncrypt) {
      if (input.size() > MaxMessage(mechanism, key)) {
        return Error(ErrorCode::kMalformed, "RSA-OAEP: the message is too long for the modulus");
      }
      const std::size_t size = key.rules().length;
      FLORIN_CHECK_OK(
          key.schedules().RsaPublic().EncryptOaep(HashOf(mechanism), input, out.first(size)));
      return size;
    }
    const auto opened = Open(mechanism, key, input);
    if (!opened.ok()) {
      Wipe(out);
      return opened.error();
    }
    const SecretBytes& message = *opened;
    if (out.size() < message.size()) {
      return Error(ErrorCode::kBufferTooSmall, "RSA-OAEP: no room for the message");
    }
    std::ranges::copy(message.Read(SecretAccess{}), out.begin());
    return message.size();
  }

  Result<std::size_t> WrappedSize(const Mechanism& mechanism, const Key& wrapping,
                                  const Key& target) const override {
    if (target.rules().length > MaxMessage(mechanism, wrapping)) {
      return Error(ErrorCode::kInvalidArgument, "RSA-OAEP: the key is too long for the modulus");
    }
    return wrapping.rules().length;
  }

  Result<std::size_t> Wrap(const Mechanism& mechanism, const Key& wrapping, const Key& target,
                           RandomSource&, MutableBytes out) const override {
    FLORIN_CHECK_OK(wrapping.schedules().RsaPublic().EncryptOaep(
        HashOf(mechanism), target.Material(SecretAccess{}), out));
    return out.size();
  }

  Result<SecretBytes> Unwrap(const Mechanism& mechanism, const Key& unwrapping, ByteView wrapped,
                             RandomSource&, KeyRules&) const override {
    return Open(mechanism, unwrapping, wrapped);
  }

 private:
  static Hash HashOf(const Mechanism& mechanism) { return ParameterOf<RsaOaep>(mechanism).hash; }

  // RFC 8017 7.1.1 step 1b.
  static std::size_t MaxMessage(const Mechanism& mechanism, const Key& key) {
    return key.rules().length - 2 * HashSize(HashOf(mechanism)) - 2;
  }

  static Result<SecretBytes> Open(const Mechanism& mechanism, const Key& key, ByteView ciphertext) {
    FLORIN_TRY(SecretBytes message, SecretBytes::Create(key.rules().length));
    FLORIN_TRY(const std::size_t size,
               key.schedules().RsaPrivate().DecryptOaep(HashOf(mechanism), ciphertext,
                                                        message.Write(SecretAccess{})));
    message.Truncate(size);
    return message;
  }
};

}  // namespace

Result<std::size_t> RsaDigestInfo(Hash hash, ByteView digest, MutableBytes out) {
  FLORIN_CHECK_OK(CheckHash(hash));
  if (digest.size() != HashSize(hash)) {
    return Error(ErrorCode::kInvalidArgument, "the digest does not have its hash's length");
  }
  const std::size_t size = kInfoHead + digest.size();
  if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "no room for the DigestInfo");
  const auto known = std::ranges::find(kInfoHeads, hash, &InfoHead::hash);
  std::ranges::copy(digest, std::ranges::copy(known->head, out.begin()).out);
  return size;
}

const Implementation& RsaSignatureImplementation() { return Forever<RsaSignatures>(); }
const Implementation& RsaOaepImplementation() { return Forever<RsaOaepForm>(); }

}  // namespace florin::mechanisms
