// The bytes of every record a vault stores. docs/formats/vault_records.md draws them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "florin/base/bytes.h"
#include "florin/base/clock.h"
#include "florin/base/pan.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/tokenizer/vault.h"
#include "tokenizer/store/store_keys.h"

namespace florin::tokenizer {

inline constexpr std::size_t kNonceLength = 12;
inline constexpr std::size_t kTagLength = 16;
inline constexpr std::size_t kVaultIdLength = 16;
using Nonce = std::array<std::uint8_t, kNonceLength>;
using VaultId = std::array<std::uint8_t, kVaultIdLength>;

// --- token records ---

// What is sealed: one byte of length and the digits, padded so that no length shows outside.
inline constexpr std::size_t kPanContentLength = 1 + kMaxPanDigits;
using PanContent = SecretArray<kPanContentLength>;

inline constexpr std::size_t kTokenHeaderLength = 24;
inline constexpr std::size_t kSealedPanLength = kPanContentLength + kTagLength;
inline constexpr std::size_t kTokenRecordLength =
    kTokenHeaderLength + kNonceLength + kSealedPanLength;
inline constexpr std::size_t kTokenAadLength = 1 + kTokenHeaderLength + kTokenKeyLength;

// The open part of a token record. It is authenticated together with the token.
struct TokenHeader {
  std::uint16_t key_version = 0;  // of the data key
  std::uint32_t domain = 0;
  std::uint32_t instance = 0;
  std::uint32_t revision = 0;
  UnixSeconds created;
};

// A parsed record; the views live as long as the record.
struct TokenRecordView {
  TokenHeader header;
  ByteView header_bytes;
  ByteView nonce;
  ByteView sealed;  // ciphertext and tag
};

void EncodeTokenHeader(const TokenHeader& header, std::span<std::uint8_t, kTokenHeaderLength> out);
// kCorrupted.
Result<TokenRecordView> ParseTokenRecord(ByteView record);
void TokenAad(ByteView header, const TokenKey& key, std::span<std::uint8_t, kTokenAadLength> out);

void EncodePanContent(const Pan& pan, PanContent& out);
// kCorrupted.
Result<Pan> DecodePanContent(const PanContent& content);

// --- meta records ---

inline constexpr std::size_t kVaultRecordLength = 1 + kVaultIdLength + 8;
inline constexpr std::array<std::uint8_t, 1> kVaultRecordKey = {'v'};
inline constexpr std::array<std::uint8_t, 1> kDomainCountKey = {'n'};

struct VaultRecord {
  VaultId id{};
  UnixSeconds created;
};

void EncodeVaultRecord(const VaultRecord& record, std::span<std::uint8_t, kVaultRecordLength> out);
// kCorrupted, and kUnsupported for a format newer than this code.
Result<VaultRecord> ParseVaultRecord(ByteView bytes);

// A domain, sealed without content: the tag vouches for the open fields.
inline constexpr std::size_t kDomainKeyLength = 5;
inline constexpr std::size_t kDomainHeaderLength = 21;
inline constexpr std::size_t kDomainRecordLength = kDomainHeaderLength + kNonceLength + kTagLength;
inline constexpr std::size_t kDomainAadLength = 1 + kDomainKeyLength + kDomainHeaderLength;
inline constexpr std::array<std::uint8_t, 1> kDomainKeyPrefix = {'d'};

struct DomainRecordView {
  TokenDomain domain;
  std::uint16_t key_version = 0;
  ByteView header_bytes;
  ByteView nonce;
  ByteView tag;
};

void EncodeDomainKey(std::uint32_t id, std::span<std::uint8_t, kDomainKeyLength> out);
void EncodeDomainHeader(const TokenDomain& domain, std::uint16_t key_version, UnixSeconds created,
                        std::span<std::uint8_t, kDomainHeaderLength> out);
// kCorrupted; kUnsupported for a token scheme newer than this code.
Result<DomainRecordView> ParseDomainRecord(ByteView key, ByteView record);
void DomainAad(ByteView key, ByteView header, std::span<std::uint8_t, kDomainAadLength> out);

}  // namespace florin::tokenizer
