#include "crypto/card/key_block_wrap.h"

#include <algorithm>

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_seal.h"
#include "florin/base/secret.h"
#include "florin/card/key_block_optional.h"

namespace florin::card {
namespace {

Status CheckHeader(const KeyBlockKeys& keys, const KeyBlockHeader& header) {
  if (keys.MacsCiphertext()) {
    return Error(ErrorCode::kPermissionDenied,
                 "key blocks are written in versions B, D and E; A and C are for import only");
  }
  if (keys.version() != header.version()) {
    return Error(ErrorCode::kInvalidArgument,
                 "the header is of another version than the keys; derive them for its version");
  }
  return CheckKeyBlockCombination(header);
}

Status CheckKey(const KeyBlockKeys& keys, const KeyBlockHeader& header, ByteView key,
                const KeyBlockExportPolicy& policy) {
  FLORIN_TRY(const int strength, CheckWrappedKey(header.algorithm(), key));
  if (header.algorithm() == 'T' && key.size() == 8) {
    return Error(ErrorCode::kPermissionDenied, "single DES keys are not written into key blocks");
  }
  if (strength > keys.strength() && !policy.weaker_kbpk) {
    return Error(ErrorCode::kPermissionDenied, "the KBPK is weaker than the key to be wrapped");
  }
  return OkStatus();
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

}  // namespace

Result<std::size_t> WrapKeyBlock(const KeyBlockKeys& keys, const KeyBlockHeader& header,
                                 std::span<const OptionalBlock> blocks, ByteView key,
                                 const KeyBlockExportPolicy& policy, RandomSource& random,
                                 std::span<char> out) {
  FLORIN_CHECK_OK(CheckHeader(keys, header));
  FLORIN_CHECK_OK(CheckKey(keys, header, key, policy));
  FLORIN_CHECK_OK(CheckBlocks(header, blocks));
  const std::size_t payload_size = KeyBlockPayloadSize(
      keys.version(), key.size(), ObscuredKeySize(header.algorithm(), key.size()));
  const std::size_t tail = KeyBlockTailSize(keys.version(), payload_size);
  FLORIN_TRY(const std::size_t bound, WriteKeyBlockHeader(header, blocks, tail, out));
  FLORIN_TRY(SecretBytes payload, SecretBytes::Create(payload_size));
  FLORIN_CHECK_OK(FillKeyBlockPayload(key, random, payload.Write(SecretAccess{})));
  return SealKeyBlock(keys, {out.data(), bound}, payload.Write(SecretAccess{}), out);
}

}  // namespace florin::card
