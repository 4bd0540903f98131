#include "crypto/card/key_block_rules.h"

#include <algorithm>
#include <array>

#include "crypto/card/key_block_payload.h"
#include "florin/card/key_block_optional.h"

namespace florin::card {
namespace {

bool IsDes(const KeyBlockHeader& header) {
  return header.algorithm() == 'D' || header.algorithm() == 'T';
}

Status CheckStrength(int key, int protection) {
  if (key <= protection) return OkStatus();
  return Error(ErrorCode::kPermissionDenied, "the protection is weaker than the protected key");
}

Status CheckBlocks(const KeyBlockHeader& header, std::span<const OptionalBlock> blocks) {
  bool names_hash = false;
  for (const OptionalBlock& block : blocks) {
    FLORIN_CHECK_OK(CheckOptionalBlock(block));
    names_hash = names_hash || block.id == "HM";
    const bool misplaced = (block.id == "HM" && header.algorithm() != 'H') ||
                           (block.id == "KS" && header.algorithm() != 'T') ||
                           (block.id == "IK" && header.algorithm() != 'A') ||
                           (block.id == "DA" && header.usage() != "B3");
    if (misplaced) {
      return Error(ErrorCode::kInvalidArgument,
                   "an optional block does not belong to a key of this usage and algorithm");
    }
  }
  if (header.algorithm() == 'H' && !names_hash) {
    return Error(ErrorCode::kInvalidArgument,
                 "an HMAC key needs the optional block HM, which names its hash");
  }
  return OkStatus();
}

// The rows know no single DES: it is used as TDES is.
Status CheckCombination(const KeyBlockHeader& header) {
  if (header.algorithm() != 'D') return CheckKeyBlockCombination(header);
  std::array<char, KeyBlockHeader::kLength> text{};
  std::ranges::copy(header.text(), text.begin());
  text[7] = 'T';
  FLORIN_TRY(const auto as_tdes, KeyBlockHeader::Parse({text.data(), text.size()}));
  return CheckKeyBlockCombination(as_tdes);
}

}  // namespace

Status CheckKeyExport(const KeyBlockHeader& header, std::span<const OptionalBlock> blocks,
                      ByteView key, int strength) {
  FLORIN_CHECK_OK(CheckKeyBlockCombination(header));
  FLORIN_TRY(const int of_key, CheckWrappedKey(header.algorithm(), key));
  if (IsDes(header) && of_key <= kSingleDesStrength) {
    return Error(ErrorCode::kPermissionDenied,
                 "single DES keys, and TDES keys that amount to one, do not leave");
  }
  FLORIN_CHECK_OK(CheckStrength(of_key, strength));
  return CheckBlocks(header, blocks);
}

Status CheckKeyImport(const KeyBlockHeader& header, ByteView key, int strength,
                      const KeyBlockImportPolicy& policy) {
  FLORIN_TRY(const int of_key, CheckWrappedKey(header.algorithm(), key));
  if (IsDes(header) && of_key <= kSingleDesStrength && !policy.single_des) {
    return Error(ErrorCode::kPermissionDenied,
                 "single DES keys, and TDES keys that amount to one, are refused");
  }
  if (!policy.any_combination) FLORIN_CHECK_OK(CheckCombination(header));
  return CheckStrength(of_key, strength);
}

}  // namespace florin::card
