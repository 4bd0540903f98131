// AES keys that one operation uses: contexts of the process take them, so that nothing is
// allocated.
#include <array>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/evp_cache.h"

namespace florin::primitives {
namespace {

using Pool = StripedPool<CipherCtxPtr>;

constexpr std::array<std::uint8_t, 32> kNoKey{};

// Contexts without a key, by key length, for ECB and then for CBC. Never freed, as EvpCache.
Pool::Lease BorrowContext(std::size_t key_size, bool cbc) {
  static auto* const kPools = new std::array<Pool, 6>;
  const std::size_t index = key_size / 8 - 2;
  return (*kPools)[cbc ? 3 + index : index].Borrow([index, cbc]() -> CipherCtxPtr {
    const EVP_CIPHER* algorithm = cbc ? Evp()->aes_cbc[index] : Evp()->aes_ecb[index];
    CipherCtxPtr ctx(EVP_CIPHER_CTX_new());
    if (ctx == nullptr ||
        EVP_CipherInit_ex2(ctx.get(), algorithm, nullptr, nullptr, 1, nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(ctx.get(), 0) != 1) {
      return nullptr;
    }
    return ctx;
  });
}

Status CheckRoom(ByteView in, MutableBytes out) {
  if (in.size() <= kMaxCipherInput && out.size() == in.size() && !OverlapPartially(in, out)) {
    return OkStatus();
  }
  return Error(ErrorCode::kInvalidArgument, "AES takes whole blocks into as much room");
}

Status Run(ByteView key, Direction direction, ByteView iv, ByteView in, MutableBytes out) {
  const TransientAesContext context(key, direction, iv);
  return context.Crypt(in, out.data()) ? OkStatus() : Status(CipherRefused());
}

}  // namespace

bool TransientAesContext::SetKey(const std::uint8_t* key, const std::uint8_t* iv) const {
  const int encrypt = direction_ == Direction::kEncrypt ? 1 : 0;
  return EVP_CipherInit_ex2(ctx_.get(), nullptr, key, cbc_ ? iv : nullptr, encrypt, nullptr) == 1;
}

TransientAesContext::TransientAesContext(ByteView key, Direction direction, ByteView iv)
    : ctx_(BorrowContext(key.size(), !iv.empty())),
      direction_(direction),
      cbc_(!iv.empty()),
      ready_(ctx_ && SetKey(key.data(), iv.data())) {}

TransientAesContext::~TransientAesContext() {
  if (!ctx_) return;
  // The schedule of a key overwrites the one before it. OpenSSL took a key here a moment ago.
  const bool forgotten = SetKey(kNoKey.data(), kNoKey.data());
  FLORIN_INVARIANT(forgotten || !ready_);
}

Status AesEncryptOnce(ByteView key, ByteView in, MutableBytes out) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  FLORIN_CHECK_OK(CheckRoom(in, out));
  if (in.size() % kAesBlockSize != 0) {
    return Error(ErrorCode::kInvalidArgument, "AES takes whole blocks into as much room");
  }
  return Run(key, Direction::kEncrypt, {}, in, out);
}

Status AesCryptOnce(ByteView key, Direction direction, ByteView iv, ByteView in, MutableBytes out) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  FLORIN_CHECK_OK(CheckRoom(in, out));
  if (in.size() % kAesBlockSize != 0) {
    return Error(ErrorCode::kMalformed, "the message is not a whole number of blocks");
  }
  if (!iv.empty() && iv.size() != kAesBlockSize) {
    return Error(ErrorCode::kInvalidArgument, "the IV must have one block, and none for ECB");
  }
  return Run(key, direction, iv, in, out);
}

}  // namespace florin::primitives
