// ChaCha20-Poly1305 (RFC 8439 2.8): ciphertext || tag.
#include "crypto/primitives/chacha20_poly1305.h"

#include <algorithm>

#include "crypto/mechanisms/implementation.h"
#include "crypto/mechanisms/operation.h"

namespace florin::mechanisms {
namespace {

class ChaCha20Poly1305Cipher final : public Implementation {
 public:
  Status Check(Verb, const Mechanism& mechanism, const Key&) const override {
    const auto& parameter = ParameterOf<ChaCha20Poly1305>(mechanism);
    if (parameter.nonce.size() != primitives::kChaCha20NonceSize) {
      return Error(ErrorCode::kInvalidArgument, "ChaCha20-Poly1305: the nonce must have 12 bytes");
    }
    if (parameter.aad.size() > kMaxAadLength) {
      return Error(ErrorCode::kLimitExceeded,
                   "ChaCha20-Poly1305: associated data may have at most 1 MiB");
    }
    return OkStatus();
  }

  std::size_t OutputSize(Verb verb, const Mechanism&, const Key&,
                         std::size_t input_length) const override {
    constexpr std::size_t kTag = primitives::kPoly1305TagSize;
    return verb == Verb::kEncrypt ? input_length + kTag
                                  : input_length - std::min(input_length, kTag);
  }

  Result<std::size_t> Run(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          MutableBytes out) const override {
    const auto& parameter = ParameterOf<ChaCha20Poly1305>(mechanism);
    const ByteView secret = key.Material(SecretAccess{});
    FLORIN_CHECK_OK(
        verb == Verb::kEncrypt
            ? primitives::ChaCha20Poly1305Seal(secret, parameter.nonce, parameter.aad, input, out)
            : primitives::ChaCha20Poly1305Open(secret, parameter.nonce, parameter.aad, input, out));
    return OutputSize(verb, mechanism, key, input.size());
  }
};

}  // namespace

const Implementation& ChaCha20Poly1305Implementation() { return Forever<ChaCha20Poly1305Cipher>(); }

}  // namespace florin::mechanisms
