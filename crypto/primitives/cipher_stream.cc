#include <algorithm>
#include <cstring>

#include "crypto/primitives/cipher.h"
#include "crypto/primitives/cipher_impl.h"

namespace florin::primitives {

// A keyed context of its own, and the bytes that do not fill a block yet.
class CipherStreamImpl {
 public:
  CipherStreamImpl(CipherCtxPtr context, std::size_t block_bytes, CipherMode cipher_mode,
                   Direction cipher_direction)
      : ctx(std::move(context)),
        block(block_bytes),
        mode(cipher_mode),
        direction(cipher_direction) {}

  bool HoldsLastBlock() const {
    return mode == CipherMode::kCbcPad && direction == Direction::kDecrypt;
  }

  CipherCtxPtr ctx;
  std::size_t block;
  CipherMode mode;
  Direction direction;
  SecretArray<kMaxBlockSize> pending;
  std::size_t pending_size = 0;
  bool finished = false;
};

CipherStream::CipherStream(std::unique_ptr<CipherStreamImpl> impl) : impl_(std::move(impl)) {}
CipherStream::CipherStream(CipherStream&&) noexcept = default;
CipherStream& CipherStream::operator=(CipherStream&&) noexcept = default;
CipherStream::~CipherStream() = default;

Result<CipherStream> KeyedCipher::Start(CipherMode mode, Direction direction, ByteView iv) const {
  FLORIN_CHECK_OK(CheckModeAndIv(*impl_, mode, iv));
  CipherCtxPtr ctx = impl_->NewContext(mode, direction);
  if (ctx == nullptr || (mode != CipherMode::kEcb && !SetIv(ctx.get(), iv))) {
    return CipherRefused();
  }
  return CipherStream(
      std::make_unique<CipherStreamImpl>(std::move(ctx), block_size(), mode, direction));
}

std::size_t CipherStream::UpdateSize(std::size_t size) const {
  if (impl_->mode == CipherMode::kCtr) return size;
  const std::size_t total = impl_->pending_size + size;
  if (total == 0) return 0;
  const std::size_t countable = impl_->HoldsLastBlock() ? total - 1 : total;
  return countable - countable % impl_->block;
}

Result<std::size_t> CipherStream::Update(ByteView in, MutableBytes out) {
  if (impl_->finished) {
    return Error(ErrorCode::kInvalidArgument, "the cipher stream is finished");
  }
  if (in.size() > kMaxCipherInput) {
    return Error(ErrorCode::kLimitExceeded, "a cipher call takes at most 1 GiB");
  }
  const std::size_t size = UpdateSize(in.size());
  if (out.size() < size) {
    return Error(ErrorCode::kBufferTooSmall, "the output does not fit the buffer");
  }
  const ByteView reach = out.first(size);
  if (OverlapPartially(in, reach) ||
      (impl_->pending_size != 0 && size != 0 && in.data() == out.data())) {
    return Error(ErrorCode::kInvalidArgument, "input and output overlap");
  }
  if (impl_->mode == CipherMode::kCtr) {
    if (!RunExact(impl_->ctx.get(), in, out.data())) return CipherRefused();
    return size;
  }
  const MutableBytes pending = impl_->pending.Write(SecretAccess{}).first(impl_->block);
  std::size_t written = 0;
  if (impl_->pending_size != 0 && size != 0) {
    const std::size_t take = impl_->block - impl_->pending_size;
    if (take != 0) std::memcpy(pending.data() + impl_->pending_size, in.data(), take);
    in = in.subspan(take);
    if (!RunExact(impl_->ctx.get(), pending, out.data())) return CipherRefused();
    impl_->pending_size = 0;
    written = impl_->block;
  }
  // The rest is saved first: `in` and `out` may be the same memory.
  const std::size_t whole = size - written;
  const ByteView rest = in.subspan(whole);
  SecretArray<kMaxBlockSize> saved;
  const MutableBytes copy = saved.Write(SecretAccess{}).first(rest.size());
  std::copy(rest.begin(), rest.end(), copy.begin());
  if (!RunExact(impl_->ctx.get(), in.first(whole), out.data() + written)) return CipherRefused();
  std::copy(copy.begin(), copy.end(),
            pending.begin() + static_cast<std::ptrdiff_t>(impl_->pending_size));
  impl_->pending_size += rest.size();
  return size;
}

Result<std::size_t> CipherStream::Finish(MutableBytes out) {
  CipherStreamImpl& s = *impl_;
  if (s.finished) return Error(ErrorCode::kInvalidArgument, "the cipher stream is finished");
  const bool pad = s.mode == CipherMode::kCbcPad;
  if (!pad) {
    s.finished = true;
    if (s.mode != CipherMode::kCtr && s.pending_size != 0) {
      return Error(ErrorCode::kMalformed, "the message is not a whole number of blocks");
    }
    return std::size_t{0};
  }
  if (s.direction == Direction::kEncrypt && out.size() < s.block) {
    return Error(ErrorCode::kBufferTooSmall, "the last block does not fit the buffer");
  }
  const MutableBytes block = s.pending.Write(SecretAccess{}).first(s.block);
  if (s.direction == Direction::kEncrypt) {
    s.finished = true;
    FLORIN_CHECK_OK(AddPkcs7Padding(block, s.pending_size, s.block));
    if (!RunExact(s.ctx.get(), block, out.data())) return CipherRefused();
    return s.block;
  }
  if (s.pending_size != s.block) {
    s.finished = true;
    return Error(ErrorCode::kMalformed, "the message is not a whole number of blocks");
  }
  SecretArray<kMaxBlockSize> clear;
  const MutableBytes last = clear.Write(SecretAccess{}).first(s.block);
  // Asking again with a larger buffer must work, so the chaining value survives until then.
  if (out.size() < s.block - 1) {
    return Error(ErrorCode::kBufferTooSmall, "the last block may need one byte less than a block");
  }
  s.finished = true;
  if (!RunExact(s.ctx.get(), block, last.data())) return CipherRefused();
  FLORIN_TRY(const std::size_t size, Pkcs7UnpaddedSize(last, s.block));
  std::memcpy(out.data(), last.data(), size);
  return size;
}

}  // namespace florin::primitives
