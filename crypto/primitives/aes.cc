#include "crypto/primitives/aes.h"

#include <algorithm>
#include <array>

#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/self_test.h"

namespace florin::primitives {
namespace {

// RFC 3394 2.2.3.1.
constexpr std::uint8_t kInitialValue = 0xa6;

// A ^= t, big-endian.
void XorCounter(MutableBytes a, std::uint64_t t) {
  for (std::size_t i = 0; i < 8; ++i) {
    a[7 - i] = static_cast<std::uint8_t>(a[7 - i] ^ static_cast<std::uint8_t>(t >> (8 * i)));
  }
}

Status CheckKek(const KeyedCipher& kek) {
  if (kek.block_size() != kAesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "key wrap takes an AES key");
  }
  return OkStatus();
}

}  // namespace

Status CheckAesKey(ByteView key) {
  FLORIN_CHECK_OK(PrimitivesReady());
  if (key.size() != 16 && key.size() != 24 && key.size() != 32) {
    return Error(ErrorCode::kInvalidArgument, "an AES key has 16, 24 or 32 bytes");
  }
  return OkStatus();
}

Result<KeyedCipher> AesCipher(ByteView key) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  const EvpCache& evp = *Evp();
  const std::size_t index = key.size() / 8 - 2;
  FLORIN_TRY(SecretBytes copy, SecretBytes::CopyOf(key));
  const CipherSuite suite{evp.aes_ecb[index], evp.aes_cbc[index], evp.aes_ctr[index],
                          kAesBlockSize};
  return KeyedCipher(std::make_unique<KeyedCipherImpl>(suite, std::move(copy)));
}

Status AesKeyWrap(const KeyedCipher& kek, ByteView key_data, MutableBytes out) {
  FLORIN_CHECK_OK(CheckKek(kek));
  if (key_data.size() % 8 != 0 || key_data.size() < 16 || key_data.size() > kKeyWrapMaxSize) {
    return Error(ErrorCode::kInvalidArgument, "key wrap takes 16..4096 bytes, a multiple of 8");
  }
  if (out.size() != key_data.size() + kKeyWrapOverhead) {
    return Error(ErrorCode::kInvalidArgument, "wrapped data is 8 bytes longer than its content");
  }
  const std::size_t n = key_data.size() / 8;
  SecretArray<16> block;  // A, then R[i]
  const MutableBytes b = block.Write(SecretAccess{});
  std::fill_n(b.begin(), 8, kInitialValue);
  std::copy(key_data.begin(), key_data.end(), out.begin() + 8);
  for (std::uint64_t j = 0; j < 6; ++j) {
    for (std::size_t i = 1; i <= n; ++i) {
      const MutableBytes r = out.subspan(8 * i, 8);
      std::copy(r.begin(), r.end(), b.begin() + 8);
      FLORIN_CHECK_OK(kek.EncryptBlocks(b, b));
      XorCounter(b.first(8), n * j + i);
      std::copy(b.begin() + 8, b.end(), r.begin());
    }
  }
  std::copy_n(b.begin(), 8, out.begin());
  return OkStatus();
}

Status AesKeyUnwrap(const KeyedCipher& kek, ByteView wrapped, MutableBytes out) {
  FLORIN_CHECK_OK(CheckKek(kek));
  if (wrapped.size() % 8 != 0 || wrapped.size() < 24 ||
      wrapped.size() > kKeyWrapMaxSize + kKeyWrapOverhead) {
    return Error(ErrorCode::kMalformed, "wrapped data has 24..4104 bytes, a multiple of 8");
  }
  if (out.size() != wrapped.size() - kKeyWrapOverhead) {
    return Error(ErrorCode::kInvalidArgument, "wrapped data is 8 bytes longer than its content");
  }
  const std::size_t n = out.size() / 8;
  SecretArray<16> block;
  const MutableBytes b = block.Write(SecretAccess{});
  std::copy_n(wrapped.begin(), 8, b.begin());
  std::copy(wrapped.begin() + 8, wrapped.end(), out.begin());
  for (std::uint64_t j = 6; j-- > 0;) {
    for (std::size_t i = n; i >= 1; --i) {
      const MutableBytes r = out.subspan(8 * (i - 1), 8);
      std::copy(r.begin(), r.end(), b.begin() + 8);
      XorCounter(b.first(8), n * j + i);
      FLORIN_CHECK_OK(kek.DecryptBlocks(b, b));
      std::copy(b.begin() + 8, b.end(), r.begin());
    }
  }
  constexpr std::array<std::uint8_t, 8> kExpected = {kInitialValue, kInitialValue, kInitialValue,
                                                     kInitialValue, kInitialValue, kInitialValue,
                                                     kInitialValue, kInitialValue};
  if (!ConstantTimeEqual(b.first(8), kExpected)) {
    Wipe(out);
    return Error(ErrorCode::kVerificationFailed,
                 "the wrapped key's integrity check value is wrong");
  }
  return OkStatus();
}

}  // namespace florin::primitives
