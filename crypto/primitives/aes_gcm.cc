#include <cstring>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/cipher_impl.h"
#include "crypto/primitives/evp_cache.h"

namespace florin::primitives {
namespace {

constexpr std::size_t kNoIvSize = 0;

// A keyed GCM context that remembers its IV length: setting it costs as much as a short message.
struct GcmContext {
  CipherCtxPtr ctx;
  std::size_t iv_size = kNoIvSize;
};
using GcmContextPtr = std::unique_ptr<GcmContext>;

GcmContextPtr NewGcmContext(ByteView key, Direction direction) {
  auto context = std::make_unique<GcmContext>();
  context->ctx.reset(EVP_CIPHER_CTX_new());
  const EVP_CIPHER* cipher = Evp()->aes_gcm[key.size() / 8 - 2];
  const int encrypt = direction == Direction::kEncrypt ? 1 : 0;
  if (context->ctx == nullptr ||
      EVP_CipherInit_ex2(context->ctx.get(), cipher, key.data(), nullptr, encrypt, nullptr) != 1) {
    return nullptr;
  }
  return context;
}

bool Begin(GcmContext& context, ByteView iv) {
  EVP_CIPHER_CTX* ctx = context.ctx.get();
  if (context.iv_size != iv.size()) {
    if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(iv.size()), nullptr) !=
        1) {
      return false;
    }
    context.iv_size = iv.size();
  }
  return SetIv(ctx, iv);
}

bool AddAad(EVP_CIPHER_CTX* ctx, ByteView aad) {
  int written = 0;
  return aad.empty() ||
         EVP_CipherUpdate(ctx, nullptr, &written, aad.data(), static_cast<int>(aad.size())) == 1;
}

bool FinishTag(EVP_CIPHER_CTX* ctx, MutableBytes tag) {
  std::uint8_t nothing[kAesBlockSize];
  int written = 0;
  return EVP_CipherFinal_ex(ctx, nothing, &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()),
                             tag.data()) == 1;
}

bool TagMatches(EVP_CIPHER_CTX* ctx, ByteView tag) {
  // OpenSSL only reads the tag; its interface forgot to say so.
  auto* bytes = const_cast<std::uint8_t*>(tag.data());
  std::uint8_t nothing[kAesBlockSize];
  int written = 0;
  return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()), bytes) ==
             1 &&
         EVP_CipherFinal_ex(ctx, nothing, &written) == 1;
}

Status CheckIv(ByteView iv) {
  if (iv.empty() || iv.size() > kGcmMaxIvSize) {
    return Error(ErrorCode::kInvalidArgument, "a GCM IV has 1..128 bytes");
  }
  return OkStatus();
}

Status CheckSizes(ByteView iv, ByteView aad, ByteView in, std::size_t tag_size, ByteView out) {
  FLORIN_CHECK_OK(CheckIv(iv));
  if (tag_size < kGcmMinTagSize || tag_size > kGcmMaxTagSize) {
    return Error(ErrorCode::kInvalidArgument, "a GCM tag has 12..16 bytes");
  }
  if (in.size() > kMaxCipherInput || aad.size() > kMaxCipherInput) {
    return Error(ErrorCode::kLimitExceeded, "a cipher call takes at most 1 GiB");
  }
  if (in.size() != out.size()) {
    return Error(ErrorCode::kInvalidArgument, "GCM output has the length of its input");
  }
  if (OverlapPartially(in, out)) {
    return Error(ErrorCode::kInvalidArgument, "input and output overlap");
  }
  return OkStatus();
}

Error TagWrong() { return Error(ErrorCode::kVerificationFailed, "the GCM tag does not match"); }

Status SealWith(GcmContext& context, ByteView iv, ByteView aad, ByteView plaintext,
                MutableBytes ciphertext, MutableBytes tag) {
  if (!Begin(context, iv) || !AddAad(context.ctx.get(), aad) ||
      !RunExact(context.ctx.get(), plaintext, ciphertext.data()) ||
      !FinishTag(context.ctx.get(), tag)) {
    return CipherRefused();
  }
  return OkStatus();
}

Status OpenWith(GcmContext& context, ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
                MutableBytes plaintext) {
  if (!Begin(context, iv) || !AddAad(context.ctx.get(), aad) ||
      !RunExact(context.ctx.get(), ciphertext, plaintext.data())) {
    Wipe(plaintext);
    return CipherRefused();
  }
  if (!TagMatches(context.ctx.get(), tag)) {
    Wipe(plaintext);
    return TagWrong();
  }
  return OkStatus();
}

}  // namespace

class AesGcmImpl {
 public:
  explicit AesGcmImpl(SecretBytes key) : key_(std::move(key)) {}

  GcmContextPtr NewContext(Direction direction) const {
    return NewGcmContext(key_.Read(SecretAccess{}), direction);
  }
  StripedPool<GcmContextPtr>::Lease Borrow(Direction direction) const {
    return pools_[static_cast<std::size_t>(direction)].Borrow(
        [this, direction] { return NewContext(direction); });
  }

 private:
  SecretBytes key_;
  mutable std::array<StripedPool<GcmContextPtr>, 2> pools_;
};

AesGcmKey::AesGcmKey(std::unique_ptr<AesGcmImpl> impl) : impl_(std::move(impl)) {}
AesGcmKey::AesGcmKey(AesGcmKey&&) noexcept = default;
AesGcmKey& AesGcmKey::operator=(AesGcmKey&&) noexcept = default;
AesGcmKey::~AesGcmKey() = default;

Result<AesGcmKey> AesGcmKey::Create(ByteView key) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  FLORIN_TRY(SecretBytes copy, SecretBytes::CopyOf(key));
  return AesGcmKey(std::make_unique<AesGcmImpl>(std::move(copy)));
}

Status AesGcmKey::Seal(ByteView iv, ByteView aad, ByteView plaintext, MutableBytes ciphertext,
                       MutableBytes tag) const {
  FLORIN_CHECK_OK(CheckSizes(iv, aad, plaintext, tag.size(), ciphertext));
  const auto context = impl_->Borrow(Direction::kEncrypt);
  if (!context) return CipherRefused();
  return SealWith(*context.get(), iv, aad, plaintext, ciphertext, tag);
}

Status AesGcmKey::Open(ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
                       MutableBytes plaintext) const {
  FLORIN_CHECK_OK(CheckSizes(iv, aad, ciphertext, tag.size(), plaintext));
  const auto context = impl_->Borrow(Direction::kDecrypt);
  if (!context) return CipherRefused();
  return OpenWith(*context.get(), iv, aad, ciphertext, tag, plaintext);
}

Status AesGcmSealOnce(ByteView key, ByteView iv, ByteView aad, ByteView plaintext,
                      MutableBytes ciphertext, MutableBytes tag) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  FLORIN_CHECK_OK(CheckSizes(iv, aad, plaintext, tag.size(), ciphertext));
  const GcmContextPtr context = NewGcmContext(key, Direction::kEncrypt);
  if (context == nullptr) return CipherRefused();
  return SealWith(*context, iv, aad, plaintext, ciphertext, tag);
}

Status AesGcmOpenOnce(ByteView key, ByteView iv, ByteView aad, ByteView ciphertext, ByteView tag,
                      MutableBytes plaintext) {
  FLORIN_CHECK_OK(CheckAesKey(key));
  FLORIN_CHECK_OK(CheckSizes(iv, aad, ciphertext, tag.size(), plaintext));
  const GcmContextPtr context = NewGcmContext(key, Direction::kDecrypt);
  if (context == nullptr) return CipherRefused();
  return OpenWith(*context, iv, aad, ciphertext, tag, plaintext);
}

class GcmStreamImpl {
 public:
  GcmStreamImpl(GcmContextPtr keyed, Direction stream_direction)
      : context(std::move(keyed)), direction(stream_direction) {}

  GcmContextPtr context;
  Direction direction;
  bool has_data = false;
  bool finished = false;
};

GcmStream::GcmStream(std::unique_ptr<GcmStreamImpl> impl) : impl_(std::move(impl)) {}
GcmStream::GcmStream(GcmStream&&) noexcept = default;
GcmStream& GcmStream::operator=(GcmStream&&) noexcept = default;
GcmStream::~GcmStream() = default;

Result<GcmStream> AesGcmKey::Start(Direction direction, ByteView iv) const {
  FLORIN_CHECK_OK(CheckIv(iv));
  GcmContextPtr context = impl_->NewContext(direction);
  if (context == nullptr || !Begin(*context, iv)) return CipherRefused();
  return GcmStream(std::make_unique<GcmStreamImpl>(std::move(context), direction));
}

Status GcmStream::UpdateAad(ByteView aad) {
  if (impl_->finished || impl_->has_data || aad.size() > kMaxCipherInput) {
    return Error(ErrorCode::kInvalidArgument, "associated data comes before the data");
  }
  return AddAad(impl_->context->ctx.get(), aad) ? OkStatus() : Status(CipherRefused());
}

Status GcmStream::Update(ByteView in, MutableBytes out) {
  if (impl_->finished || in.size() > kMaxCipherInput || in.size() != out.size() ||
      OverlapPartially(in, out)) {
    return Error(ErrorCode::kInvalidArgument,
                 "the GCM stream is finished, or its output does not fit its input");
  }
  impl_->has_data = true;
  return RunExact(impl_->context->ctx.get(), in, out.data()) ? OkStatus() : Status(CipherRefused());
}

Status GcmStream::FinishSeal(MutableBytes tag) {
  if (impl_->finished || impl_->direction != Direction::kEncrypt || tag.size() < kGcmMinTagSize ||
      tag.size() > kGcmMaxTagSize) {
    return Error(ErrorCode::kInvalidArgument, "sealing ends once, with a tag of 12..16 bytes");
  }
  impl_->finished = true;
  return FinishTag(impl_->context->ctx.get(), tag) ? OkStatus() : Status(CipherRefused());
}

Status GcmStream::FinishOpen(ByteView tag) {
  if (impl_->finished || impl_->direction != Direction::kDecrypt || tag.size() < kGcmMinTagSize ||
      tag.size() > kGcmMaxTagSize) {
    return Error(ErrorCode::kInvalidArgument, "opening ends once, with a tag of 12..16 bytes");
  }
  impl_->finished = true;
  return TagMatches(impl_->context->ctx.get(), tag) ? OkStatus() : Status(TagWrong());
}

}  // namespace florin::primitives
