#include "crypto/primitives/kdf.h"

#include <algorithm>
#include <array>

#include "crypto/primitives/mac.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {
namespace {

enum class CounterPlace { kBeforeSecret, kAfterSecret };

Status CheckOutput(Hash hash, std::size_t size) {
  if (hash == Hash::kSha1) {
    return Error(ErrorCode::kUnsupported, "key derivation takes SHA-224 to SHA-512");
  }
  if (size == 0 || size > 255 * HashSize(hash)) {
    return Error(ErrorCode::kLimitExceeded, "derived keys have 1 byte up to 255 digests");
  }
  return OkStatus();
}

// Block i is H(counter || Z || info) or H(Z || counter || info), with the counter from 1.
Status CounterKdf(Hash hash, CounterPlace place, ByteView z, const Parts& info, MutableBytes out) {
  FLORIN_CHECK_OK(PrimitivesReady());
  FLORIN_CHECK_OK(CheckOutput(hash, out.size()));
  Hasher hasher(hash);
  std::array<std::uint8_t, 4> counter{};
  while (!out.empty()) {
    ++counter[3];  // at most 255 blocks
    if (place == CounterPlace::kBeforeSecret) {
      hasher.Update(counter);
      hasher.Update(z);
    } else {
      hasher.Update(z);
      hasher.Update(counter);
    }
    hasher.Update(info);
    const std::size_t size = std::min(out.size(), HashSize(hash));
    FLORIN_CHECK_OK(hasher.Finish(out.first(size)));
    out = out.subspan(size);
  }
  return OkStatus();
}

}  // namespace

Status HkdfExtract(Hash hash, ByteView salt, const Parts& input_key, MutableBytes prk) {
  if (prk.size() != HashSize(hash)) {
    return Error(ErrorCode::kInvalidArgument, "HKDF: the PRK has the digest's length");
  }
  // HMAC pads its key with zeros, so an empty salt is a block of zeros (RFC 5869 2.2).
  FLORIN_TRY(const HmacKey key, HmacKey::Create(hash, salt));
  return key.Sign(input_key, prk);
}

Status HkdfExpand(Hash hash, ByteView prk, const Parts& info, MutableBytes out) {
  FLORIN_CHECK_OK(CheckOutput(hash, out.size()));
  if (prk.size() < HashSize(hash)) {
    return Error(ErrorCode::kInvalidArgument, "HKDF: the PRK is at least as long as the digest");
  }
  FLORIN_TRY(const HmacKey key, HmacKey::Create(hash, prk));
  SecretArray<kMaxDigestSize> block;
  const MutableBytes t = block.Write(SecretAccess{}).first(HashSize(hash));
  for (std::uint8_t counter = 1; !out.empty(); ++counter) {
    Hmac hmac(key);
    if (counter > 1) hmac.Update(t);
    for (const ByteView& part : info) hmac.Update(part);
    hmac.Update({&counter, 1});
    FLORIN_CHECK_OK(hmac.Finish(t));
    const std::size_t size = std::min(out.size(), t.size());
    std::copy_n(t.begin(), size, out.begin());
    out = out.subspan(size);
  }
  return OkStatus();
}

Status Hkdf(Hash hash, ByteView salt, const Parts& input_key, const Parts& info, MutableBytes out) {
  SecretArray<kMaxDigestSize> prk;
  const MutableBytes bytes = prk.Write(SecretAccess{}).first(HashSize(hash));
  FLORIN_CHECK_OK(HkdfExtract(hash, salt, input_key, bytes));
  return HkdfExpand(hash, bytes, info, out);
}

Status X963Kdf(Hash hash, ByteView z, const Parts& shared_info, MutableBytes out) {
  return CounterKdf(hash, CounterPlace::kAfterSecret, z, shared_info, out);
}

Status OneStepKdf(Hash hash, ByteView z, const Parts& fixed_info, MutableBytes out) {
  return CounterKdf(hash, CounterPlace::kBeforeSecret, z, fixed_info, out);
}

}  // namespace florin::primitives
