#include <array>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/chacha20_poly1305.h"
#include "crypto/primitives/known_answers.h"
#include "crypto/primitives/tdes.h"

namespace florin::primitives {
namespace {

constexpr std::string_view kSp800Key =
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
constexpr std::string_view kSp800Plain = "6bc1bee22e409f96e93d7e117393172a";

// Both directions of one message.
bool CryptBoth(CipherMode mode, std::string_view key_hex, std::string_view iv_hex,
               std::string_view plain, std::string_view cipher) {
  auto key = AesCipher(Known(key_hex));
  const Known iv(iv_hex);
  std::array<std::uint8_t, 16> out{};
  return key.ok() && key->Crypt(mode, Direction::kEncrypt, iv, Known(plain), out).ok() &&
         Equals(out, cipher) &&
         key->Crypt(mode, Direction::kDecrypt, iv, Known(cipher), out).ok() && Equals(out, plain);
}

// FIPS 197 C.3.
bool TestAesEcb(std::string_view expected) {
  return CryptBoth(CipherMode::kEcb,
                   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "",
                   "00112233445566778899aabbccddeeff", expected);
}

// SP 800-38A F.2.5 and F.2.6, first block.
bool TestAesCbc(std::string_view expected) {
  return CryptBoth(CipherMode::kCbc, kSp800Key, "000102030405060708090a0b0c0d0e0f", kSp800Plain,
                   expected);
}

// SP 800-38A F.5.5 and F.5.6, first block.
bool TestAesCtr(std::string_view expected) {
  return CryptBoth(CipherMode::kCtr, kSp800Key, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", kSp800Plain,
                   expected);
}

// The GCM specification's test case 16 (McGrew and Viega); `expected`: ciphertext and tag.
bool TestAesGcm(std::string_view expected) {
  auto key =
      AesGcmKey::Create(Known("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const Known iv("cafebabefacedbaddecaf888");
  const Known aad("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  constexpr std::string_view kPlain =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
      "b525b16aedf5aa0de657ba637b39";
  const Known known(expected);
  const ByteView sealed = known;
  std::array<std::uint8_t, 60> out{};
  std::array<std::uint8_t, 16> tag{};
  if (!key.ok() || sealed.size() != out.size() + tag.size()) return false;
  const ByteView cipher = sealed.first(out.size());
  if (!key->Seal(iv, aad, Known(kPlain), out, tag).ok() || !SameBytes(out, cipher) ||
      !SameBytes(tag, sealed.last(tag.size())) || !key->Open(iv, aad, cipher, tag, out).ok() ||
      !Equals(out, kPlain)) {
    return false;
  }
  tag[15] = static_cast<std::uint8_t>(tag[15] ^ 1);
  return !key->Open(iv, aad, cipher, tag, out).ok();
}

// RFC 3394 4.6.
bool TestAesKeyWrap(std::string_view expected) {
  auto kek = AesCipher(Known("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
  constexpr std::string_view kKey =
      "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f";
  std::array<std::uint8_t, 40> wrapped{};
  std::array<std::uint8_t, 32> key{};
  if (!kek.ok() || !AesKeyWrap(*kek, Known(kKey), wrapped).ok() || !Equals(wrapped, expected) ||
      !AesKeyUnwrap(*kek, Known(expected), key).ok() || !Equals(key, kKey)) {
    return false;
  }
  wrapped[0] = static_cast<std::uint8_t>(wrapped[0] ^ 1);
  return !AesKeyUnwrap(*kek, wrapped, key).ok();
}

// SP 800-67 r1 B.1.
bool TestTdes(std::string_view expected) {
  auto key = TdesCipher(Known("0123456789abcdef23456789abcdef01456789abcdef0123"));
  std::array<std::uint8_t, 24> out{};
  return key.ok() && key->EncryptBlocks(AsBytes("The qufck brown fox jump"), out).ok() &&
         Equals(out, expected) && key->DecryptBlocks(Known(expected), out).ok() &&
         SameBytes(out, AsBytes("The qufck brown fox jump"));
}

// FIPS 197 C.1.
bool TestAesOnce(std::string_view expected) {
  std::array<std::uint8_t, 16> out{};
  return AesEncryptOnce(Known("000102030405060708090a0b0c0d0e0f"),
                        Known("00112233445566778899aabbccddeeff"), out)
             .ok() &&
         Equals(out, expected);
}

// SP 800-67 r1 B.1.
bool TestTdesOnce(std::string_view expected) {
  std::array<std::uint8_t, 24> out{};
  return TdesEncryptOnce(Known("0123456789abcdef23456789abcdef01456789abcdef0123"),
                         AsBytes("The qufck brown fox jump"), out)
             .ok() &&
         Equals(out, expected);
}

// RFC 8439 2.8.2.
bool TestChaCha20Poly1305(std::string_view expected) {
  const Known key("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
  const Known nonce("070000004041424344454647");
  const Known aad("50515253c0c1c2c3c4c5c6c7");
  constexpr std::string_view kPlain =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  std::array<std::uint8_t, kPlain.size() + kPoly1305TagSize> out{};
  if (!ChaCha20Poly1305Seal(key, nonce, aad, AsBytes(kPlain), out).ok() || !Equals(out, expected) ||
      !ChaCha20Poly1305Open(key, nonce, aad, Known(expected), out).ok() ||
      !SameBytes(ByteView(out).first(kPlain.size()), AsBytes(kPlain))) {
    return false;
  }
  return !ChaCha20Poly1305Open(key, nonce, {}, Known(expected), out).ok();
}

constexpr std::array<KnownAnswer, 9> kAnswers = {{
    {"aes-ecb", TestAesEcb, "8ea2b7ca516745bfeafc49904b496089"},
    {"aes-cbc", TestAesCbc, "f58c4c04d6e5f1ba779eabfb5f7bfbd6"},
    {"aes-ctr", TestAesCtr, "601ec313775789a5b7a7f504bbf3d228"},
    {"aes-gcm", TestAesGcm,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828"
     "838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"},
    {"aes-key-wrap", TestAesKeyWrap,
     "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
    {"tdes", TestTdes, "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"},
    {"aes-once", TestAesOnce, "69c4e0d86a7b0430d8cdb78070b4c55a"},
    {"chacha20-poly1305", TestChaCha20Poly1305,
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92"
     "728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
     "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"},
    {"tdes-once", TestTdesOnce, "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"},
}};

}  // namespace

std::span<const KnownAnswer> KnownCiphers() { return kAnswers; }

}  // namespace florin::primitives
