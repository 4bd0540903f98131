#include "crypto/mechanisms/travelling_key.h"

#include <algorithm>
#include <array>
#include <optional>
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

namespace {

struct NamedHash {
  Hash hash;
  card::KeyBlockHash number;
  std::string_view data;
};
constexpr std::array<NamedHash, 5> kHashes = {{
    {Hash::kSha1, card::KeyBlockHash::kSha1, "10"},
    {Hash::kSha224, card::KeyBlockHash::kSha224, "20"},
    {Hash::kSha256, card::KeyBlockHash::kSha256, "21"},
    {Hash::kSha384, card::KeyBlockHash::kSha384, "22"},
    {Hash::kSha512, card::KeyBlockHash::kSha512, "23"},
}};

// nullopt where no block says it, which some senders leave out.
Result<std::optional<Hash>> HashIn(const card::OptionalBlocks& blocks) {
  for (const OptionalBlock& block : blocks) {
    if (block.id != "HM") continue;
    FLORIN_TRY(const auto number, card::ParseKeyBlockHash(block.data));
    for (const NamedHash& known : kHashes) {
      if (known.number == number) return std::optional<Hash>(known.hash);
    }
    return Error(ErrorCode::kUnsupported, "key block: HMAC keys of this hash are not kept here");
  }
  return std::optional<Hash>();
}

}  // namespace

Result<std::vector<OptionalBlock>> BlocksFor(std::string_view text, std::size_t count,
                                             const Key& target) {
  FLORIN_TRY(auto blocks, BlocksOf(text, count));
  if (!target.rules().hmac_hash.has_value()) return blocks;
  const auto own = std::ranges::find(kHashes, *target.rules().hmac_hash, &NamedHash::hash);
  const auto stated = std::ranges::find(blocks, std::string_view("HM"), &OptionalBlock::id);
  if (stated == blocks.end()) {
    blocks.push_back({"HM", own->data});
  } else if (stated->data != own->data) {
    return Error(ErrorCode::kPermissionDenied,
                 "key block: HM names another hash than the rules of the key");
  }
  return blocks;
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

Status StateHeader(const KeyBlockHeader& header, const OptionalBlocks& blocks, KeyRules& rules) {
  FLORIN_CHECK_OK(TypeOfHeader(header));
  if (rules.header.has_value() && *rules.header != header) {
    return Error(ErrorCode::kPermissionDenied,
                 "key block: the template states another header than the block");
  }
  rules.header = header;
  FLORIN_TRY(const std::optional<Hash> hash, HashIn(blocks));
  if (!hash.has_value()) return OkStatus();
  if (rules.hmac_hash.has_value() && rules.hmac_hash != hash) {
    return Error(ErrorCode::kPermissionDenied,
                 "key block: the template states another hash than the block");
  }
  rules.hmac_hash = hash;
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
