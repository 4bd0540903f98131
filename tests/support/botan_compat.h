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

#include <string>

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

}  // namespace florin::testing
