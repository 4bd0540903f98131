// The two file formats of a token, byte by byte in docs/formats/token_storage.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "crypto/primitives/password_hash.h"
#include "florin/base/bytes.h"
#include "florin/base/result.h"

namespace florin::hsm_sim {

inline constexpr std::size_t kTokenKeySize = 32;
inline constexpr std::size_t kSealNonceSize = 12;
inline constexpr std::size_t kSealTagSize = 16;

// One role's PIN: how it is hashed, how often it was wrong, and the token key sealed under it.
struct Credential {
  bool set = false;
  std::uint32_t failures = 0;  // counted before the check, cleared by a success
  primitives::PasswordCost cost;
  std::array<std::uint8_t, primitives::kPasswordSaltSize> salt{};
  std::array<std::uint8_t, kSealNonceSize> nonce{};
  std::array<std::uint8_t, kTokenKeySize + kSealTagSize> sealed_key{};
};

// The file `token`.
struct TokenRecord {
  static constexpr std::size_t kSize = 324;

  bool imported_keys_may_wrap = false;  // the policy for vectors
  std::array<char, 16> serial{};        // hexadecimal digits
  std::array<char, 32> label{};         // padded with blanks
  std::int64_t created = 0;             // seconds since 1970
  std::uint32_t epoch = 0;              // counts initialisations; names the folder of objects
  // Seals what may be seen without a PIN. It lies here in clear: it shows damage, not forgery.
  std::array<std::uint8_t, kTokenKeySize> public_key{};
  Credential so;
  Credential user;

  // What a sealed key is bound to: everything but counters and the sealed keys themselves.
  Bytes Binding() const;
};

Bytes EncodeTokenRecord(const TokenRecord& record);

// kCorrupted for anything that EncodeTokenRecord does not write.
Result<TokenRecord> DecodeTokenRecord(ByteView file);

using ObjectId = std::array<std::uint8_t, 16>;

// The formats of object files: keys of the first have no state. Written is the newest.
inline constexpr std::uint8_t kObjectFormatWithLife = 2;
inline constexpr std::uint8_t kObjectFormat = 2;

// The clear head of an object file, 64 bytes; it is bound to both sealed parts.
struct ObjectHeader {
  static constexpr std::size_t kSize = 64;

  std::uint8_t format = kObjectFormat;
  bool is_private = false;
  ObjectId id{};
  std::uint32_t version = 0;       // counts changes of the object; part of the file's name
  std::uint32_t object_class = 0;  // CKO_*
  std::uint32_t attributes_size = 0;
  std::uint32_t material_size = 0;
  std::array<std::uint8_t, kSealNonceSize> attributes_nonce{};
  std::array<std::uint8_t, kSealNonceSize> material_nonce{};

  // Bytes of the whole file.
  std::size_t FileSize() const;
};

inline constexpr std::size_t kMaxAttributesSize = std::size_t{128} << 10;
inline constexpr std::size_t kMaxMaterialSize = std::size_t{128} << 10;
inline constexpr std::size_t kMaxObjectFileSize = std::size_t{260} << 10;

std::array<std::uint8_t, ObjectHeader::kSize> EncodeObjectHeader(const ObjectHeader& header);

// Reads the head of an object file and checks that the file has the length it promises.
Result<ObjectHeader> DecodeObjectHeader(ByteView file);

// "<32 hex digits>-<8 hex digits>.obj".
std::string ObjectFileName(const ObjectId& id, std::uint32_t version);

struct ObjectName {
  ObjectId id;
  std::uint32_t version;
};
// kMalformed for a name that is not of that form.
Result<ObjectName> ParseObjectFileName(const std::string& name);

}  // namespace florin::hsm_sim
