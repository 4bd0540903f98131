#include <algorithm>
#include <array>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/p256_field.h"

namespace florin::primitives {
namespace {

constexpr std::size_t kMinDigest = 20;
constexpr std::size_t kMaxDigest = 64;

Status CheckDigest(ByteView digest) {
  if (digest.size() < kMinDigest || digest.size() > kMaxDigest) {
    return Error(ErrorCode::kInvalidArgument, "ECDSA takes a digest of 20..64 bytes");
  }
  return OkStatus();
}

Error SignatureWrong() {
  return Error(ErrorCode::kVerificationFailed, "the ECDSA signature does not match");
}

// The numbers of one verification, taken from a BN_CTX frame. All public.
class Frame {
 public:
  explicit Frame(BN_CTX* ctx) : ctx_(ctx) { BN_CTX_start(ctx); }
  ~Frame() { BN_CTX_end(ctx_); }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  BIGNUM* Get() { return BN_CTX_get(ctx_); }

 private:
  BN_CTX* ctx_;
};

bool InRange(const BIGNUM* value, const BIGNUM* order) {
  return !BN_is_zero(value) && BN_cmp(value, order) < 0;
}

// s = 1/s mod the order. `raw`: the same s, big-endian.
bool Invert(Curve curve, ByteView raw, BIGNUM* s, const BIGNUM* order, BN_CTX* ctx) {
  if (curve != Curve::kP256) return BN_mod_inverse(s, s, order, ctx) != nullptr;
  P256Element element{};
  for (std::size_t i = 0; i < raw.size(); ++i) {
    element[i / 8] |= std::uint64_t{raw[raw.size() - 1 - i]} << (8 * (i % 8));
  }
  element = P256OrderInverse(element);
  std::array<std::uint8_t, 32> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(element[i / 8] >> (8 * (i % 8)));
  }
  return BN_lebin2bn(bytes.data(), static_cast<int>(bytes.size()), s) != nullptr;
}

// FIPS 186-5 6.4.2 over the point already in `scratch`.
bool VerifyRaw(EcScratch& scratch, Curve curve, ByteView digest, ByteView raw) {
  const EC_GROUP* group = Evp()->curve(curve);
  const BIGNUM* order = EC_GROUP_get0_order(group);
  BN_CTX* ctx = scratch.bn_ctx.get();
  Frame frame(ctx);
  BIGNUM* r = frame.Get();
  BIGNUM* s = frame.Get();
  BIGNUM* z = frame.Get();
  BIGNUM* u1 = frame.Get();
  BIGNUM* u2 = frame.Get();
  BIGNUM* x = frame.Get();
  if (x == nullptr) return false;
  const std::size_t field = FieldSize(curve);
  const int width = static_cast<int>(field);
  // The orders of P-256 and P-384 are whole bytes long, so the leftmost bits are the leftmost
  // bytes; that of P-521 is longer than any digest.
  const int digest_size = std::min(width, static_cast<int>(digest.size()));
  std::array<std::uint8_t, kMaxRawSignatureSize / 2> affine;
  const MutableBytes affine_x = MutableBytes(affine).first(field);
  return BN_bin2bn(raw.data(), width, r) != nullptr &&
         BN_bin2bn(raw.data() + width, width, s) != nullptr && InRange(r, order) &&
         InRange(s, order) && BN_bin2bn(digest.data(), digest_size, z) != nullptr &&
         Invert(curve, raw.last(field), s, order, ctx) && BN_mod_mul(u1, z, s, order, ctx) == 1 &&
         BN_mod_mul(u2, r, s, order, ctx) == 1 &&
         EC_POINT_mul(group, scratch.result.get(), u1, scratch.point.get(), u2, ctx) == 1 &&
         WriteAffineX(scratch, curve, affine_x) &&
         BN_bin2bn(affine_x.data(), width, x) != nullptr && BN_nnmod(x, x, order, ctx) == 1 &&
         BN_cmp(x, r) == 0;
}

}  // namespace

Result<std::size_t> EcdsaSignDer(const EcPrivateKey& key, ByteView digest, MutableBytes out) {
  FLORIN_CHECK_OK(CheckDigest(digest));
  if (out.size() < kMaxDerSignatureSize) {
    return Error(ErrorCode::kBufferTooSmall, "a DER signature has up to 141 bytes");
  }
  ErrorQueueScope errors;
  const auto signer = EcKeyAccess::Of(key).BorrowSigner();
  std::size_t size = out.size();
  if (!signer ||
      EVP_PKEY_sign(signer.get(), out.data(), &size, digest.data(), digest.size()) != 1) {
    return EcRefused();
  }
  return size;
}

Status EcdsaSign(const EcPrivateKey& key, ByteView digest, MutableBytes raw_signature) {
  if (raw_signature.size() != RawSignatureSize(key.curve())) {
    return Error(ErrorCode::kInvalidArgument, "a raw signature has 64, 96 or 132 bytes");
  }
  std::array<std::uint8_t, kMaxDerSignatureSize> der{};
  FLORIN_TRY(const std::size_t size, EcdsaSignDer(key, digest, der));
  return EcdsaDerToRaw(key.curve(), ByteView(der).first(size), raw_signature);
}

Status EcdsaVerify(const EcPublicKey& key, ByteView digest, ByteView signature,
                   SignatureForm form) {
  FLORIN_CHECK_OK(CheckDigest(digest));
  const Curve curve = key.curve();
  std::array<std::uint8_t, kMaxRawSignatureSize> converted{};
  ByteView raw = signature;
  if (form == SignatureForm::kDer) {
    const MutableBytes out = MutableBytes(converted).first(RawSignatureSize(curve));
    if (!EcdsaDerToRaw(curve, signature, out).ok()) return SignatureWrong();
    raw = out;
  }
  if (raw.size() != RawSignatureSize(curve)) return SignatureWrong();
  ErrorQueueScope errors;
  const auto scratch = BorrowEcScratch(curve);
  if (!scratch) return EcRefused();
  FLORIN_CHECK_OK(LoadPoint(*scratch.get(), curve, key.point()));
  return VerifyRaw(*scratch.get(), curve, digest, raw) ? OkStatus() : Status(SignatureWrong());
}

}  // namespace florin::primitives
