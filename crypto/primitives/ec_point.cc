#include <algorithm>
#include <array>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {
namespace {

// SubjectPublicKeyInfo up to the point (RFC 5480 2): id-ecPublicKey, named curve, BIT STRING.
constexpr std::array<std::uint8_t, 26> kSpkiP256 = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
constexpr std::array<std::uint8_t, 23> kSpkiP384 = {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
                                                    0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                                                    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00};

ByteView SpkiPrefix(Curve curve) {
  return curve == Curve::kP256 ? ByteView(kSpkiP256) : ByteView(kSpkiP384);
}

EcScratchPtr NewScratch(Curve curve) {
  const EvpCache* evp = Evp();
  if (evp == nullptr) return nullptr;
  auto scratch = std::make_unique<EcScratch>();
  scratch->bn_ctx.reset(BN_CTX_secure_new_ex(evp->context));
  scratch->scalar.reset(BN_secure_new());
  scratch->x.reset(BN_secure_new());
  scratch->z.reset(BN_secure_new());
  scratch->point.reset(EC_POINT_new(evp->curve(curve)));
  scratch->result.reset(EC_POINT_new(evp->curve(curve)));
  if (scratch->bn_ctx == nullptr || scratch->scalar == nullptr || scratch->x == nullptr ||
      scratch->z == nullptr || scratch->point == nullptr || scratch->result == nullptr) {
    return nullptr;
  }
  BN_set_flags(scratch->scalar.get(), BN_FLG_CONSTTIME);
  return scratch;
}

}  // namespace

StripedPool<EcScratchPtr>::Lease BorrowEcScratch(Curve curve) {
  // Never freed: threads may still compute while the process ends.
  static auto* const kPools = new std::array<StripedPool<EcScratchPtr>, 2>;
  return (*kPools)[static_cast<std::size_t>(curve)].Borrow([curve] { return NewScratch(curve); });
}

Status LoadPoint(EcScratch& scratch, Curve curve, ByteView point) {
  // OpenSSL would also read the compressed, hybrid and infinity forms.
  if (point.size() != PointSize(curve) || point[0] != 0x04) {
    return Error(ErrorCode::kMalformed, "an EC public key must be an uncompressed point");
  }
  // Checks the coordinates against p and the curve equation.
  if (EC_POINT_oct2point(Evp()->curve(curve), scratch.point.get(), point.data(), point.size(),
                         scratch.bn_ctx.get()) != 1) {
    return Error(ErrorCode::kMalformed, "the EC public key is not a point of the curve");
  }
  return OkStatus();
}

Status CheckPoint(Curve curve, ByteView point) {
  FLORIN_CHECK_OK(PrimitivesReady());
  ErrorQueueScope errors;
  const auto scratch = BorrowEcScratch(curve);
  if (!scratch) return EcRefused();
  return LoadPoint(*scratch.get(), curve, point);
}

EcPublicKey::EcPublicKey(Curve curve, ByteView point) : curve_(curve) {
  std::copy(point.begin(), point.end(), point_.begin());
}

Result<EcPublicKey> EcPublicKey::FromPoint(Curve curve, ByteView point) {
  FLORIN_CHECK_OK(CheckPoint(curve, point));
  return EcPublicKey(curve, point);
}

Result<EcPublicKey> EcPublicKey::FromSpki(ByteView der) {
  for (const Curve curve : {Curve::kP256, Curve::kP384}) {
    const ByteView prefix = SpkiPrefix(curve);
    if (der.size() == SpkiSize(curve) && SameBytes(der.first(prefix.size()), prefix)) {
      return FromPoint(curve, der.subspan(prefix.size()));
    }
  }
  return Error(ErrorCode::kMalformed,
               "the public key is not a SubjectPublicKeyInfo of an uncompressed P-256 or P-384 "
               "point");
}

Status EcPublicKey::ToSpki(MutableBytes out) const {
  if (out.size() != SpkiSize(curve_)) {
    return Error(ErrorCode::kInvalidArgument, "the SubjectPublicKeyInfo has 91 or 120 bytes");
  }
  const ByteView prefix = SpkiPrefix(curve_);
  std::copy(prefix.begin(), prefix.end(), out.begin());
  const ByteView body = point();
  std::copy(body.begin(), body.end(), out.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
  return OkStatus();
}

}  // namespace florin::primitives
