#include <array>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/evp_cache.h"

namespace florin::primitives {
namespace {

using Pool = StripedPool<CipherCtxPtr>;

// Contexts without a key, by key length. Never freed, as EvpCache.
Pool& PoolOf(std::size_t index) {
  static auto* const kPools = new std::array<Pool, 3>;
  return (*kPools)[index];
}

CipherCtxPtr NewContext(const EVP_CIPHER* algorithm) {
  CipherCtxPtr ctx(EVP_CIPHER_CTX_new());
  if (ctx == nullptr ||
      EVP_CipherInit_ex2(ctx.get(), algorithm, nullptr, nullptr, 1, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(ctx.get(), 0) != 1) {
    return nullptr;
  }
  return ctx;
}

bool SetKey(EVP_CIPHER_CTX* ctx, const std::uint8_t* key) {
  return EVP_CipherInit_ex2(ctx, nullptr, key, nullptr, 1, nullptr) == 1;
}

}  // namespace

Status AesEncryptOnce(ByteView key, ByteView in, MutableBytes out) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  if (in.size() % kAesBlockSize != 0 || in.size() > kMaxCipherInput || out.size() != in.size() ||
      OverlapPartially(in, out)) {
    return Error(ErrorCode::kInvalidArgument, "AES takes whole blocks into as much room");
  }
  constexpr std::array<std::uint8_t, 32> kNoKey{};
  const std::size_t index = key.size() / 8 - 2;
  const auto ctx = PoolOf(index).Borrow([index] { return NewContext(Evp()->aes_ecb[index]); });
  if (!ctx) return CipherRefused();
  const bool done = SetKey(ctx.get(), key.data()) && RunExact(ctx.get(), in, out.data());
  // The schedule of a key overwrites the one before it.
  const bool forgotten = SetKey(ctx.get(), kNoKey.data());
  return done && forgotten ? OkStatus() : Status(CipherRefused());
}

}  // namespace florin::primitives
