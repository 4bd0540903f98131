#include "crypto/payload/hpke_suites.h"

#include <span>

#include "crypto/base/curve_table.h"

namespace florin::payload {
namespace {

using mechanisms::KeyType;
using mechanisms::MechanismType;

constexpr HpkeKemRow kKems[] = {
    {HpkeKem::kP256Sha256, "DHKEM(P-256, HKDF-SHA256)", Curve::kP256, Hash::kSha256, 32},
    {HpkeKem::kP384Sha384, "DHKEM(P-384, HKDF-SHA384)", Curve::kP384, Hash::kSha384, 48},
    {HpkeKem::kP521Sha512, "DHKEM(P-521, HKDF-SHA512)", Curve::kP521, Hash::kSha512, 64},
    {HpkeKem::kX25519Sha256, "DHKEM(X25519, HKDF-SHA256)", Curve::kX25519, Hash::kSha256, 32},
};

constexpr HpkeKdfRow kKdfs[] = {
    {HpkeKdf::kSha256, "HKDF-SHA256", Hash::kSha256},
    {HpkeKdf::kSha384, "HKDF-SHA384", Hash::kSha384},
    {HpkeKdf::kSha512, "HKDF-SHA512", Hash::kSha512},
};

constexpr HpkeAeadRow kAeads[] = {
    {HpkeAead::kAes128Gcm, "AES-128-GCM", 16, 16, KeyType::kAes, MechanismType::kAesGcm},
    {HpkeAead::kAes256Gcm, "AES-256-GCM", 32, 16, KeyType::kAes, MechanismType::kAesGcm},
    {HpkeAead::kChaCha20Poly1305, "ChaCha20Poly1305", 32, 16, KeyType::kChaCha20,
     MechanismType::kChaCha20Poly1305},
    {HpkeAead::kExportOnly, "Export-only", 0, 0, KeyType::kAes, MechanismType::kAesGcm},
};

template <class Row, class Id>
const Row* FindRow(std::span<const Row> rows, Id id) {
  for (const Row& row : rows) {
    if (row.id == id) return &row;
  }
  return nullptr;
}

void PutNumber(std::uint16_t number, std::uint8_t* to) {
  to[0] = static_cast<std::uint8_t>(number >> 8);
  to[1] = static_cast<std::uint8_t>(number);
}

}  // namespace

Result<const HpkeKemRow*> FindHpkeKem(HpkeKem id) {
  const HpkeKemRow* row = FindRow(std::span<const HpkeKemRow>(kKems), id);
  if (row != nullptr) return row;
  return Error(ErrorCode::kUnsupported, "HPKE: the KEM is not here");
}

std::array<std::uint8_t, 5> HpkeKemSuiteId(HpkeKem id) {
  std::array<std::uint8_t, 5> suite_id = {'K', 'E', 'M'};
  PutNumber(static_cast<std::uint16_t>(id), &suite_id[3]);
  return suite_id;
}

HpkeRows::HpkeRows(const HpkeKemRow& kem, const HpkeKdfRow& kdf, const HpkeAeadRow& aead)
    : kem_(&kem),
      kdf_(&kdf),
      aead_(&aead),
      kem_suite_id_(HpkeKemSuiteId(kem.id)),
      suite_id_{'H', 'P', 'K', 'E'} {
  PutNumber(static_cast<std::uint16_t>(kem.id), &suite_id_[4]);
  PutNumber(static_cast<std::uint16_t>(kdf.id), &suite_id_[6]);
  PutNumber(static_cast<std::uint16_t>(aead.id), &suite_id_[8]);
}

Result<HpkeRows> HpkeRows::Find(const HpkeSuite& suite) {
  const auto* kem = FindRow(std::span<const HpkeKemRow>(kKems), suite.kem);
  const auto* kdf = FindRow(std::span<const HpkeKdfRow>(kKdfs), suite.kdf);
  const auto* aead = FindRow(std::span<const HpkeAeadRow>(kAeads), suite.aead);
  if (kem == nullptr || kdf == nullptr || aead == nullptr) {
    return Error(ErrorCode::kUnsupported,
                 "HPKE: the suite has a KEM, KDF or AEAD that is not here");
  }
  return HpkeRows(*kem, *kdf, *aead);
}

Result<HpkeSuiteInfo> DescribeHpkeSuite(const HpkeSuite& suite) {
  FLORIN_TRY(const HpkeRows rows, HpkeRows::Find(suite));
  const std::size_t size = InfoOf(rows.kem().curve).public_size;
  return HpkeSuiteInfo{
      rows.kem().name,     rows.kdf().name, rows.aead().name, rows.kem().curve, size, size,
      rows.aead().tag_size};
}

}  // namespace florin::payload
