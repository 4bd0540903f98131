#include "florin/card/key_block_optional.h"

#include <algorithm>

#include "crypto/base/asn1_time.h"
#include "crypto/base/ber_reader.h"
#include "crypto/card/key_block_text.h"
#include "florin/base/base64.h"
#include "florin/base/hex.h"

namespace florin::card {
namespace {

constexpr std::size_t kMaxLegacyCheckValue = 3;

Error NotOfTheNorm() {
  return Error(ErrorCode::kMalformed, "the data of an optional block is not of the norm");
}

// Reads upper-case hexadecimal digits that fill `out`.
bool ReadHex(std::string_view text, MutableBytes out) {
  if (text.size() != HexEncodedSize(out.size()) || !IsUpperHex(text)) return false;
  return HexDecode(text, out).ok();
}

std::string UpperHex(ByteView bytes) { return HexEncode(bytes, HexCase::kUpper); }

bool IsBase64(std::string_view text) {
  Bytes decoded(Base64DecodedSizeBound(text.size()));
  return !text.empty() && Base64Decode(text, Base64Form::kStandard, decoded).ok();
}

template <class Parse>
Status Check(Parse parse, std::string_view data) {
  const auto parsed = parse(data);
  return parsed.ok() ? OkStatus() : Status(parsed.error());
}

// One digit of the data of WP and AL behind its version.
Result<unsigned> ReadDigit(std::string_view data, std::string_view version, char most) {
  if (data.size() != version.size() + 1 || !data.starts_with(version)) return NotOfTheNorm();
  const char digit = data.back();
  if (digit < '0' || digit > most) return NotOfTheNorm();
  return static_cast<unsigned>(digit - '0');
}

}  // namespace

Result<AsymmetricKeyLife> ParseAsymmetricKeyLife(std::string_view data) {
  FLORIN_TRY(const unsigned life, ReadDigit(data, "010", '1'));
  return static_cast<AsymmetricKeyLife>(life);
}

std::string FormatAsymmetricKeyLife(AsymmetricKeyLife life) {
  return life == AsymmetricKeyLife::kStatic ? "0101" : "0100";
}

Result<BaseDerivationKeyId> ParseBaseDerivationKeyId(std::string_view data) {
  BaseDerivationKeyId id;
  if (!data.starts_with("00") && !data.starts_with("01")) return NotOfTheNorm();
  id.aes = data[1] == '1';
  if (!ReadHex(data.substr(2), MutableBytes(id.bytes).first(id.id().size()))) {
    return NotOfTheNorm();
  }
  return id;
}

std::string FormatBaseDerivationKeyId(const BaseDerivationKeyId& id) {
  return (id.aes ? "01" : "00") + UpperHex(id.id());
}

Result<std::vector<DerivationAllowed>> ParseDerivationsAllowed(std::string_view data) {
  constexpr std::size_t kGroup = 5;
  if (!data.starts_with("01") || data.size() == 2 || (data.size() - 2) % kGroup != 0) {
    return NotOfTheNorm();
  }
  std::vector<DerivationAllowed> derivations;
  for (std::string_view rest = data.substr(2); !rest.empty(); rest = rest.substr(kGroup)) {
    if (!std::all_of(rest.begin(), rest.begin() + kGroup, IsUpperAlphanumeric)) {
      return NotOfTheNorm();
    }
    derivations.push_back({{rest[0], rest[1]}, rest[2], rest[3], rest[4]});
  }
  return derivations;
}

std::string FormatDerivationsAllowed(const std::vector<DerivationAllowed>& derivations) {
  std::string data = "01";
  for (const DerivationAllowed& allowed : derivations) {
    data.append({allowed.usage[0], allowed.usage[1], allowed.algorithm, allowed.mode_of_use,
                 allowed.exportability});
  }
  return data;
}

Result<KeyBlockHash> ParseKeyBlockHash(std::string_view data) {
  std::array<std::uint8_t, 1> number{};
  if (!ReadHex(data, number)) return NotOfTheNorm();
  switch (static_cast<KeyBlockHash>(number[0])) {
    case KeyBlockHash::kSha1:
    case KeyBlockHash::kSha224:
    case KeyBlockHash::kSha256:
    case KeyBlockHash::kSha384:
    case KeyBlockHash::kSha512:
    case KeyBlockHash::kSha512_224:
    case KeyBlockHash::kSha512_256:
    case KeyBlockHash::kSha3_224:
    case KeyBlockHash::kSha3_256:
    case KeyBlockHash::kSha3_384:
    case KeyBlockHash::kSha3_512:
    case KeyBlockHash::kShake128:
    case KeyBlockHash::kShake256: return static_cast<KeyBlockHash>(number[0]);
  }
  return NotOfTheNorm();
}

std::string FormatKeyBlockHash(KeyBlockHash hash) {
  const std::array<std::uint8_t, 1> number = {static_cast<std::uint8_t>(hash)};
  return UpperHex(number);
}

Result<InitialKeyId> ParseInitialKeyId(std::string_view data) {
  InitialKeyId id{};
  if (!ReadHex(data, id)) return NotOfTheNorm();
  return id;
}

std::string FormatInitialKeyId(const InitialKeyId& id) { return UpperHex(id); }

Result<KeyBlockCheckValue> ParseKeyBlockCheckValue(std::string_view data) {
  KeyBlockCheckValue check;
  if (!data.starts_with("00") && !data.starts_with("01")) return NotOfTheNorm();
  check.cmac = data[1] == '1';
  check.size = (data.size() - 2) / 2;
  const std::size_t most = check.cmac ? check.bytes.size() : kMaxLegacyCheckValue;
  if (check.size == 0 || check.size > most ||
      !ReadHex(data.substr(2), MutableBytes(check.bytes).first(check.size))) {
    return NotOfTheNorm();
  }
  return check;
}

Result<std::string> FormatKeyBlockCheckValue(bool cmac, ByteView value) {
  if (value.empty() || value.size() > (cmac ? 5 : kMaxLegacyCheckValue)) {
    return Error(ErrorCode::kInvalidArgument, "a key check value has 1 to 3 bytes, by CMAC 1 to 5");
  }
  return (cmac ? "01" : "00") + UpperHex(value);
}

Result<KeySetId> ParseKeySetId(std::string_view data) {
  if (data.empty() || !IsPrintable(data)) return NotOfTheNorm();
  KeySetId id;
  for (const std::size_t size : {std::size_t{10}, std::size_t{8}}) {
    if (ReadHex(data, MutableBytes(id.bytes).first(size))) id.size = size;
  }
  return id;
}

std::string FormatKeySetId(const std::array<std::uint8_t, 10>& initial_ksn) {
  return UpperHex(initial_ksn);
}

Result<UnixSeconds> ParseKeyBlockTime(std::string_view data) {
  constexpr std::string_view kExtended = "0000-00-00T00:00:00";
  const bool extended = data.size() > 4 && data[4] == '-';
  std::string digits;
  if (extended) {
    if (data.size() < kExtended.size()) return NotOfTheNorm();
    for (std::size_t i = 0; i < kExtended.size(); ++i) {
      const bool digit = kExtended[i] == '0';
      if (!digit && data[i] != kExtended[i]) return NotOfTheNorm();
      if (digit) digits.push_back(data[i]);
    }
    data = data.substr(kExtended.size());
  } else {
    digits = data.substr(0, 14);
    data = data.substr(digits.size());
  }
  const std::size_t point = extended ? 1 : 0;
  const bool fraction = data.size() == point + 3 && (!extended || data[0] == '.') &&
                        IsDigit(data[point]) && IsDigit(data[point + 1]);
  if ((data.size() != 1 && !fraction) || data.back() != 'Z') return NotOfTheNorm();
  digits.push_back('Z');
  const auto time = ParseAsn1Time(asn1::kGeneralizedTime, AsBytes(digits));
  if (!time.ok()) return NotOfTheNorm();
  return *time;
}

Result<std::string> FormatKeyBlockTime(UnixSeconds time) {
  std::array<std::uint8_t, 15> text{};
  std::uint8_t tag = 0;
  FLORIN_TRY(const std::size_t size, FormatAsn1Time(time, tag, text));
  std::string out(AsText(ByteView(text).first(size)));
  // A UTCTime lacks the century.
  if (tag == asn1::kUtcTime) out.insert(0, out[0] >= '5' ? "19" : "20");
  return out;
}

Result<WrappingPedigree> ParseWrappingPedigree(std::string_view data) {
  FLORIN_TRY(const unsigned pedigree, ReadDigit(data, "00", '3'));
  return static_cast<WrappingPedigree>(pedigree);
}

std::string FormatWrappingPedigree(WrappingPedigree pedigree) {
  return {'0', '0', static_cast<char>('0' + static_cast<int>(pedigree))};
}

Result<std::vector<KeyBlockCertificate>> ParseCertificates(std::string_view data) {
  constexpr std::size_t kChainHead = 6;  // kind and length of one certificate
  const auto kind_of = [](std::string_view kind) {
    return kind == "01" ? KeyBlockCertificateKind::kEmv : KeyBlockCertificateKind::kX509;
  };
  std::vector<KeyBlockCertificate> certificates;
  if (data.starts_with("00") || data.starts_with("01")) {
    if (!IsBase64(data.substr(2))) return NotOfTheNorm();
    certificates.push_back({kind_of(data.substr(0, 2)), data.substr(2)});
    return certificates;
  }
  if (!data.starts_with("02") || data.size() == 2) return NotOfTheNorm();
  for (std::string_view rest = data.substr(2); !rest.empty();) {
    if (rest.size() < kChainHead || (!rest.starts_with("00") && !rest.starts_with("01"))) {
      return NotOfTheNorm();
    }
    const auto size = ParseHexNumber(rest.substr(2, 4));
    if (!size || *size > rest.size() - kChainHead) return NotOfTheNorm();
    certificates.push_back({kind_of(rest.substr(0, 2)), rest.substr(kChainHead, *size)});
    if (!IsBase64(certificates.back().base64)) return NotOfTheNorm();
    rest = rest.substr(kChainHead + *size);
  }
  return certificates;
}

Result<std::string> FormatCertificates(const std::vector<KeyBlockCertificate>& certificates) {
  const bool chain = certificates.size() > 1;
  std::string data = chain ? "02" : "";
  for (const KeyBlockCertificate& certificate : certificates) {
    data += certificate.kind == KeyBlockCertificateKind::kEmv ? "01" : "00";
    if (chain) {
      std::array<char, 4> length{};
      WriteNumber<16>(certificate.base64.size(), std::span<char>(length));
      data.append(length.data(), length.size());
    }
    data += certificate.base64;
    if (!IsBase64(certificate.base64) || certificate.base64.size() > 0xffff) data.clear();
    if (data.empty()) break;
  }
  if (data.empty()) {
    return Error(ErrorCode::kInvalidArgument, "certificates are base64 of 1..65535 characters");
  }
  return data;
}

Status CheckOptionalBlock(const OptionalBlock& block) {
  const std::string_view id = block.id;
  const std::string_view data = block.data;
  if (id == "AL") return Check(ParseAsymmetricKeyLife, data);
  if (id == "BI") return Check(ParseBaseDerivationKeyId, data);
  if (id == "CT") return Check(ParseCertificates, data);
  if (id == "DA") return Check(ParseDerivationsAllowed, data);
  if (id == "HM") return Check(ParseKeyBlockHash, data);
  if (id == "IK") return Check(ParseInitialKeyId, data);
  if (id == "KC" || id == "KP" || id == "PK") return Check(ParseKeyBlockCheckValue, data);
  if (id == "TC" || id == "TS") return Check(ParseKeyBlockTime, data);
  if (id == "WP") return Check(ParseWrappingPedigree, data);
  if (id == "KS") {
    FLORIN_TRY(const KeySetId key_set, ParseKeySetId(data));
    return key_set.size == 10 ? OkStatus() : Status(NotOfTheNorm());
  }
  return IsPrintable(data) ? OkStatus() : Status(NotOfTheNorm());
}

}  // namespace florin::card
