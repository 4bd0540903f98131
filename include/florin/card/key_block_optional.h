// The data of the optional blocks that X9.143 defines, read and written. Readers return kMalformed
// for data that is not of the norm, writers are their inverse. FL, KV, LB and proprietary blocks
// (10 is IBM's) are text that only their makers read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/result.h"
#include "florin/card/key_block.h"
#include "florin/card/ksn.h"

#pragma GCC visibility push(default)

namespace florin::card {

// Checks the data of a block as it must be for export: by the readers below where one exists, KS
// with 20 digits, printable ASCII else.
Status CheckOptionalBlock(const OptionalBlock& block);

// AL: how long an asymmetric key lives.
enum class AsymmetricKeyLife : std::uint8_t { kEphemeral = 0, kStatic = 1 };
Result<AsymmetricKeyLife> ParseAsymmetricKeyLife(std::string_view data);
std::string FormatAsymmetricKeyLife(AsymmetricKeyLife life);

// BI: the base derivation key's identifier: the KSI of TDES DUKPT (5 bytes), the BDK ID of AES
// DUKPT (4 bytes).
struct BaseDerivationKeyId {
  bool aes = false;
  std::array<std::uint8_t, 5> bytes{};
  ByteView id() const { return ByteView(bytes).first(aes ? 4 : 5); }
};
Result<BaseDerivationKeyId> ParseBaseDerivationKeyId(std::string_view data);
std::string FormatBaseDerivationKeyId(const BaseDerivationKeyId& id);

// CT: a certificate, or a chain of them, in base64. The texts are views of the data.
enum class KeyBlockCertificateKind : std::uint8_t { kX509 = 0, kEmv = 1 };
struct KeyBlockCertificate {
  KeyBlockCertificateKind kind = KeyBlockCertificateKind::kX509;
  std::string_view base64;
};
Result<std::vector<KeyBlockCertificate>> ParseCertificates(std::string_view data);
// One certificate is written alone, several as a chain; none, or one above 65535 characters in a
// chain, is kInvalidArgument.
Result<std::string> FormatCertificates(const std::vector<KeyBlockCertificate>& certificates);

// DA: what a derivation key (usage B3) may derive. The fields' values are not judged.
struct DerivationAllowed {
  std::array<char, 2> usage{};
  char algorithm = 0;
  char mode_of_use = 0;
  char exportability = 0;
  friend bool operator==(const DerivationAllowed&, const DerivationAllowed&) = default;
};
Result<std::vector<DerivationAllowed>> ParseDerivationsAllowed(std::string_view data);
std::string FormatDerivationsAllowed(const std::vector<DerivationAllowed>& derivations);

// HM: the hash of an HMAC key, by the norm's own number.
enum class KeyBlockHash : std::uint8_t {
  kSha1 = 0x10,
  kSha224 = 0x20,
  kSha256 = 0x21,
  kSha384 = 0x22,
  kSha512 = 0x23,
  kSha512_224 = 0x24,
  kSha512_256 = 0x25,
  kSha3_224 = 0x30,
  kSha3_256 = 0x31,
  kSha3_384 = 0x32,
  kSha3_512 = 0x33,
  kShake128 = 0x40,
  kShake256 = 0x41,
};
Result<KeyBlockHash> ParseKeyBlockHash(std::string_view data);
std::string FormatKeyBlockHash(KeyBlockHash hash);

// IK: the initial key identifier of AES DUKPT: BDK ID and derivation ID, 4 bytes each.
Result<InitialKeyId> ParseInitialKeyId(std::string_view data);
std::string FormatInitialKeyId(const InitialKeyId& id);

// KC, KP, PK: a key check value: of the wrapped key, of the KBPK, of the KBPK of an earlier export.
// Legacy: up to 3 bytes of the encryption of zeros; CMAC (X9.24-1 Annex A): up to 5 bytes.
struct KeyBlockCheckValue {
  bool cmac = false;
  std::array<std::uint8_t, 5> bytes{};
  std::size_t size = 0;
  ByteView value() const { return ByteView(bytes).first(size); }
};
Result<KeyBlockCheckValue> ParseKeyBlockCheckValue(std::string_view data);
// kInvalidArgument above the lengths named, or for none.
Result<std::string> FormatKeyBlockCheckValue(bool cmac, ByteView value);

// KS: the initial key serial number of TDES DUKPT, 10 bytes, in old data 8. Some schemes put other
// printable text there (German GBIC: "10DE#GBIC#MMK1"): `size` is then 0, and the data speaks.
struct KeySetId {
  std::array<std::uint8_t, 10> bytes{};
  std::size_t size = 0;
  ByteView value() const { return ByteView(bytes).first(size); }
};
Result<KeySetId> ParseKeySetId(std::string_view data);
std::string FormatKeySetId(const std::array<std::uint8_t, 10>& initial_ksn);

// TC, TS: time of creation, time stamp: YYYYMMDDhhmmssZ or YYYY-MM-DDThh:mm:ssZ, hundredths of a
// second may stand before the Z and are dropped. Written in the first form, for the years 1 to 9999
// (kInvalidArgument else).
Result<UnixSeconds> ParseKeyBlockTime(std::string_view data);
Result<std::string> FormatKeyBlockTime(UnixSeconds time);

// WP: which KBPK may wrap the key when it is exported again.
enum class WrappingPedigree : std::uint8_t {
  kEqualOrGreater = 0,
  kLesser = 1,
  kAsymmetric = 2,
  kAsymmetricAndLesser = 3,
};
Result<WrappingPedigree> ParseWrappingPedigree(std::string_view data);
std::string FormatWrappingPedigree(WrappingPedigree pedigree);

}  // namespace florin::card

#pragma GCC visibility pop
