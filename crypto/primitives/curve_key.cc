#include "crypto/primitives/curve_key.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace florin::primitives {
namespace {

// PKCS#8 of a key of 32 bytes (RFC 8410 7): version, algorithm, the key in two OCTET STRINGs.
constexpr std::size_t kOctetKeyDer = 48;
constexpr std::array<std::uint8_t, 7> kOctetKeyStart = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05};
constexpr std::array<std::uint8_t, 4> kOctetKeyMiddle = {0x04, 0x22, 0x04, 0x20};

// The curve whose key is in that form.
std::optional<Curve> CurveOfOctetKey(ByteView der) {
  if (der.size() != kOctetKeyDer || !SameBytes(der.first(kOctetKeyStart.size()), kOctetKeyStart)) {
    return std::nullopt;
  }
  const ByteView rest = der.subspan(kOctetKeyStart.size());
  for (const CurveInfo& row : kCurveTable) {
    if (row.form != CurveForm::kWeierstrass && SameBytes(rest.first(row.oid.size()), row.oid) &&
        SameBytes(rest.subspan(row.oid.size(), kOctetKeyMiddle.size()), kOctetKeyMiddle)) {
      return row.curve;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<CurvePrivateKey> CurvePrivateKey::FromBytes(Curve curve, ByteView bytes) {
  switch (FormOf(curve)) {
    case CurveForm::kWeierstrass: {
      FLORIN_TRY(EcPrivateKey key, EcPrivateKey::FromScalar(curve, bytes));
      return CurvePrivateKey(curve, std::move(key));
    }
    case CurveForm::kMontgomery: {
      FLORIN_TRY(X25519PrivateKey key, X25519PrivateKey::FromBytes(bytes));
      return CurvePrivateKey(curve, std::move(key));
    }
    case CurveForm::kEdwards: {
      FLORIN_TRY(Ed25519PrivateKey key, Ed25519PrivateKey::FromBytes(bytes));
      return CurvePrivateKey(curve, std::move(key));
    }
  }
  return Error(ErrorCode::kUnsupported, "an unknown curve");
}

Result<CurvePrivateKey> CurvePrivateKey::FromDer(ByteView der) {
  if (const auto curve = CurveOfOctetKey(der)) {
    return FromBytes(*curve, der.last(InfoOf(*curve).private_size));
  }
  FLORIN_TRY(EcPrivateKey key, EcPrivateKey::FromDer(der));
  const Curve curve = key.curve();
  return CurvePrivateKey(curve, std::move(key));
}

Result<CurvePrivateKey> CurvePrivateKey::Generate(Curve curve, RandomSource& random) {
  if (IsWeierstrass(curve)) {
    FLORIN_TRY(EcPrivateKey key, EcPrivateKey::Generate(curve, random));
    return CurvePrivateKey(curve, std::move(key));
  }
  SecretArray<kMaxCurvePrivateSize> drawn;
  const MutableBytes bytes = drawn.Write(SecretAccess{}).first(InfoOf(curve).private_size);
  FLORIN_CHECK_OK(random.Fill(bytes));
  return FromBytes(curve, bytes);
}

ByteView CurvePrivateKey::public_key() const {
  if (const auto* key = std::get_if<EcPrivateKey>(&key_)) return key->public_key().point();
  if (const auto* key = std::get_if<X25519PrivateKey>(&key_)) return key->public_key();
  return std::get<Ed25519PrivateKey>(key_).public_key();
}

const SecretBytes& CurvePrivateKey::private_key() const {
  if (const auto* key = std::get_if<EcPrivateKey>(&key_)) return key->scalar();
  if (const auto* key = std::get_if<X25519PrivateKey>(&key_)) return key->private_key();
  return std::get<Ed25519PrivateKey>(key_).private_key();
}

Status CurvePrivateKey::Agree(ByteView peer_public, MutableBytes shared_secret) const {
  if (const auto* key = std::get_if<EcPrivateKey>(&key_)) {
    return Ecdh(*key, peer_public, shared_secret);
  }
  if (const auto* key = std::get_if<X25519PrivateKey>(&key_)) {
    return key->Agree(peer_public, shared_secret);
  }
  return Error(ErrorCode::kUnsupported, "Ed25519 keys agree on nothing");
}

Status CheckPublicKey(Curve curve, ByteView public_key) {
  switch (FormOf(curve)) {
    case CurveForm::kWeierstrass: return CheckPoint(curve, public_key);
    case CurveForm::kMontgomery: return CheckX25519PublicKey(public_key);
    case CurveForm::kEdwards: return CheckEd25519PublicKey(public_key);
  }
  return Error(ErrorCode::kUnsupported, "an unknown curve");
}

Result<std::size_t> WriteCurveSpki(Curve curve, ByteView public_key, MutableBytes out) {
  FLORIN_CHECK_OK(CheckPublicKey(curve, public_key));
  const ByteView prefix = InfoOf(curve).spki_prefix;
  const std::size_t size = prefix.size() + public_key.size();
  if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "no room for the public key");
  std::copy(prefix.begin(), prefix.end(), out.begin());
  std::copy(public_key.begin(), public_key.end(), out.subspan(prefix.size()).begin());
  return size;
}

Result<CurvePublicKeyView> ParseCurveSpki(ByteView der) {
  for (const CurveInfo& row : kCurveTable) {
    const std::size_t prefix = row.spki_prefix.size();
    if (der.size() != prefix + row.public_size || !SameBytes(der.first(prefix), row.spki_prefix)) {
      continue;
    }
    FLORIN_CHECK_OK(CheckPublicKey(row.curve, der.subspan(prefix)));
    return CurvePublicKeyView{row.curve, der.subspan(prefix)};
  }
  return Error(ErrorCode::kMalformed,
               "the public key is not a SubjectPublicKeyInfo of P-256, P-384, P-521, X25519 or "
               "Ed25519");
}

}  // namespace florin::primitives
