// What there is to know of the algorithms of JOSE, one row each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "florin/base/hash.h"
#include "florin/payload/jose_algorithms.h"

namespace florin::payload {

// What kind of key brings the CEK, and how.
enum class KeyManagement : std::uint8_t {
  kRsa,            // wrapped for an RSA key
  kAgreement,      // agreed with an ephemeral key
  kAgreedKeyWrap,  // wrapped under an agreed key
  kKeyWrap,        // wrapped under a shared key
  kGcmKeyWrap,     // the same by AES-GCM
  kDirect,         // shared
};

struct JweAlgorithmRow {
  JweAlgorithm algorithm;
  std::string_view name;
  KeyManagement management;
  std::size_t wrapping_key_length = 0;  // bytes
};

struct JweEncryptionRow {
  JweEncryption encryption;
  std::string_view name;
  std::size_t cek_length;  // bytes; of the composite ones half is the MAC key, which comes first
  bool gcm;
  Hash hash;               // of the MAC; composite ones only
  std::size_t tag_length;  // bytes
};

enum class SignatureScheme : std::uint8_t { kHmac, kRsaPkcs1, kRsaPss, kEcdsa, kEdDsa };

struct JwsAlgorithmRow {
  JwsAlgorithm algorithm;
  std::string_view name;
  SignatureScheme scheme;
  Hash hash;
};

const JweAlgorithmRow& RowOf(JweAlgorithm algorithm);
const JweEncryptionRow& RowOf(JweEncryption encryption);
const JwsAlgorithmRow& RowOf(JwsAlgorithm algorithm);

// Null where no row has the name.
const JweAlgorithmRow* FindJweAlgorithm(std::string_view name);
const JweEncryptionRow* FindJweEncryption(std::string_view name);
const JwsAlgorithmRow* FindJwsAlgorithm(std::string_view name);

}  // namespace florin::payload
