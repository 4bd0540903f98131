#include "crypto/primitives/ec.h"
#include "crypto/primitives/ec_internal.h"

namespace florin::primitives {
namespace {

// Overwrites what the scratch still knows of the shared secret.
void Forget(EcScratch& scratch, const EC_GROUP* group) {
  BN_clear(scratch.scalar.get());
  BN_clear(scratch.x.get());
  (void)EC_POINT_copy(scratch.result.get(), EC_GROUP_get0_generator(group));
}

}  // namespace

Status Ecdh(const EcPrivateKey& private_key, ByteView peer_point, MutableBytes z) {
  const Curve curve = private_key.curve();
  if (z.size() != FieldSize(curve)) {
    return Error(ErrorCode::kInvalidArgument, "the shared secret has 32 or 48 bytes");
  }
  ErrorQueueScope errors;
  const auto scratch = BorrowEcScratch(curve);
  if (!scratch) return EcRefused();
  FLORIN_CHECK_OK(LoadPoint(*scratch.get(), curve, peer_point));
  const EC_GROUP* group = Evp()->curve(curve);
  const ByteView scalar = private_key.scalar().Read(SecretAccess{});
  // The width is fixed: a shared secret with leading zeros keeps them (SP 800-56A 5.7.1.2).
  const bool done =
      BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), scratch->scalar.get()) != nullptr &&
      EC_POINT_mul(group, scratch->result.get(), nullptr, scratch->point.get(),
                   scratch->scalar.get(), scratch->bn_ctx.get()) == 1 &&
      EC_POINT_get_affine_coordinates(group, scratch->result.get(), scratch->x.get(), nullptr,
                                      scratch->bn_ctx.get()) == 1 &&
      BN_bn2binpad(scratch->x.get(), z.data(), static_cast<int>(z.size())) ==
          static_cast<int>(z.size());
  Forget(*scratch.get(), group);
  return done ? OkStatus() : Status(EcRefused());
}

}  // namespace florin::primitives
