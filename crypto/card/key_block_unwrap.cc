#include "crypto/card/key_block_unwrap.h"

#include <algorithm>

#include "crypto/card/key_block_rules.h"
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
  FLORIN_CHECK_OK(CheckKeyImport(block.header(), key,
                                 policy.weaker_kbpk ? kAnyStrength : keys.strength(), policy));
  const MutableBytes all = payload.Write(SecretAccess{});
  const std::size_t size = key.size();
  std::copy(all.begin() + kLengthSize, all.begin() + kLengthSize + static_cast<long>(size),
            all.begin());
  payload.Truncate(size);
  return payload;
}

}  // namespace florin::card
