// Keys of published JOSE values inside a session, each with the rights of its algorithm.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "florin/base/hex.h"
#include "florin/payload/jwe_keys.h"
#include "florin/payload/jws.h"
#include "tests/crypto/payload/test_sessions.h"
#include "tools/vectors/vector_file.h"

namespace florin::payload {

inline constexpr JweAlgorithm kEveryJweAlgorithm[] = {
    JweAlgorithm::kRsaOaep,      JweAlgorithm::kRsaOaep256,   JweAlgorithm::kRsa15,
    JweAlgorithm::kEcdhEs,       JweAlgorithm::kEcdhEsA128Kw, JweAlgorithm::kEcdhEsA192Kw,
    JweAlgorithm::kEcdhEsA256Kw, JweAlgorithm::kA128Kw,       JweAlgorithm::kA192Kw,
    JweAlgorithm::kA256Kw,       JweAlgorithm::kA128GcmKw,    JweAlgorithm::kA192GcmKw,
    JweAlgorithm::kA256GcmKw,    JweAlgorithm::kDirect};
inline constexpr JweEncryption kEveryJweEncryption[] = {
    JweEncryption::kA128Gcm,      JweEncryption::kA192Gcm,      JweEncryption::kA256Gcm,
    JweEncryption::kA128CbcHs256, JweEncryption::kA192CbcHs384, JweEncryption::kA256CbcHs512};

inline constexpr JwsAlgorithm kEveryJwsAlgorithm[] = {
    JwsAlgorithm::kHs256, JwsAlgorithm::kHs384, JwsAlgorithm::kHs512, JwsAlgorithm::kRs256,
    JwsAlgorithm::kRs384, JwsAlgorithm::kRs512, JwsAlgorithm::kPs256, JwsAlgorithm::kPs384,
    JwsAlgorithm::kPs512, JwsAlgorithm::kEs256, JwsAlgorithm::kEs384, JwsAlgorithm::kEs512,
    JwsAlgorithm::kEdDsa};

inline JweAlgorithm JweAlgorithmNamed(std::string_view name) {
  for (const JweAlgorithm algorithm : kEveryJweAlgorithm) {
    if (JoseName(algorithm) == name) return algorithm;
  }
  ADD_FAILURE() << "no such alg: " << name;
  return JweAlgorithm::kDirect;
}

inline JweEncryption JweEncryptionNamed(std::string_view name) {
  for (const JweEncryption encryption : kEveryJweEncryption) {
    if (JoseName(encryption) == name) return encryption;
  }
  ADD_FAILURE() << "no such enc: " << name;
  return JweEncryption::kA128Gcm;
}

// Takes whatever RFC 7516 allows, with one algorithm and one encryption.
inline JweProfile RfcProfile(JweAlgorithm algorithm, JweEncryption encryption) {
  JweProfile profile;
  profile.name = "RFC 7516";
  profile.algorithms = {algorithm};
  profile.encryptions = {encryption};
  profile.any_member = true;
  profile.json = true;
  profile.unprotected = true;
  return profile;
}

// `material` as KeyRules::type says.
inline hsm::KeyRef ImportJweKey(hsm::Session& session, JweAlgorithm algorithm,
                                JweEncryption encryption, Curve curve, ByteView material,
                                std::string_view label) {
  auto secret = SecretBytes::CopyOf(material);
  FLORIN_INVARIANT(secret.ok());
  JweKeySize size;
  size.curve = curve;
  hsm::KeyTemplate key;
  if (auto pair = JweKeyPair(session, label, algorithm, size); pair.ok()) {
    key = pair->private_key;
    if (key.rules.type == mechanisms::KeyType::kRsaPrivate) key.rules.length = 0;
  } else {
    auto shared = JweSharedKey(label, algorithm, encryption, JweDirection::kReceive);
    FLORIN_INVARIANT(shared.ok());
    key = *shared;
  }
  key.persistent = false;
  const auto handle = session.Import(key, *secret);
  EXPECT_TRUE(handle.ok()) << handle.error().message();
  return *key.name;
}

}  // namespace florin::payload
