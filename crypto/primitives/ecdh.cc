// EC_POINT_get_Jprojective_coordinates_GFp is deprecated in OpenSSL 3 and used here all the same:
// the affine coordinates it spares us cost a tenth of the whole agreement, because OpenSSL inverts
// by Fermat. The Debian 12 and 13 versions both have it.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/primitives/ec.h"
#include "crypto/primitives/ec_internal.h"
#include "crypto/primitives/p256_field.h"

namespace florin::primitives {
namespace {

// A field element that is wiped.
struct SecretElement {
  P256Element value{};
  ~SecretElement() { Wipe({reinterpret_cast<std::uint8_t*>(value.data()), sizeof(value)}); }
};

// Overwrites what the scratch still knows of the shared secret.
void Forget(EcScratch& scratch, const EC_GROUP* group) {
  BN_clear(scratch.scalar.get());
  BN_clear(scratch.x.get());
  BN_clear(scratch.z.get());
  (void)EC_POINT_copy(scratch.result.get(), EC_GROUP_get0_generator(group));
}

bool ToElement(const BIGNUM* number, P256Element& out) {
  std::array<std::uint8_t, 32> bytes{};
  const bool fits = BN_bn2lebinpad(number, bytes.data(), static_cast<int>(bytes.size())) >= 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[i / 8] |= std::uint64_t{bytes[i]} << (8 * (i % 8));
  }
  Wipe(bytes);
  return fits;
}

// The affine x coordinate of scratch.result on P-256, by our own inversion.
bool AffineXOfP256(EcScratch& scratch, const EC_GROUP* group, MutableBytes out) {
  SecretElement x;
  SecretElement z;
  if (EC_POINT_is_at_infinity(group, scratch.result.get()) != 0 ||
      EC_POINT_get_Jprojective_coordinates_GFp(group, scratch.result.get(), scratch.x.get(),
                                               nullptr, scratch.z.get(),
                                               scratch.bn_ctx.get()) != 1 ||
      !ToElement(scratch.x.get(), x.value) || !ToElement(scratch.z.get(), z.value)) {
    return false;
  }
  SecretElement affine;
  affine.value = P256AffineX(x.value, z.value);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t from_end = out.size() - 1 - i;
    out[i] = static_cast<std::uint8_t>(affine.value[from_end / 8] >> (8 * (from_end % 8)));
  }
  return true;
}

// The affine x coordinate of scratch.result, by OpenSSL.
bool AffineX(EcScratch& scratch, const EC_GROUP* group, MutableBytes out) {
  return EC_POINT_get_affine_coordinates(group, scratch.result.get(), scratch.x.get(), nullptr,
                                         scratch.bn_ctx.get()) == 1 &&
         BN_bn2binpad(scratch.x.get(), out.data(), static_cast<int>(out.size())) ==
             static_cast<int>(out.size());
}

}  // namespace

bool WriteAffineX(EcScratch& scratch, Curve curve, MutableBytes out) {
  const EC_GROUP* group = Evp()->curve(curve);
  return curve == Curve::kP256 ? AffineXOfP256(scratch, group, out) : AffineX(scratch, group, out);
}

Status Ecdh(const EcPrivateKey& private_key, ByteView peer_point, MutableBytes z) {
  const Curve curve = private_key.curve();
  if (z.size() != FieldSize(curve)) {
    return Error(ErrorCode::kInvalidArgument, "the shared secret is as long as the curve's field");
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
      WriteAffineX(*scratch.get(), curve, z);
  Forget(*scratch.get(), group);
  return done ? OkStatus() : Status(EcRefused());
}

}  // namespace florin::primitives
