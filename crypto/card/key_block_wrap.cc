#include "crypto/card/key_block_wrap.h"

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_rules.h"
#include "crypto/card/key_block_seal.h"
#include "florin/base/secret.h"

namespace florin::card {
namespace {

Status CheckVersion(const KeyBlockKeys& keys, const KeyBlockHeader& header) {
  if (keys.MacsCiphertext()) {
    return Error(ErrorCode::kPermissionDenied,
                 "key blocks are written in versions B, D and E; A and C are for import only");
  }
  if (keys.version() != header.version()) {
    return Error(ErrorCode::kInvalidArgument,
                 "the header is of another version than the keys; derive them for its version");
  }
  return OkStatus();
}

}  // namespace

Result<std::size_t> WrapKeyBlock(const KeyBlockKeys& keys, const KeyBlockHeader& header,
                                 std::span<const OptionalBlock> blocks, ByteView key,
                                 const KeyBlockExportPolicy& policy, RandomSource& random,
                                 std::span<char> out) {
  FLORIN_CHECK_OK(CheckVersion(keys, header));
  FLORIN_CHECK_OK(
      CheckKeyExport(header, blocks, key, policy.weaker_kbpk ? kAnyStrength : keys.strength()));
  const std::size_t payload_size = KeyBlockPayloadSize(
      keys.version(), key.size(), ObscuredKeySize(header.algorithm(), key.size()));
  const std::size_t tail = KeyBlockTailSize(keys.version(), payload_size);
  FLORIN_TRY(const std::size_t bound, WriteKeyBlockHeader(header, blocks, tail, out));
  FLORIN_TRY(SecretBytes payload, SecretBytes::Create(payload_size));
  FLORIN_CHECK_OK(FillKeyBlockPayload(key, random, payload.Write(SecretAccess{})));
  return SealKeyBlock(keys, {out.data(), bound}, payload.Write(SecretAccess{}), out);
}

}  // namespace florin::card
