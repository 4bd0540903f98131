// ECDH (SP 800-56A, RFC 7748), concatenation, hash derivation, HKDF and extraction: how keys come
// from keys.
#include <algorithm>

#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/other_keys.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/kdf.h"

namespace florin::mechanisms {
namespace {

constexpr std::size_t kMaxConcatenated = 1024;

Error BadLength() {
  return {ErrorCode::kInvalidArgument, "derive: this mechanism does not give a key of this length"};
}

class Ecdh final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& ecdh = ParameterOf<EcdhDerive>(mechanism);
    if (ecdh.peer_point.size() != InfoOf(key.rules().curve).public_size) {
      return Error(ErrorCode::kMalformed, "ECDH: the peer's point is not one of the key's curve");
    }
    if (ecdh.shared_info.size() > kMaxSharedInfo) {
      return Error(ErrorCode::kInvalidArgument, "ECDH: shared info may have at most 1024 bytes");
    }
    if (ecdh.kdf == EcdhKdf::kNull && !ecdh.shared_info.empty()) {
      return Error(ErrorCode::kInvalidArgument, "ECDH: shared info without a KDF would be ignored");
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const auto& ecdh = ParameterOf<EcdhDerive>(mechanism);
    std::size_t length = result.length;
    const primitives::CurvePrivateKey& key = base.schedules().CurvePrivate();
    const std::size_t z_size = InfoOf(key.curve()).private_size;
    SecretArray<kMaxCurvePrivateSize> storage;
    const auto z = storage.Write(SecretAccess{}).first(z_size);
    FLORIN_CHECK_OK(key.Agree(ecdh.peer_point, z));

    if (ecdh.kdf == EcdhKdf::kNull) {
      if (length == 0) length = z_size;
      if (length > z_size) return BadLength();
      return SecretBytes::CopyOf(z.last(length));
    }
    FLORIN_TRY(auto material, SecretBytes::Create(length == 0 ? HashSize(Hash::kSha256) : length));
    const auto out = material.Write(SecretAccess{});
    FLORIN_CHECK_OK(ecdh.kdf == EcdhKdf::kX963Sha256
                        ? primitives::X963Kdf(Hash::kSha256, z, ecdh.shared_info, out)
                        : primitives::OneStepKdf(Hash::kSha256, z, ecdh.shared_info, out));
    return material;
  }
};

// A cut result could hold so little of the base key that it can be guessed (Clulow 2003).
Result<SecretBytes> Concatenated(ByteView first, ByteView second, const KeyRules& result) {
  const std::size_t total = first.size() + second.size();
  if (result.length != 0 && result.length != total) return BadLength();
  FLORIN_TRY(auto material, SecretBytes::Create(total));
  const auto out = material.Write(SecretAccess{});
  std::copy(first.begin(), first.end(), out.begin());
  std::copy(second.begin(), second.end(), out.subspan(first.size()).begin());
  return material;
}

// `Parameter` is ConcatenateDataAndBase or ConcatenateBaseAndData.
template <class Parameter, bool kDataFirst>
class Concatenation final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    if (ParameterOf<Parameter>(mechanism).data.size() > kMaxConcatenated) {
      return Error(ErrorCode::kInvalidArgument, "concatenate: data may have at most 1024 bytes");
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const ByteView data = ParameterOf<Parameter>(mechanism).data;
    const ByteView secret = base.Material(SecretAccess{});
    return kDataFirst ? Concatenated(data, secret, result) : Concatenated(secret, data, result);
  }
};

class ConcatenationOfKeys final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    FLORIN_CHECK_OK(SecondOf(mechanism));
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    FLORIN_TRY(const Key* second, SecondOf(mechanism));
    FLORIN_CHECK_OK(CheckSecondSecret(second->rules(), result));
    return Concatenated(base.Material(SecretAccess{}), second->Material(SecretAccess{}), result);
  }

 private:
  static Result<const Key*> SecondOf(const Mechanism& mechanism) {
    return PermittedKey(ParameterOf<ConcatenateBaseAndKey>(mechanism).second, Verb::kDerive,
                        MechanismType::kConcatenateBaseAndKey, KeyRole::kSecondSecret);
  }
};

class HashOfKey final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    if (ParameterOf<HashDerive>(mechanism).hash == Hash::kSha1) {
      return Error(ErrorCode::kUnsupported, "hash derivation: SHA-1 is not offered");
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const Hash hash = ParameterOf<HashDerive>(mechanism).hash;
    if (result.length > HashSize(hash)) return BadLength();
    FLORIN_TRY(auto material, SecretBytes::Create(HashSize(hash)));
    FLORIN_CHECK_OK(
        primitives::Digest(hash, base.Material(SecretAccess{}), material.Write(SecretAccess{})));
    if (result.length != 0) material.Truncate(result.length);
    return material;
  }
};

class HkdfOfKey final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& hkdf = ParameterOf<HkdfDerive>(mechanism);
    if (hkdf.hash == Hash::kSha1) {
      return Error(ErrorCode::kUnsupported, "HKDF: SHA-1 is not offered");
    }
    if (!hkdf.extract && !hkdf.expand) {
      return Error(ErrorCode::kInvalidArgument, "HKDF: extracts, expands or both");
    }
    if (hkdf.salt.size() > kMaxSharedInfo || hkdf.info.size() > kMaxSharedInfo) {
      return Error(ErrorCode::kInvalidArgument, "HKDF: salt and info may have at most 1024 bytes");
    }
    const bool salted = !hkdf.salt.empty() || Names(hkdf.salt_key);
    if ((!hkdf.extract && salted) || (!hkdf.expand && !hkdf.info.empty())) {
      return Error(ErrorCode::kInvalidArgument,
                   "HKDF: a salt without extraction, or info without expansion, would be ignored");
    }
    if (!hkdf.salt.empty() && Names(hkdf.salt_key)) {
      return Error(ErrorCode::kInvalidArgument, "HKDF: the salt is data or a key, not both");
    }
    if (Names(hkdf.salt_key)) FLORIN_CHECK_OK(SaltKeyOf(hkdf));
    if (!hkdf.extract && key.rules().length < HashSize(hkdf.hash)) {
      return Error(ErrorCode::kInvalidArgument,
                   "HKDF: expansion alone takes a key at least as long as the digest");
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const auto& hkdf = ParameterOf<HkdfDerive>(mechanism);
    const ByteView secret = base.Material(SecretAccess{});
    const std::size_t digest = HashSize(hkdf.hash);
    const std::size_t length = result.length == 0 ? digest : result.length;
    if (!hkdf.expand && length != digest) return BadLength();
    ByteView salt = hkdf.salt;
    if (Names(hkdf.salt_key)) {
      FLORIN_TRY(const Key* key, SaltKeyOf(hkdf));
      FLORIN_CHECK_OK(CheckSecondSecret(key->rules(), result));
      salt = key->Material(SecretAccess{});
    }
    FLORIN_TRY(auto material, SecretBytes::Create(length));
    const auto out = material.Write(SecretAccess{});
    if (!hkdf.expand) {
      FLORIN_CHECK_OK(primitives::HkdfExtract(hkdf.hash, salt, secret, out));
    } else if (!hkdf.extract) {
      FLORIN_CHECK_OK(primitives::HkdfExpand(hkdf.hash, secret, hkdf.info, out));
    } else {
      FLORIN_CHECK_OK(primitives::Hkdf(hkdf.hash, salt, secret, hkdf.info, out));
    }
    return material;
  }

 private:
  static bool Names(const OtherKey& other) {
    return other.key != nullptr || !(other.handle == KeyHandle{});
  }
  static Result<const Key*> SaltKeyOf(const HkdfDerive& hkdf) {
    return PermittedKey(hkdf.salt_key, Verb::kDerive, MechanismType::kHkdfDerive,
                        KeyRole::kSecondSecret);
  }
};

class PieceOfKey final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key& key) const override {
    const std::size_t offset = ParameterOf<ExtractKeyFromKey>(mechanism).bit_offset;
    if (offset % 8 != 0 || offset / 8 >= key.rules().length) {
      return Error(ErrorCode::kInvalidArgument,
                   "extract key: the piece begins at a whole byte of the key");
    }
    return OkStatus();
  }

  Result<SecretBytes> Derive(const Mechanism& mechanism, const Key& base,
                             const KeyRules& result) const override {
    const std::size_t offset = ParameterOf<ExtractKeyFromKey>(mechanism).bit_offset / 8;
    const ByteView secret = base.Material(SecretAccess{});
    const std::size_t length = result.length;
    // Pieces that overlap in part would tell of each other.
    if (length == 0 || offset % length != 0 || secret.size() - offset < length) return BadLength();
    return SecretBytes::CopyOf(secret.subspan(offset, length));
  }
};

}  // namespace

const Implementation& EcdhImplementation() { return Forever<Ecdh>(); }
const Implementation& ConcatenateDataAndBaseImplementation() {
  return Forever<Concatenation<ConcatenateDataAndBase, true>>();
}
const Implementation& ConcatenateBaseAndDataImplementation() {
  return Forever<Concatenation<ConcatenateBaseAndData, false>>();
}
const Implementation& ConcatenateBaseAndKeyImplementation() {
  return Forever<ConcatenationOfKeys>();
}
const Implementation& HashDeriveImplementation() { return Forever<HashOfKey>(); }
const Implementation& HkdfImplementation() { return Forever<HkdfOfKey>(); }
const Implementation& ExtractKeyFromKeyImplementation() { return Forever<PieceOfKey>(); }

}  // namespace florin::mechanisms
