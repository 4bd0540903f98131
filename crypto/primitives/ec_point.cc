#include <algorithm>
#include <array>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {
namespace {

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
  static auto* const kPools = new std::array<StripedPool<EcScratchPtr>, kWeierstrassCurves>;
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
  FLORIN_CHECK_OK(CheckWeierstrass(curve));
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
  for (const CurveInfo& row : kCurveTable) {
    const ByteView prefix = row.spki_prefix;
    if (row.form == CurveForm::kWeierstrass && der.size() == SpkiSize(row.curve) &&
        SameBytes(der.first(prefix.size()), prefix)) {
      return FromPoint(row.curve, der.subspan(prefix.size()));
    }
  }
  return Error(ErrorCode::kMalformed,
               "the public key is not a SubjectPublicKeyInfo of an uncompressed P-256, P-384 or "
               "P-521 point");
}

Status EcPublicKey::ToSpki(MutableBytes out) const {
  if (out.size() != SpkiSize(curve_)) {
    return Error(ErrorCode::kInvalidArgument, "the SubjectPublicKeyInfo has 91, 120 or 158 bytes");
  }
  const ByteView prefix = InfoOf(curve_).spki_prefix;
  std::copy(prefix.begin(), prefix.end(), out.begin());
  const ByteView body = point();
  std::copy(body.begin(), body.end(), out.begin() + static_cast<std::ptrdiff_t>(prefix.size()));
  return OkStatus();
}

}  // namespace florin::primitives
