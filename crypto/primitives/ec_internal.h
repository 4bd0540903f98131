// The OpenSSL side of EC keys: scratch objects and EVP_PKEYs. Private to this room.
#pragma once

#include <memory>
#include <mutex>

#include "crypto/primitives/ec.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/openssl_ptr.h"
#include "crypto/primitives/striped_pool.h"

namespace florin::primitives {

// What one curve operation needs, borrowed from a pool per curve so that none is allocated per
// call.
struct EcScratch {
  BnCtxPtr bn_ctx;
  BnPtr scalar;  // constant-time flag set
  BnPtr x;
  BnPtr z;
  EcPointPtr point;
  EcPointPtr result;
};
using EcScratchPtr = std::unique_ptr<EcScratch>;

// Borrows scratch of `curve`, or nothing when memory has run out, or for a curve of another form.
StripedPool<EcScratchPtr>::Lease BorrowEcScratch(Curve curve);

// Reads and checks `point` into scratch->point.
Status LoadPoint(EcScratch& scratch, Curve curve, ByteView point);

// Writes the affine x coordinate of scratch.result, big-endian, at the width of the field. False at
// infinity.
bool WriteAffineX(EcScratch& scratch, Curve curve, MutableBytes out);

// Returns a new EVP_PKEY with the public key, or empty.
PkeyPtr NewPublicPkey(const EcPublicKey& key);

// The scalar, its public key, and what signing needs, built when first needed: 75,000 cycles that a
// key used for ECDH alone never pays.
class EcPrivateKeyImpl {
 public:
  EcPrivateKeyImpl(Curve curve, SecretBytes scalar, const EcPublicKey& public_key)
      : curve_(curve), scalar_(std::move(scalar)), public_key_(public_key) {}

  Curve curve() const { return curve_; }
  const SecretBytes& scalar() const { return scalar_; }
  const EcPublicKey& public_key() const { return public_key_; }

  // Null when OpenSSL refuses the key.
  EVP_PKEY* Pkey() const;
  StripedPool<PkeyCtxPtr>::Lease BorrowSigner() const;

 private:
  Curve curve_;
  SecretBytes scalar_;
  EcPublicKey public_key_;
  mutable std::once_flag pkey_once_;
  mutable PkeyPtr pkey_;
  mutable StripedPool<PkeyCtxPtr> signers_;
};

struct EcKeyAccess {
  static const EcPrivateKeyImpl& Of(const EcPrivateKey& key) { return *key.impl_; }
};

// kUnsupported for curves of another form, whose keys are other classes.
inline Status CheckWeierstrass(Curve curve) {
  if (IsWeierstrass(curve)) return OkStatus();
  return Error(ErrorCode::kUnsupported, "this takes keys on P-256, P-384 and P-521");
}

inline Error EcRefused() {
  return Error(ErrorCode::kInternal, "OpenSSL refused a curve operation");
}

}  // namespace florin::primitives
