#include "crypto/primitives/cipher.h"

#include <cstring>

#include "crypto/primitives/cipher_impl.h"

namespace florin::primitives {
namespace {

std::size_t PoolIndex(CipherMode mode, Direction direction) {
  if (mode == CipherMode::kCtr) return 4;  // both directions are the same
  const std::size_t ecb_or_cbc = mode == CipherMode::kEcb ? 0 : 2;
  return ecb_or_cbc + static_cast<std::size_t>(direction);
}

Error NotWholeBlocks() {
  return Error(ErrorCode::kMalformed, "the message is not a whole number of blocks");
}

// The bytes `out` must have room for.
std::size_t OutputSize(CipherMode mode, Direction direction, std::size_t size, std::size_t block) {
  if (mode == CipherMode::kCbcPad && direction == Direction::kEncrypt) {
    return size - size % block + block;
  }
  return size;
}

// Encrypts the whole blocks of `in`, then the padded rest.
bool EncryptPadded(EVP_CIPHER_CTX* ctx, std::size_t block, ByteView in, std::uint8_t* out) {
  const std::size_t whole = in.size() - in.size() % block;
  const std::size_t rest = in.size() - whole;
  SecretArray<kMaxBlockSize> last;
  const MutableBytes tail = last.Write(SecretAccess{}).first(block);
  if (rest != 0) std::memcpy(tail.data(), in.data() + whole, rest);
  return AddPkcs7Padding(tail, rest, block).ok() && RunExact(ctx, in.first(whole), out) &&
         RunExact(ctx, tail, out + whole);
}

}  // namespace

const EVP_CIPHER* KeyedCipherImpl::Algorithm(CipherMode mode) const {
  switch (mode) {
    case CipherMode::kEcb: return suite_.ecb;
    case CipherMode::kCbc:
    case CipherMode::kCbcPad: return suite_.cbc;
    case CipherMode::kCtr: return suite_.ctr;
  }
  return nullptr;
}

CipherCtxPtr KeyedCipherImpl::NewContext(CipherMode mode, Direction direction) const {
  CipherCtxPtr ctx(EVP_CIPHER_CTX_new());
  const int encrypt = direction == Direction::kEncrypt ? 1 : 0;
  const std::uint8_t* key = key_.Read(SecretAccess{}).data();
  if (ctx == nullptr ||
      EVP_CipherInit_ex2(ctx.get(), Algorithm(mode), key, nullptr, encrypt, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(ctx.get(), 0) != 1) {
    return nullptr;
  }
  return ctx;
}

StripedPool<CipherCtxPtr>::Lease KeyedCipherImpl::Borrow(CipherMode mode,
                                                         Direction direction) const {
  return pools_[PoolIndex(mode, direction)].Borrow(
      [this, mode, direction] { return NewContext(mode, direction); });
}

Status CheckModeAndIv(const KeyedCipherImpl& impl, CipherMode mode, ByteView iv) {
  if (impl.Algorithm(mode) == nullptr) {
    return Error(ErrorCode::kInvalidArgument, "counter mode takes an AES key");
  }
  if (iv.size() != (mode == CipherMode::kEcb ? 0 : impl.block_size())) {
    return Error(ErrorCode::kInvalidArgument, "the IV must have one block, and none for ECB");
  }
  return OkStatus();
}

KeyedCipher::KeyedCipher(std::unique_ptr<KeyedCipherImpl> impl) : impl_(std::move(impl)) {}
KeyedCipher::KeyedCipher(KeyedCipher&&) noexcept = default;
KeyedCipher& KeyedCipher::operator=(KeyedCipher&&) noexcept = default;
KeyedCipher::~KeyedCipher() = default;

std::size_t KeyedCipher::block_size() const { return impl_->block_size(); }

Result<std::size_t> KeyedCipher::Crypt(CipherMode mode, Direction direction, ByteView iv,
                                       ByteView in, MutableBytes out) const {
  FLORIN_CHECK_OK(CheckModeAndIv(*impl_, mode, iv));
  const std::size_t block = block_size();
  const bool encrypt = direction == Direction::kEncrypt;
  const bool pad = mode == CipherMode::kCbcPad;
  if (in.size() > kMaxCipherInput) {
    return Error(ErrorCode::kLimitExceeded, "a cipher call takes at most 1 GiB");
  }
  if (mode != CipherMode::kCtr && !(pad && encrypt) && in.size() % block != 0) {
    return NotWholeBlocks();
  }
  if (pad && !encrypt && in.empty()) return NotWholeBlocks();
  const std::size_t size = OutputSize(mode, direction, in.size(), block);
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "the output does not fit the buffer");
  }
  out = out.first(size);
  if (OverlapPartially(in, out)) {
    return Error(ErrorCode::kInvalidArgument, "input and output overlap");
  }
  const auto ctx = impl_->Borrow(mode, direction);
  if (!ctx || (mode != CipherMode::kEcb && !SetIv(ctx.get(), iv))) return CipherRefused();
  if (pad && encrypt) {
    if (!EncryptPadded(ctx.get(), block, in, out.data())) return CipherRefused();
    return size;
  }
  if (!RunExact(ctx.get(), in, out.data())) return CipherRefused();
  if (!pad) return size;
  auto unpadded = Pkcs7UnpaddedSize(out, block);
  if (!unpadded.ok()) Wipe(out);
  return unpadded;
}

Status KeyedCipher::EncryptBlocks(ByteView in, MutableBytes out) const {
  auto result = Crypt(CipherMode::kEcb, Direction::kEncrypt, {}, in, out);
  return result.ok() ? OkStatus() : Status(result.error());
}

Status KeyedCipher::DecryptBlocks(ByteView in, MutableBytes out) const {
  auto result = Crypt(CipherMode::kEcb, Direction::kDecrypt, {}, in, out);
  return result.ok() ? OkStatus() : Status(result.error());
}

Status KeyedCipher::ChainBlocks(ByteView blocks, MutableBytes chain) const {
  const std::size_t block = block_size();
  if (blocks.size() % block != 0 || chain.size() != block) return NotWholeBlocks();
  if (blocks.empty()) return OkStatus();
  const auto ctx = impl_->Borrow(CipherMode::kEcb, Direction::kEncrypt);
  if (!ctx) return CipherRefused();
  for (; !blocks.empty(); blocks = blocks.subspan(block)) {
    for (std::size_t i = 0; i < block; ++i) {
      chain[i] = static_cast<std::uint8_t>(chain[i] ^ blocks[i]);
    }
    if (!RunExact(ctx.get(), chain, chain.data())) return CipherRefused();
  }
  return OkStatus();
}

}  // namespace florin::primitives
