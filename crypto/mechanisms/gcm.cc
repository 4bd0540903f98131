// AES-GCM (SP 800-38D): ciphertext || tag.
#include <algorithm>
#include <utility>

#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/operation.h"

namespace florin::mechanisms {
namespace {

using primitives::Direction;

class SealPieces final : public Stream {
 public:
  SealPieces(primitives::GcmStream stream, std::size_t tag_length)
      : stream_(std::move(stream)), tag_length_(tag_length) {}

  std::size_t UpdateSize(std::size_t input_length) const override { return input_length; }
  std::size_t FinishSize() const override { return tag_length_; }

  Result<std::size_t> Update(ByteView input, MutableBytes out) override {
    FLORIN_CHECK_OK(stream_.Update(input, out.first(input.size())));
    return input.size();
  }
  Result<std::size_t> Finish(MutableBytes out) override {
    if (out.size() < tag_length_) {
      return Error(ErrorCode::kBufferTooSmall, "GCM: no room for the tag");
    }
    FLORIN_CHECK_OK(stream_.FinishSeal(out.first(tag_length_)));
    return tag_length_;
  }

 private:
  primitives::GcmStream stream_;
  std::size_t tag_length_;
};

// Holds all ciphertext until the end: no plaintext may come out before the tag has been checked
// (SP 800-38D 7.2).
class OpenPieces final : public Stream {
 public:
  OpenPieces(const AesGcm& gcm, const Key& key)
      : key_(key),
        iv_(gcm.iv.begin(), gcm.iv.end()),
        aad_(gcm.aad.begin(), gcm.aad.end()),
        tag_length_(gcm.tag_length) {}

  std::size_t UpdateSize(std::size_t) const override { return 0; }
  std::size_t FinishSize() const override {
    return held_.size() < tag_length_ ? 0 : held_.size() - tag_length_;
  }

  Result<std::size_t> Update(ByteView input, MutableBytes) override {
    if (input.size() > kMaxHeldBack - held_.size()) {
      return Error(ErrorCode::kLimitExceeded, "GCM: too much data to hold back; decrypt it whole");
    }
    held_.insert(held_.end(), input.begin(), input.end());
    return std::size_t{0};
  }

  Result<std::size_t> Finish(MutableBytes out) override {
    if (held_.size() < tag_length_) return Error(ErrorCode::kMalformed, "GCM: no whole tag");
    const std::size_t length = held_.size() - tag_length_;
    if (out.size() < length) {
      return Error(ErrorCode::kBufferTooSmall, "GCM: no room for the plaintext");
    }
    FLORIN_TRY(const auto* cipher, key_.schedules().Gcm());
    const ByteView held(held_);
    FLORIN_CHECK_OK(
        cipher->Open(iv_, aad_, held.first(length), held.subspan(length), out.first(length)));
    return length;
  }

 private:
  const Key& key_;
  Bytes iv_;
  Bytes aad_;
  Bytes held_;
  std::size_t tag_length_;
};

class Gcm final : public Implementation {
 public:
  Status Check(Verb verb, const Mechanism& mechanism, const Key& key) const override {
    const auto& gcm = ParameterOf<AesGcm>(mechanism);
    if (gcm.iv.empty() || gcm.iv.size() > primitives::kGcmMaxIvSize) {
      return Error(ErrorCode::kInvalidArgument, "GCM: the IV must have 1 to 128 bytes");
    }
    // Shorter tags make forgery practical (SP 800-38D 5.2.1.2 and appendix C).
    if (gcm.tag_length < primitives::kGcmMinTagSize ||
        gcm.tag_length > primitives::kGcmMaxTagSize) {
      return Error(ErrorCode::kInvalidArgument, "GCM: the tag must have 12 to 16 bytes");
    }
    if (verb == Verb::kUnwrap && gcm.tag_length != primitives::kGcmMaxTagSize) {
      return Error(ErrorCode::kInvalidArgument, "GCM: a wrapped key has a whole tag, 16 bytes");
    }
    if (gcm.aad.size() > kMaxAadLength) {
      return Error(ErrorCode::kLimitExceeded, "GCM: associated data may have at most 1 MiB");
    }
    FLORIN_CHECK_OK(key.schedules().Gcm());
    return OkStatus();
  }

  std::size_t OutputSize(Verb verb, const Mechanism& mechanism, const Key&,
                         std::size_t input_length) const override {
    const std::size_t tag_length = ParameterOf<AesGcm>(mechanism).tag_length;
    if (verb == Verb::kEncrypt) return input_length + tag_length;
    return input_length - std::min(input_length, tag_length);
  }

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& gcm = ParameterOf<AesGcm>(mechanism);
    FLORIN_TRY(const auto* cipher, key.schedules().Gcm());
    if (verb == Verb::kEncrypt) {
      const std::size_t length = input.size();
      FLORIN_CHECK_OK(cipher->Seal(gcm.iv, gcm.aad, input, out.first(length),
                                   out.subspan(length, gcm.tag_length)));
      return length + gcm.tag_length;
    }
    if (input.size() < gcm.tag_length) return Error(ErrorCode::kMalformed, "GCM: no whole tag");
    const std::size_t length = input.size() - gcm.tag_length;
    FLORIN_CHECK_OK(cipher->Open(gcm.iv, gcm.aad, input.first(length), input.subspan(length),
                                 out.first(length)));
    return length;
  }

  Result<SecretBytes> Unwrap(const Mechanism& mechanism, const Key& unwrapping, ByteView wrapped,
                             RandomSource&, KeyRules&) const override {
    const std::size_t tag_length = ParameterOf<AesGcm>(mechanism).tag_length;
    if (wrapped.size() < kMinKeyLength + tag_length ||
        wrapped.size() > kMaxKeyLength + tag_length) {
      return Error(ErrorCode::kMalformed, "GCM: a wrapped key cannot have this length");
    }
    FLORIN_TRY(auto material, SecretBytes::Create(wrapped.size() - tag_length));
    FLORIN_CHECK_OK(
        Run(Verb::kDecrypt, mechanism, unwrapping, wrapped, material.Write(SecretAccess{})));
    return material;
  }

  Result<std::unique_ptr<Stream>> Start(Verb verb, const Mechanism& mechanism,
                                        const Key& key) const override {
    const auto& gcm = ParameterOf<AesGcm>(mechanism);
    if (verb == Verb::kDecrypt) {
      return std::unique_ptr<Stream>(std::make_unique<OpenPieces>(gcm, key));
    }
    FLORIN_TRY(const auto* cipher, key.schedules().Gcm());
    FLORIN_TRY(auto stream, cipher->Start(Direction::kEncrypt, gcm.iv));
    FLORIN_CHECK_OK(stream.UpdateAad(gcm.aad));
    return std::unique_ptr<Stream>(std::make_unique<SealPieces>(std::move(stream), gcm.tag_length));
  }
};

}  // namespace

const Implementation& AesGcmImplementation() { return Forever<Gcm>(); }

}  // namespace florin::mechanisms
