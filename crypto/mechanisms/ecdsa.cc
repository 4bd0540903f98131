// ECDSA (FIPS 186-5) over P-256, P-384 and P-521; signatures are r || s.
#include <array>
#include <utility>

#include "crypto/mechanisms/implementation.h"
#include "crypto/primitives/hash.h"

namespace florin::mechanisms {
namespace {

constexpr std::size_t kMinDigest = 20;

using DigestBuffer = std::array<std::uint8_t, primitives::kMaxDigestSize>;

std::size_t SignatureSize(const Key& key) {
  return primitives::RawSignatureSize(key.rules().curve);
}

Status VerifyDigest(const Key& key, ByteView digest, ByteView signature) {
  // Any mistake in the form of a signature is a signature that does not match.
  const Status verdict = primitives::EcdsaVerify(key.schedules().EcPublic(), digest, signature,
                                                 primitives::SignatureForm::kRaw);
  if (verdict.ok() || verdict.code() == ErrorCode::kInternal) return verdict;
  return Error(ErrorCode::kVerificationFailed, "the signature does not match");
}

class EcdsaPieces final : public Stream {
 public:
  EcdsaPieces(const Key& key, Hash hash) : key_(key), hasher_(hash) {}

  std::size_t UpdateSize(std::size_t) const override { return 0; }
  std::size_t FinishSize() const override { return SignatureSize(key_); }
  Result<std::size_t> Update(ByteView input, MutableBytes) override {
    hasher_.Update(input);
    return std::size_t{0};
  }
  Result<std::size_t> Finish(MutableBytes out) override {
    const std::size_t size = SignatureSize(key_);
    if (out.size() < size) return Error(ErrorCode::kBufferTooSmall, "no room for the signature");
    DigestBuffer buffer;
    FLORIN_TRY(const ByteView digest, FinishDigest(buffer));
    FLORIN_CHECK_OK(primitives::EcdsaSign(key_.schedules().EcPrivate(), digest, out.first(size)));
    return size;
  }
  Status FinishVerify(ByteView signature) override {
    DigestBuffer buffer;
    FLORIN_TRY(const ByteView digest, FinishDigest(buffer));
    return VerifyDigest(key_, digest, signature);
  }

 private:
  Result<ByteView> FinishDigest(DigestBuffer& buffer) {
    const auto digest = MutableBytes(buffer).first(HashSize(hasher_.hash()));
    FLORIN_CHECK_OK(hasher_.Finish(digest));
    return ByteView(digest);
  }

  const Key& key_;
  primitives::Hasher hasher_;
};

class EcdsaSignatures final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    const auto& hash = ParameterOf<Ecdsa>(mechanism).hash;
    if (hash.has_value() && *hash == Hash::kSha1) {
      return Error(ErrorCode::kUnsupported, "ECDSA: SHA-1 signatures are not made or accepted");
    }
    return OkStatus();
  }

  std::size_t OutputSize(Verb, const Mechanism&, const Key& key, std::size_t) const override {
    return SignatureSize(key);
  }

  Result<std::size_t> Run(Verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    DigestBuffer buffer;
    FLORIN_TRY(const ByteView digest, DigestOf(mechanism, input, buffer));
    const std::size_t size = SignatureSize(key);
    FLORIN_CHECK_OK(primitives::EcdsaSign(key.schedules().EcPrivate(), digest, out.first(size)));
    return size;
  }

  Status Verify(const Mechanism& mechanism, const Key& key, ByteView input,
                ByteView signature) const override {
    DigestBuffer buffer;
    FLORIN_TRY(const ByteView digest, DigestOf(mechanism, input, buffer));
    return VerifyDigest(key, digest, signature);
  }

  Result<std::unique_ptr<Stream>> Start(Verb verb, const Mechanism& mechanism,
                                        const Key& key) const override {
    const auto& hash = ParameterOf<Ecdsa>(mechanism).hash;
    if (!hash.has_value()) return Implementation::Start(verb, mechanism, key);
    return std::unique_ptr<Stream>(std::make_unique<EcdsaPieces>(key, *hash));
  }

 private:
  static Result<ByteView> DigestOf(const Mechanism& mechanism, ByteView input,
                                   DigestBuffer& buffer) {
    const auto& hash = ParameterOf<Ecdsa>(mechanism).hash;
    if (!hash.has_value()) {
      if (input.size() < kMinDigest || input.size() > primitives::kMaxDigestSize) {
        return Error(ErrorCode::kMalformed, "ECDSA: a digest has 20 to 64 bytes");
      }
      return input;
    }
    const auto digest = MutableBytes(buffer).first(HashSize(*hash));
    FLORIN_CHECK_OK(primitives::Digest(*hash, input, digest));
    return ByteView(digest);
  }
};

}  // namespace

const Implementation& EcdsaImplementation() { return Forever<EcdsaSignatures>(); }

}  // namespace florin::mechanisms
