// The suites of HPKE as tables (RFC 9180 7): a new one is a row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "florin/base/bytes.h"
#include "florin/base/curve.h"
#include "florin/base/hash.h"
#include "florin/base/result.h"
#include "florin/mechanisms/key_rules.h"
#include "florin/mechanisms/mechanism.h"
#include "florin/payload/hpke.h"

namespace florin::payload {

inline constexpr std::size_t kHpkeNonceSize = 12;  // Nn of every AEAD
inline constexpr std::size_t kMaxHpkeDigest = 64;

// RFC 9180 7.1. Encapsulated keys and public keys are as long as the curve's.
struct HpkeKemRow {
  HpkeKem id;
  const char* name;
  Curve curve;
  Hash hash;
  std::size_t secret_size;  // Nsecret
};

// RFC 9180 7.2.
struct HpkeKdfRow {
  HpkeKdf id;
  const char* name;
  Hash hash;
};

// RFC 9180 7.3. Key size 0: export-only.
struct HpkeAeadRow {
  HpkeAead id;
  const char* name;
  std::size_t key_size;  // Nk
  std::size_t tag_size;  // Nt
  mechanisms::KeyType key_type;
  mechanisms::MechanismType mechanism;
};

// kUnsupported.
Result<const HpkeKemRow*> FindHpkeKem(HpkeKem id);

// "KEM" and its number (RFC 9180 4.1).
std::array<std::uint8_t, 5> HpkeKemSuiteId(HpkeKem id);

// A suite whose numbers are known.
class HpkeRows {
 public:
  // kUnsupported.
  static Result<HpkeRows> Find(const HpkeSuite& suite);

  const HpkeKemRow& kem() const { return *kem_; }
  const HpkeKdfRow& kdf() const { return *kdf_; }
  const HpkeAeadRow& aead() const { return *aead_; }
  bool export_only() const { return aead_->key_size == 0; }

  // suite_id of the KEM (RFC 9180 4.1), and of everything else (5.1).
  ByteView kem_suite_id() const { return kem_suite_id_; }
  ByteView suite_id() const { return suite_id_; }

 private:
  HpkeRows(const HpkeKemRow& kem, const HpkeKdfRow& kdf, const HpkeAeadRow& aead);

  const HpkeKemRow* kem_;
  const HpkeKdfRow* kdf_;
  const HpkeAeadRow* aead_;
  std::array<std::uint8_t, 5> kem_suite_id_;
  std::array<std::uint8_t, 10> suite_id_;
};

}  // namespace florin::payload
