// Ready templates for the keys of JWE, as key_templates.h has them for other payments: sensitive,
// persistent, may not leave, do the one job.
#pragma once

#include <string_view>

#include "florin/base/curve.h"
#include "florin/base/result.h"
#include "florin/base/secret.h"
#include "florin/hsm/key_template.h"
#include "florin/hsm/session.h"
#include "florin/payload/jose_algorithms.h"

#pragma GCC visibility push(default)

namespace florin::payload {

// The pair whose public part partners get. RSA algorithms: a modulus of `rsa_length` bytes, 256,
// 384 or 512; agreements: on `curve`. kInvalidArgument for an algorithm of shared keys.
struct JweKeySize {
  std::size_t rsa_length = 256;
  Curve curve = Curve::kP256;
};
Result<hsm::KeyPairTemplate> JweKeyPair(std::string_view label, JweAlgorithm algorithm,
                                        JweKeySize size = {});
// The same for this session: where it cannot agree and unwrap in one call, the private key of
// ECDH-ES+A*KW derives the wrapping key instead.
Result<hsm::KeyPairTemplate> JweKeyPair(const hsm::Session& session, std::string_view label,
                                        JweAlgorithm algorithm, JweKeySize size = {});

// The shared key of A*KW, A*GCMKW or dir. Both sides hold the same bytes, each under the rights of
// its own direction: a token in which one key did both could be made to undo its own wrappings.
enum class JweDirection : std::uint8_t { kReceive, kSend };
Result<hsm::KeyTemplate> JweSharedKey(std::string_view label, JweAlgorithm algorithm,
                                      JweEncryption encryption, JweDirection direction);

// The A256GCMKW key of a Visa shared secret: SHA-256 of its text (Visa SRC, js-reference appendix).
Result<SecretBytes> VisaSharedSecretKey(std::string_view shared_secret);

}  // namespace florin::payload

#pragma GCC visibility pop
