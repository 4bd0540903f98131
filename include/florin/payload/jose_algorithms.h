// The algorithms of JOSE (RFC 7518, RFC 8037) that Florin has. What a payload may use of them says
// its profile.
#pragma once

#include <cstdint>
#include <string_view>

#pragma GCC visibility push(default)

namespace florin::payload {

// How the content encryption key (CEK) travels: "alg" of a JWE.
enum class JweAlgorithm : std::uint8_t {
  kRsaOaep,     // RSA-OAEP: SHA-1
  kRsaOaep256,  // RSA-OAEP-256
  kRsa15,       // RSA1_5: only for partners who know nothing better
  kEcdhEs,      // ECDH-ES: the agreed key is the CEK
  kEcdhEsA128Kw,
  kEcdhEsA192Kw,
  kEcdhEsA256Kw,
  kA128Kw,
  kA192Kw,
  kA256Kw,
  kA128GcmKw,
  kA192GcmKw,
  kA256GcmKw,
  kDirect,  // dir: the shared key is the CEK
};

// What the content is encrypted with: "enc" of a JWE.
enum class JweEncryption : std::uint8_t {
  kA128Gcm,
  kA192Gcm,
  kA256Gcm,
  kA128CbcHs256,
  kA192CbcHs384,
  kA256CbcHs512,
};

// "alg" of a JWS. There is no "none".
enum class JwsAlgorithm : std::uint8_t {
  kHs256,
  kHs384,
  kHs512,
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
  kEs256,
  kEs384,
  kEs512,
  kEdDsa,  // Ed25519
};

// The names of the registry, such as "RSA-OAEP-256".
std::string_view JoseName(JweAlgorithm algorithm);
std::string_view JoseName(JweEncryption encryption);
std::string_view JoseName(JwsAlgorithm algorithm);

}  // namespace florin::payload

#pragma GCC visibility pop
