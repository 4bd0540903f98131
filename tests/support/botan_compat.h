// Botan 2.19 and Botan 3 under one set of names, for differential tests.
#pragma once

#include <botan/version.h>

#if BOTAN_VERSION_MAJOR < 3
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

#include <botan/aead.h>
#include <botan/auto_rng.h>
#include <botan/block_cipher.h>
#include <botan/cipher_mode.h>
#include <botan/ec_group.h>
#include <botan/ecdh.h>
#include <botan/ecdsa.h>
#include <botan/hash.h>
#include <botan/kdf.h>
#include <botan/mac.h>
#include <botan/nist_keywrap.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>

#if BOTAN_VERSION_MAJOR >= 3
#include <botan/x25519.h>
#else
#include <botan/curve25519.h>
#pragma GCC diagnostic pop
#endif

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace florin::testing {

#if BOTAN_VERSION_MAJOR >= 3
inline constexpr auto kBotanEncrypt = Botan::Cipher_Dir::Encryption;
inline constexpr auto kBotanDecrypt = Botan::Cipher_Dir::Decryption;
inline Botan::EC_Group BotanCurve(const std::string& name) {
  return Botan::EC_Group::from_name(name);
}
inline std::string BotanEmsa(const std::string& hash) { return hash; }
#else
inline constexpr auto kBotanEncrypt = Botan::ENCRYPTION;
inline constexpr auto kBotanDecrypt = Botan::DECRYPTION;
inline Botan::EC_Group BotanCurve(const std::string& name) { return Botan::EC_Group(name); }
inline std::string BotanEmsa(const std::string& hash) { return "EMSA1(" + hash + ")"; }
#endif

// What Botan 3 advises against has no other form that Botan 2 knows.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
template <class PrivateKey>
PrivateKey BotanPrivateKey(Botan::RandomNumberGenerator& rng, const std::string& curve,
                           const Botan::BigInt& scalar) {
  return PrivateKey(rng, BotanCurve(curve), scalar);
}
inline Botan::secure_vector<std::uint8_t> BotanDeriveKey(const std::string& kdf, std::size_t length,
                                                         const std::vector<std::uint8_t>& secret,
                                                         const std::vector<std::uint8_t>& salt,
                                                         const std::vector<std::uint8_t>& label) {
  return Botan::KDF::create_or_throw(kdf)->derive_key(
      length, secret.data(), secret.size(), salt.data(), salt.size(), label.data(), label.size());
}
#pragma GCC diagnostic pop

}  // namespace florin::testing
