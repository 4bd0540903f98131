#include "crypto/primitives/cipher.h"

#include <cstring>

#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/xor.h"

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

// Calls run(in, out) for the whole blocks of `in`, then for the padded rest.
template <class Run>
bool EncryptPadded(const Run& run, std::size_t block, ByteView in, MutableBytes out) {
  const std::size_t whole = in.size() - in.size() % block;
  const std::size_t rest = in.size() - whole;
  SecretArray<kMaxBlockSize> last;
  const MutableBytes tail = last.Write(SecretAccess{}).first(block);
  if (rest != 0) std::memcpy(tail.data(), in.data() + whole, rest);
  return AddPkcs7Padding(tail, rest, block).ok() && run(in.first(whole), out.first(whole)) &&
         run(ByteView(tail), out.subspan(whole, block));
}

// Fills `out`; false where OpenSSL refuses.
bool RunAes(const KeyedCipherImpl& impl, CipherMode mode, Direction direction, ByteView iv,
            ByteView in, MutableBytes out) {
  const auto ctx = impl.Borrow(mode, direction);
  if (!ctx || (mode != CipherMode::kEcb && !SetIv(ctx.get(), iv))) return false;
  const auto run = [&ctx](ByteView from, MutableBytes to) {
    return RunExact(ctx.get(), from, to.data());
  };
  if (mode == CipherMode::kCbcPad && direction == Direction::kEncrypt) {
    return EncryptPadded(run, impl.block_size(), in, out);
  }
  return run(in, out);
}

bool RunDes(const DesSchedule& des, CipherMode mode, Direction direction, ByteView iv, ByteView in,
            MutableBytes out) {
  const bool encrypt = direction == Direction::kEncrypt;
  if (mode == CipherMode::kEcb) {
    (encrypt ? DesEncryptEcb : DesDecryptEcb)(des, in, out);
    return true;
  }
  SecretArray<kTdesBlockSize> chain;
  const MutableBytes bytes = chain.Write(SecretAccess{});
  std::memcpy(bytes.data(), iv.data(), bytes.size());
  const auto run = [&](ByteView from, MutableBytes to) {
    (encrypt ? DesEncryptCbc : DesDecryptCbc)(des, bytes, from, to);
    return true;
  };
  if (mode == CipherMode::kCbcPad && encrypt) return EncryptPadded(run, kTdesBlockSize, in, out);
  return run(in, out);
}

Status DesEcb(decltype(DesEncryptEcb)& run, const DesSchedule& des, ByteView in, MutableBytes out) {
  if (in.size() % kTdesBlockSize != 0) return NotWholeBlocks();
  if (out.size() < in.size()) {
    return Error(ErrorCode::kBufferTooSmall, "the output does not fit the buffer");
  }
  out = out.first(in.size());
  if (OverlapPartially(in, out)) {
    return Error(ErrorCode::kInvalidArgument, "input and output overlap");
  }
  run(des, in, out);
  return OkStatus();
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
  const DesSchedule* const des = impl_->des();
  const bool done = des == nullptr ? RunAes(*impl_, mode, direction, iv, in, out)
                                   : RunDes(*des, mode, direction, iv, in, out);
  if (!done) return CipherRefused();
  if (!pad || encrypt) return size;
  auto unpadded = Pkcs7UnpaddedSize(out, block);
  if (!unpadded.ok()) Wipe(out);
  return unpadded;
}

Status KeyedCipher::EncryptBlocks(ByteView in, MutableBytes out) const {
  if (const DesSchedule* des = impl_->des()) return DesEcb(DesEncryptEcb, *des, in, out);
  auto result = Crypt(CipherMode::kEcb, Direction::kEncrypt, {}, in, out);
  return result.ok() ? OkStatus() : Status(result.error());
}

Status KeyedCipher::DecryptBlocks(ByteView in, MutableBytes out) const {
  if (const DesSchedule* des = impl_->des()) return DesEcb(DesDecryptEcb, *des, in, out);
  auto result = Crypt(CipherMode::kEcb, Direction::kDecrypt, {}, in, out);
  return result.ok() ? OkStatus() : Status(result.error());
}

Status KeyedCipher::ChainBlocks(ByteView blocks, MutableBytes chain) const {
  const std::size_t block = block_size();
  if (blocks.size() % block != 0 || chain.size() != block) return NotWholeBlocks();
  if (blocks.empty()) return OkStatus();
  if (const DesSchedule* des = impl_->des()) {
    DesChain(*des, DesChaining::kWholeKey, blocks, chain);
    return OkStatus();
  }
  const auto ctx = impl_->Borrow(CipherMode::kEcb, Direction::kEncrypt);
  if (!ctx) return CipherRefused();
  for (; !blocks.empty(); blocks = blocks.subspan(block)) {
    XorInto(chain, blocks.first(block));
    if (!RunExact(ctx.get(), chain, chain.data())) return CipherRefused();
  }
  return OkStatus();
}

}  // namespace florin::primitives
