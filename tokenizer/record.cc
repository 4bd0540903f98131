#include "tokenizer/record.h"

#include <algorithm>

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"
#include "tokenizer/token_range.h"

namespace florin::tokenizer {
namespace {

constexpr std::uint8_t kTokenRecordVersion = 1;
constexpr std::uint8_t kVaultRecordVersion = 1;
constexpr std::uint8_t kDomainRecordVersion = 1;
constexpr std::uint8_t kStatusActive = 1;
constexpr std::uint8_t kSchemeRandom = 0;

// First byte of what a tag vouches for, so that no record passes for one of another kind.
constexpr std::uint8_t kTokenAad = 1;
constexpr std::uint8_t kDomainAad = 2;

// The sizes of all records are fixed, so a write that does not fit is a broken invariant.
class FixedWriter {
 public:
  explicit FixedWriter(MutableBytes out) : writer_(out) {}
  ~FixedWriter() { FLORIN_INVARIANT(writer_.remaining() == 0); }
  FixedWriter(const FixedWriter&) = delete;
  FixedWriter& operator=(const FixedWriter&) = delete;

  FixedWriter& U8(std::uint8_t value) { return Expect(writer_.WriteU8(value)); }
  FixedWriter& U16(std::uint16_t value) { return Expect(writer_.WriteU16(value)); }
  FixedWriter& U32(std::uint32_t value) { return Expect(writer_.WriteU32(value)); }
  FixedWriter& Time(UnixSeconds time) {
    return Expect(writer_.WriteU64(static_cast<std::uint64_t>(time.value)));
  }
  FixedWriter& Raw(ByteView bytes) { return Expect(writer_.Write(bytes)); }
  FixedWriter& Zeros(std::size_t count) { return Expect(writer_.WriteRepeated(0, count)); }

 private:
  FixedWriter& Expect(const Status& status) {
    FLORIN_INVARIANT(status.ok());
    return *this;
  }
  ByteWriter writer_;
};

Result<UnixSeconds> ReadTime(ByteReader& reader) {
  FLORIN_TRY(const std::uint64_t value, reader.ReadU64());
  return UnixSeconds{static_cast<std::int64_t>(value)};
}

Error Corrupted(const char* message) { return Error(ErrorCode::kCorrupted, message); }

}  // namespace

void EncodeTokenHeader(const TokenHeader& header, std::span<std::uint8_t, kTokenHeaderLength> out) {
  FixedWriter(out)
      .U8(kTokenRecordVersion)
      .U8(kStatusActive)
      .U16(header.key_version)
      .U32(header.domain)
      .U32(header.instance)
      .U32(header.revision)
      .Time(header.created);
}

Result<TokenRecordView> ParseTokenRecord(ByteView record) {
  if (record.size() != kTokenRecordLength || record[0] != kTokenRecordVersion ||
      record[1] != kStatusActive) {
    return Corrupted("a token record has an unknown form");
  }
  ByteReader reader(record);
  TokenRecordView view;
  FLORIN_CHECK_OK(reader.Skip(2));
  FLORIN_TRY(view.header.key_version, reader.ReadU16());
  FLORIN_TRY(view.header.domain, reader.ReadU32());
  FLORIN_TRY(view.header.instance, reader.ReadU32());
  FLORIN_TRY(view.header.revision, reader.ReadU32());
  FLORIN_TRY(view.header.created, ReadTime(reader));
  view.header_bytes = record.first(kTokenHeaderLength);
  FLORIN_TRY(view.nonce, reader.ReadBytes(kNonceLength));
  FLORIN_TRY(view.sealed, reader.ReadBytes(kSealedPanLength));
  return view;
}

void TokenAad(ByteView header, const TokenKey& key, std::span<std::uint8_t, kTokenAadLength> out) {
  std::array<std::uint8_t, kTokenKeyLength> key_bytes;
  EncodeTokenKey(key, key_bytes);
  FixedWriter(out).U8(kTokenAad).Raw(header).Raw(key_bytes);
}

void EncodePanContent(const Pan& pan, PanContent& out) {
  const ByteView digits = AsBytes(pan.Read(SecretAccess{}));
  FLORIN_INVARIANT(digits.size() <= kMaxPanDigits);
  FixedWriter(out.Write(SecretAccess{}))
      .U8(static_cast<std::uint8_t>(digits.size()))
      .Raw(digits)
      .Zeros(kMaxPanDigits - digits.size());
}

Result<Pan> DecodePanContent(const PanContent& content) {
  const ByteView bytes = content.Read(SecretAccess{});
  const std::size_t size = bytes[0];
  if (size > kMaxPanDigits) return Corrupted("a sealed record holds no card number");
  auto pan = Pan::Parse(AsText(bytes.subspan(1, size)));
  if (!pan.ok()) return Corrupted("a sealed record holds no card number");
  return pan;
}

void EncodeVaultRecord(const VaultRecord& record, std::span<std::uint8_t, kVaultRecordLength> out) {
  FixedWriter(out).U8(kVaultRecordVersion).Raw(record.id).Time(record.created);
}

Result<VaultRecord> ParseVaultRecord(ByteView bytes) {
  if (bytes.empty()) return Corrupted("the first record of the vault is empty");
  if (bytes[0] > kVaultRecordVersion) {
    return Error(ErrorCode::kUnsupported, "a newer Florin made this vault; use that one");
  }
  if (bytes.size() != kVaultRecordLength || bytes[0] != kVaultRecordVersion) {
    return Corrupted("the first record of the vault has an unknown form");
  }
  ByteReader reader(bytes.subspan(1));
  VaultRecord record;
  FLORIN_CHECK_OK(reader.ReadInto(record.id));
  FLORIN_TRY(record.created, ReadTime(reader));
  return record;
}

void EncodeDomainKey(std::uint32_t id, std::span<std::uint8_t, kDomainKeyLength> out) {
  FixedWriter(out).Raw(kDomainKeyPrefix).U32(id);
}

void EncodeDomainHeader(const TokenDomain& domain, std::uint16_t key_version, UnixSeconds created,
                        std::span<std::uint8_t, kDomainHeaderLength> out) {
  FLORIN_INVARIANT(domain.token_bin.size() <= kMaxTokenBin && domain.token_length <= 255);
  FixedWriter(out)
      .U8(kDomainRecordVersion)
      .U8(kSchemeRandom)
      .U16(key_version)
      .U8(static_cast<std::uint8_t>(domain.token_length))
      .Raw(AsBytes(domain.token_bin))
      .Zeros(kMaxTokenBin - domain.token_bin.size())
      .Time(created);
}

Result<DomainRecordView> ParseDomainRecord(ByteView key, ByteView record) {
  if (key.size() != kDomainKeyLength || record.size() != kDomainRecordLength ||
      record[0] != kDomainRecordVersion) {
    return Corrupted("a domain record has an unknown form");
  }
  if (record[1] != kSchemeRandom) {
    return Error(ErrorCode::kUnsupported, "a newer Florin made a domain of this vault; use that");
  }
  DomainRecordView view;
  ByteReader key_reader(key.subspan(kDomainKeyPrefix.size()));
  FLORIN_TRY(view.domain.id, key_reader.ReadU32());
  ByteReader reader(record.subspan(2));
  FLORIN_TRY(view.key_version, reader.ReadU16());
  FLORIN_TRY(view.domain.token_length, reader.ReadU8());
  FLORIN_TRY(const ByteView bin, reader.ReadBytes(kMaxTokenBin));
  const auto end = std::find(bin.begin(), bin.end(), std::uint8_t{0});
  view.domain.token_bin.assign(bin.begin(), end);
  view.header_bytes = record.first(kDomainHeaderLength);
  view.nonce = record.subspan(kDomainHeaderLength, kNonceLength);
  view.tag = record.last(kTagLength);
  return view;
}

void DomainAad(ByteView key, ByteView header, std::span<std::uint8_t, kDomainAadLength> out) {
  FixedWriter(out).U8(kDomainAad).Raw(key).Raw(header);
}

}  // namespace florin::tokenizer
