#include "tokenizer/store/store_keys.h"

#include "florin/base/byte_reader.h"
#include "florin/base/byte_writer.h"

namespace florin::tokenizer {
namespace {

constexpr std::uint8_t kIndexVersion = 1;

void WriteTokenKey(ByteWriter& writer, const TokenKey& key) {
  FLORIN_INVARIANT(writer.WriteU16(key.bucket).ok());
  FLORIN_INVARIANT(writer.WriteU8(key.length).ok());
  FLORIN_INVARIANT(writer.WriteU64(key.number).ok());
}

}  // namespace

TokenKey TokenKey::Of(const Token& token) {
  TokenKey key;
  key.length = static_cast<std::uint8_t>(token.digits().size());
  for (const char digit : token.digits()) {
    key.number = key.number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return key;
}

Result<Token> TokenKey::ToToken() const {
  const Error broken(ErrorCode::kCorrupted, "a stored token key is not that of a token");
  if (length < Token::kMinLength || length > Token::kMaxLength) return broken;
  std::array<char, Token::kMaxLength> digits;
  std::uint64_t rest = number;
  for (std::size_t i = length; i-- > 0; rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  if (rest != 0) return broken;
  return Token::Parse({digits.data(), length});
}

void EncodeTokenKey(const TokenKey& key, std::span<std::uint8_t, kTokenKeyLength> out) {
  ByteWriter writer(out);
  WriteTokenKey(writer, key);
}

void EncodeFingerprintKey(const FingerprintKey& key,
                          std::span<std::uint8_t, kFingerprintKeyLength> out) {
  ByteWriter writer(out);
  FLORIN_INVARIANT(writer.WriteU16(key.bucket).ok());
  FLORIN_INVARIANT(writer.Write(key.fingerprint).ok());
  FLORIN_INVARIANT(writer.WriteU32(key.domain).ok());
  FLORIN_INVARIANT(writer.WriteU32(key.instance).ok());
}

void EncodeIndexValue(const TokenKey& key, std::span<std::uint8_t, kIndexValueLength> out) {
  ByteWriter writer(out);
  FLORIN_INVARIANT(writer.WriteU8(kIndexVersion).ok());
  WriteTokenKey(writer, key);
}

Result<TokenKey> DecodeIndexValue(ByteView value) {
  if (value.size() != kIndexValueLength || value[0] != kIndexVersion) {
    return Error(ErrorCode::kCorrupted, "an entry of the fingerprint index has an unknown form");
  }
  return DecodeTokenKey(value.subspan(1));
}

Result<TokenKey> DecodeTokenKey(ByteView bytes) {
  if (bytes.size() != kTokenKeyLength) {
    return Error(ErrorCode::kCorrupted, "the key of a token record has an unknown form");
  }
  ByteReader reader(bytes);
  TokenKey key;
  FLORIN_TRY(key.bucket, reader.ReadU16());
  FLORIN_TRY(key.length, reader.ReadU8());
  FLORIN_TRY(key.number, reader.ReadU64());
  return key;
}

}  // namespace florin::tokenizer
