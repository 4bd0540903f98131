#include "crypto/mechanisms/travelling_key.h"

#include <utility>

#include "crypto/mechanisms/key_schedules.h"
#include "crypto/mechanisms/rule_table.h"
#include "crypto/primitives/rsa_der.h"
#include "florin/mechanisms/key_exchange_mechanisms.h"

namespace florin::mechanisms {

using card::OptionalBlock;
using card::OptionalBlocks;

Result<std::vector<OptionalBlock>> BlocksOf(std::string_view text, std::size_t count) {
  if (text.size() > kMaxOptionalBlockText) {
    return Error(ErrorCode::kLimitExceeded,
                 "key block: optional blocks have at most 4096 characters");
  }
  FLORIN_TRY(const auto blocks, OptionalBlocks::Parse(text, count));
  if (blocks.text().size() != text.size()) {
    return Error(ErrorCode::kInvalidArgument,
                 "key block: there is more text than the stated number of optional blocks");
  }
  return std::vector<OptionalBlock>(blocks.begin(), blocks.end());
}

Result<KeyBlockHeader> HeaderOf(const Key& target) {
  if (target.rules().header.has_value()) return *target.rules().header;
  return Error(ErrorCode::kPermissionDenied,
               "key block: a key without a key block header is not wrapped");
}

Result<SecretBytes> PayloadOf(const Key& key) {
  if (key.rules().type == KeyType::kEcPrivate) return key.schedules().EcPrivate().ToDer();
  return SecretBytes::CopyOf(key.Material(SecretAccess{}));
}

Status StateHeader(const KeyBlockHeader& header, KeyRules& rules) {
  FLORIN_CHECK_OK(TypeOfHeader(header));
  if (rules.header.has_value() && *rules.header != header) {
    return Error(ErrorCode::kPermissionDenied,
                 "key block: the template states another header than the block");
  }
  rules.header = header;
  return OkStatus();
}

Result<SecretBytes> MaterialOf(SecretBytes payload, KeyRules& rules) {
  if (rules.type == KeyType::kEcPrivate) {
    FLORIN_TRY(const auto key, primitives::EcPrivateKey::FromDer(payload.Read(SecretAccess{})));
    rules.curve = key.curve();
    FLORIN_TRY(payload, key.scalar().Clone());
  }
  std::size_t length = payload.size();
  if (rules.type == KeyType::kRsaPrivate) {
    FLORIN_TRY(const auto numbers, primitives::ParseRsaPrivateKey(payload.Read(SecretAccess{})));
    length = numbers.modulus.size();
  }
  if (rules.length != 0 && rules.length != length) {
    return Error(ErrorCode::kPermissionDenied,
                 "key block: the template is of another length than the key in the block");
  }
  return payload;
}

}  // namespace florin::mechanisms
