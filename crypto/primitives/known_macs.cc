#include <array>

#include "crypto/primitives/hash.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/known_answers.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/password_hash.h"

namespace florin::primitives {
namespace {

// FIPS 180-4 examples: "abc".
template <Hash hash>
bool TestHash(std::string_view expected) {
  std::array<std::uint8_t, HashSize(hash)> digest{};
  return Digest(hash, AsBytes("abc"), digest).ok() && Equals(digest, expected);
}

// RFC 4231 4.3.
template <Hash hash>
bool TestHmac(std::string_view expected) {
  auto key = HmacKey::Create(hash, AsBytes("Jefe"));
  std::array<std::uint8_t, HashSize(hash)> mac{};
  return key.ok() && key->Sign(AsBytes("what do ya want for nothing?"), mac).ok() &&
         Equals(mac, expected);
}

// RFC 4493 4, example 2.
bool TestCmac(std::string_view expected) {
  auto key = AesCmacKey::Create(Known("2b7e151628aed2a6abf7158809cf4f3c"));
  std::array<std::uint8_t, 16> mac{};
  const Known message("6bc1bee22e409f96e93d7e117393172a");
  return key.ok() && key->Sign(ByteView(message), mac).ok() && Equals(mac, expected);
}

// SP 800-38B D.5: two-key TDES.
bool TestTdesCmac(std::string_view expected) {
  auto key = TdesCmacKey::Create(Known("0123456789abcdef23456789abcdef01"));
  std::array<std::uint8_t, 8> mac{};
  const Known message("6bc1bee22e409f96e93d7e117393172aae2d8a57");
  return key.ok() && key->Sign(ByteView(message), mac).ok() && Equals(mac, expected);
}

// knovichikhin/psec tests/test_mac.py: MAC algorithm 1, padding method 1.
bool TestCbcMac(std::string_view expected) {
  auto key = CbcMacKey::Create(Known("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb"));
  std::array<std::uint8_t, 8> mac{};
  return key.ok() && key->Sign(MacPadding::kMethod1, AsBytes("hello world"), mac).ok() &&
         Equals(mac, expected);
}

// ISO/IEC 9797-1 Annex B, MAC algorithm 3, padding method 1, cut to 32 bits.
bool TestRetailMac(std::string_view expected) {
  auto key = RetailMacKey::Create(Known("0123456789abcdeffedcba9876543210"));
  std::array<std::uint8_t, 4> mac{};
  return key.ok() &&
         key->Sign(MacPadding::kMethod1, AsBytes("Now is the time for all "), mac).ok() &&
         Equals(mac, expected);
}

// RFC 5869 A.1.
bool TestHkdf(std::string_view expected) {
  std::array<std::uint8_t, 42> out{};
  const Known input("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  const Known info("f0f1f2f3f4f5f6f7f8f9");
  return Hkdf(Hash::kSha256, Known("000102030405060708090a0b0c"), {input}, {info}, out).ok() &&
         Equals(out, expected);
}

// NIST CAVS ansx963_2001.rsp, SHA-256, 192-bit Z, no shared info.
bool TestX963Kdf(std::string_view expected) {
  std::array<std::uint8_t, 16> out{};
  return X963Kdf(Hash::kSha256, Known("96c05619d56c328ab95fe84b18264b08725b85e33fd34f08"),
                 ByteView(), out)
             .ok() &&
         Equals(out, expected);
}

// The key of a published Apple Pay test token (tests/vectors/wallet/apple_pay_ec_v1.json).
bool TestOneStepKdf(std::string_view expected) {
  std::array<std::uint8_t, 32> out{};
  const Known z("864c96ba0f009524bb36bf5f4754dca0358ef4d6e270b3ae8bb45736c9006177");
  const Known info(
      "0d69642d6165733235362d47434d4170706c652d9940eae07ed944bf277087fb661b36c13fe820109a51d184"
      "092a5cb925b844");
  return OneStepKdf(Hash::kSha256, z, ByteView(info), out).ok() && Equals(out, expected);
}

// RFC 9106 publishes nothing with one lane and without a secret: computed with a second
// implementation, OpenSSL 3.5's.
bool TestArgon2id(std::string_view expected) {
  std::array<std::uint8_t, 32> key{};
  return HashPassword(AsBytes("password"), Known("000102030405060708090a0b0c0d0e0f"),
                      kPasswordCostMinimal, key)
             .ok() &&
         Equals(key, expected);
}

constexpr std::array<KnownAnswer, 16> kAnswers = {{
    {"sha1", TestHash<Hash::kSha1>, "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"sha224", TestHash<Hash::kSha224>, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {"sha256", TestHash<Hash::kSha256>,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"sha384", TestHash<Hash::kSha384>,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca1"
     "34c825a7"},
    {"sha512", TestHash<Hash::kSha512>,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23"
     "a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"hmac-sha256", TestHmac<Hash::kSha256>,
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {"hmac-sha384", TestHmac<Hash::kSha384>,
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ec"
     "fab21649"},
    {"hmac-sha512", TestHmac<Hash::kSha512>,
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65"
     "f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {"aes-cmac", TestCmac, "070a16b46b4d4144f79bdd9dd04a287c"},
    {"tdes-cmac", TestTdesCmac, "c06d377ecd101969"},
    {"cbc-mac", TestCbcMac, "68d9038f23360df3"},
    {"retail-mac", TestRetailMac, "a1c72e74"},
    {"hkdf", TestHkdf,
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"x963-kdf", TestX963Kdf, "443024c3dae66b95e6f5670601558f71"},
    {"one-step-kdf", TestOneStepKdf,
     "12332672df81776516f491d116a8e93f449eb9076e4bd82d52af7c48a356665f"},
    {"argon2id", TestArgon2id, "3a008963c65f7ffa7331a90babd1fd17ea9f03bd05356b857ceb43f7b7080adc"},
}};

}  // namespace

std::span<const KnownAnswer> KnownMacs() { return kAnswers; }

}  // namespace florin::primitives
