// KeySchedules: the clear material of a Key and the keyed objects that are made from it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <utility>

#include "crypto/card/dukpt_aes.h"
#include "crypto/card/dukpt_tdes.h"
#include "crypto/kernels/aes.h"
#include "crypto/primitives/aes.h"
#include "crypto/primitives/cipher.h"
#include "crypto/primitives/curve_key.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/rsa.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/mechanisms/key_rules.h"

namespace florin::mechanisms {

// A T that the first caller makes. Readers cost one atomic load; of two racing makers one keeps
// its object and the other's is dropped. Any thread.
template <class T>
class Lazy {
 public:
  Lazy() = default;
  Lazy(const Lazy&) = delete;
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { delete object_.load(std::memory_order_relaxed); }

  // `make` returns Result<T>.
  template <class Make>
  Result<const T*> Get(Make make) const {
    if (const T* made = object_.load(std::memory_order_acquire)) return made;
    auto result = make();
    if (!result.ok()) return result.error();
    auto fresh = std::make_unique<const T>(std::move(result).value());
    const T* expected = nullptr;
    if (object_.compare_exchange_strong(expected, fresh.get(), std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
      return fresh.release();
    }
    return expected;
  }

 private:
  mutable std::atomic<const T*> object_{nullptr};
};

// Made on first use, because most keys serve one mechanism of the several their type could. EC and
// RSA keys are made at once, which is what checks them. Immutable otherwise; any thread.
class KeySchedules {
 public:
  // `rules` passed CheckRules and `material` has rules.length bytes.
  // kInvalidArgument: weak DES key, scalar out of range, point not on the curve, no RSA key.
  static Result<std::unique_ptr<const KeySchedules>> Create(const KeyRules& rules,
                                                            SecretBytes material);

  ByteView material(SecretAccess access) const { return material_.Read(access); }
  KeyType type() const { return type_; }

  // AES or DES3 keys. Broken invariant for other types, as with the accessors below.
  Result<const primitives::KeyedCipher*> Cipher() const;
  Result<const kernels::AesGcmKey*> Gcm() const;
  Result<const primitives::AesCmacKey*> Cmac() const;
  Result<const primitives::HmacKey*> Hmac(Hash hash) const;
  // HMAC-SHA-1, which Hmac() refuses: for SPA AAV alone.
  Result<const primitives::HmacKey*> HmacSha1() const;
  // DES3 keys; RetailMac takes those of 16 bytes only (kInvalidArgument).
  Result<const primitives::CbcMacKey*> CbcMac() const;
  Result<const primitives::RetailMacKey*> RetailMac() const;
  Result<const primitives::TdesCmacKey*> TdesCmac() const;
  // DES3 or AES keys as base derivation keys. kInvalidArgument: a TDES BDK of 24 bytes.
  Result<const card::TdesBdk*> TdesBdk() const;
  Result<const card::AesBdk*> AesBdk() const;
  // Keys on any curve, private only and of either half.
  const primitives::CurvePrivateKey& CurvePrivate() const;
  ByteView CurvePublic() const;
  // Keys on Weierstrass curves.
  const primitives::EcPrivateKey& EcPrivate() const;
  const primitives::EcPublicKey& EcPublic() const;  // of either half
  const primitives::RsaPrivateKey& RsaPrivate() const;
  const primitives::RsaPublicKey& RsaPublic() const;  // of either half

 private:
  KeySchedules(KeyType type, SecretBytes material) : material_(std::move(material)), type_(type) {}

  // Checks the material of a public EC key.
  Status TakePublicKey(Curve curve);

  SecretBytes material_;
  std::optional<primitives::CurvePrivateKey> curve_private_;
  std::optional<primitives::EcPublicKey> ec_public_;
  std::optional<primitives::RsaPrivateKey> rsa_private_;
  std::optional<primitives::RsaPublicKey> rsa_public_;
  Lazy<primitives::KeyedCipher> cipher_;
  Lazy<kernels::AesGcmKey> gcm_;
  Lazy<primitives::AesCmacKey> cmac_;
  std::array<Lazy<primitives::HmacKey>, 5> hmac_;  // by Hash
  Lazy<primitives::HmacKey> hmac_sha1_;
  Lazy<primitives::CbcMacKey> cbc_mac_;
  Lazy<primitives::RetailMacKey> retail_mac_;
  Lazy<primitives::TdesCmacKey> tdes_cmac_;
  Lazy<card::TdesBdk> tdes_bdk_;
  Lazy<card::AesBdk> aes_bdk_;
  KeyType type_;
};

}  // namespace florin::mechanisms
