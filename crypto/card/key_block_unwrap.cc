#include "crypto/card/key_block_unwrap.h"

#include <algorithm>

#include "crypto/card/key_block_payload.h"
#include "crypto/card/key_block_seal.h"

namespace florin::card {
namespace {

constexpr std::size_t kLengthSize = 2;

// The key inside a payload whose MAC was right.
Result<ByteView> KeyOf(ByteView payload) {
  const std::size_t bits = static_cast<std::size_t>(payload[0]) << 8 | payload[1];
  if (bits == 0 || bits % 8 != 0 || bits / 8 > payload.size() - kLengthSize) {
    return Error(ErrorCode::kMalformed, "the key block holds no key of the length that it states");
  }
  return payload.subspan(kLengthSize, bits / 8);
}

}  // namespace

Result<SecretBytes> UnwrapKeyBlock(const KeyBlockKeys& keys, const KeyBlock& block,
                                   const KeyBlockImportPolicy& policy) {
  if (keys.MacsCiphertext() && !policy.legacy_versions) {
    return Error(ErrorCode::kPermissionDenied,
                 "key blocks of versions A and C are refused; ask for version B or D");
  }
  FLORIN_TRY(SecretBytes payload, OpenKeyBlock(keys, block));
  FLORIN_TRY(const ByteView key, KeyOf(payload.Read(SecretAccess{})));
  const KeyBlockHeader& header = block.header();
  FLORIN_TRY(const int strength, CheckWrappedKey(header.algorithm(), key));
  if (!policy.any_combination) FLORIN_CHECK_OK(CheckKeyBlockCombination(header));
  const bool single_des =
      (header.algorithm() == 'D' || header.algorithm() == 'T') && key.size() == 8;
  if (single_des && !policy.single_des) {
    return Error(ErrorCode::kPermissionDenied, "single DES keys are refused");
  }
  if (strength > keys.strength() && !policy.weaker_kbpk) {
    return Error(ErrorCode::kPermissionDenied, "the KBPK is weaker than the key that it wraps");
  }
  const MutableBytes all = payload.Write(SecretAccess{});
  const std::size_t size = key.size();
  std::copy(all.begin() + kLengthSize, all.begin() + kLengthSize + static_cast<long>(size),
            all.begin());
  payload.Truncate(size);
  return payload;
}

}  // namespace florin::card
