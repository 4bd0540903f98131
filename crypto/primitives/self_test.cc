#include "crypto/primitives/self_test.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <string_view>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/evp_cache.h"
#include "crypto/primitives/hash.h"
#include "crypto/primitives/kdf.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/tdes.h"
#include "crypto/primitives/x25519.h"
#include "florin/base/hex.h"

namespace florin::primitives {
namespace {

// A published value from its hexadecimal form.
class Known {
 public:
  explicit Known(std::string_view hex) {
    auto size = HexDecode(hex, bytes_);
    size_ = size.ok() ? *size : 0;
  }
  operator ByteView() const { return ByteView(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, 128> bytes_{};
  std::size_t size_ = 0;
};

bool Equals(ByteView got, std::string_view hex) { return SameBytes(got, Known(hex)); }

// FIPS 180-4 examples: "abc".
bool TestHash() {
  struct Case {
    Hash hash;
    std::string_view digest;
  };
  constexpr std::array<Case, 5> kCases = {{
      {Hash::kSha1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
      {Hash::kSha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
      {Hash::kSha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {Hash::kSha384,
       "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca1"
       "34c825a7"},
      {Hash::kSha512,
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23"
       "a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
  }};
  return std::all_of(kCases.begin(), kCases.end(), [](const Case& test) {
    std::array<std::uint8_t, kMaxDigestSize> out{};
    const MutableBytes digest = MutableBytes(out).first(HashSize(test.hash));
    return Digest(test.hash, AsBytes("abc"), digest).ok() && Equals(digest, test.digest);
  });
}

// RFC 4231 4.3.
bool TestHmac() {
  auto key = HmacKey::Create(Hash::kSha256, AsBytes("Jefe"));
  std::array<std::uint8_t, 32> mac{};
  return key.ok() && key->Sign(AsBytes("what do ya want for nothing?"), mac).ok() &&
         Equals(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 5869 A.1.
bool TestHkdf() {
  std::array<std::uint8_t, 42> out{};
  const Known input("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b");
  const Known info("f0f1f2f3f4f5f6f7f8f9");
  return Hkdf(Hash::kSha256, Known("000102030405060708090a0b0c"), {input}, {info}, out).ok() &&
         Equals(out,
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887"
                "185865");
}

// SP 800-38A F.2.5 and F.2.6, first block.
bool TestAesCbc() {
  auto key = AesCipher(Known("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"));
  const Known iv("000102030405060708090a0b0c0d0e0f");
  constexpr std::string_view kPlain = "6bc1bee22e409f96e93d7e117393172a";
  constexpr std::string_view kCipher = "f58c4c04d6e5f1ba779eabfb5f7bfbd6";
  std::array<std::uint8_t, 16> out{};
  return key.ok() &&
         key->Crypt(CipherMode::kCbc, Direction::kEncrypt, iv, Known(kPlain), out).ok() &&
         Equals(out, kCipher) &&
         key->Crypt(CipherMode::kCbc, Direction::kDecrypt, iv, Known(kCipher), out).ok() &&
         Equals(out, kPlain);
}

// The GCM specification's test case 16 (McGrew and Viega).
bool TestAesGcm() {
  auto key =
      AesGcmKey::Create(Known("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const Known iv("cafebabefacedbaddecaf888");
  const Known aad("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  constexpr std::string_view kPlain =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6"
      "b5"
      "25b16aedf5aa0de657ba637b39";
  constexpr std::string_view kCipher =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b105682"
      "8838"
      "c5f61e6393ba7a0abcc9f662";
  const Known tag("76fc6ece0f4e1768cddf8853bb2d551b");
  std::array<std::uint8_t, 60> out{};
  std::array<std::uint8_t, 16> got{};
  std::array<std::uint8_t, 16> wrong{};
  return key.ok() && key->Seal(iv, aad, Known(kPlain), out, got).ok() && Equals(out, kCipher) &&
         SameBytes(got, tag) && key->Open(iv, aad, Known(kCipher), tag, out).ok() &&
         Equals(out, kPlain) && !key->Open(iv, aad, Known(kCipher), wrong, out).ok();
}

// RFC 4493 4, example 2.
bool TestCmac() {
  auto key = AesCmacKey::Create(Known("2b7e151628aed2a6abf7158809cf4f3c"));
  std::array<std::uint8_t, 16> mac{};
  const Known message("6bc1bee22e409f96e93d7e117393172a");
  return key.ok() && key->Sign(ByteView(message), mac).ok() &&
         Equals(mac, "070a16b46b4d4144f79bdd9dd04a287c");
}

// SP 800-67 r1 B.1.
bool TestTdes() {
  auto key = TdesCipher(Known("0123456789abcdef23456789abcdef01456789abcdef0123"));
  constexpr std::string_view kCipher = "a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900";
  std::array<std::uint8_t, 24> out{};
  return key.ok() && key->EncryptBlocks(AsBytes("The qufck brown fox jump"), out).ok() &&
         Equals(out, kCipher) && key->DecryptBlocks(Known(kCipher), out).ok() &&
         SameBytes(out, AsBytes("The qufck brown fox jump"));
}

// RFC 5903 8.1.
bool TestEcdh() {
  auto key = EcPrivateKey::FromScalar(
      Curve::kP256, Known("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"));
  const Known peer(
      "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13"
      "c58d"
      "6aac23f046ada30f8353e74f33039872ab");
  std::array<std::uint8_t, 32> z{};
  return key.ok() && Ecdh(*key, peer, z).ok() &&
         Equals(z, "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
}

// RFC 6979 A.2.5, SHA-256, "sample"; then a signature of our own.
bool TestEcdsa() {
  auto key = EcPrivateKey::FromScalar(
      Curve::kP256, Known("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  std::array<std::uint8_t, 64> signature{};
  const Known known(
      "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e2"
      "9f65"
      "f3e900dbb9aff4064dc4ab2f843acda8");
  std::array<std::uint8_t, 32> digest{};
  if (!key.ok() || !Digest(Hash::kSha256, AsBytes("sample"), digest).ok() ||
      !EcdsaVerify(key->public_key(), digest, known, SignatureForm::kRaw).ok() ||
      !EcdsaSign(*key, digest, signature).ok() ||
      !EcdsaVerify(key->public_key(), digest, signature, SignatureForm::kRaw).ok()) {
    return false;
  }
  signature[63] = static_cast<std::uint8_t>(signature[63] ^ 1);
  return !EcdsaVerify(key->public_key(), digest, signature, SignatureForm::kRaw).ok();
}

// RFC 7748 6.1.
bool TestX25519() {
  auto key = X25519PrivateKey::FromBytes(
      Known("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  std::array<std::uint8_t, 32> z{};
  return key.ok() &&
         key->Agree(Known("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"), z)
             .ok() &&
         Equals(z, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

struct SelfTest {
  const char* name;
  bool (*run)();
};
constexpr std::array<SelfTest, 10> kSelfTests = {{{"hash", TestHash},
                                                  {"hmac", TestHmac},
                                                  {"hkdf", TestHkdf},
                                                  {"aes-cbc", TestAesCbc},
                                                  {"aes-gcm", TestAesGcm},
                                                  {"aes-cmac", TestCmac},
                                                  {"tdes", TestTdes},
                                                  {"ecdh", TestEcdh},
                                                  {"ecdsa", TestEcdsa},
                                                  {"x25519", TestX25519}}};

enum class Verdict : int { kUnknown, kPassed, kFailed };

std::atomic<Verdict> g_verdict{Verdict::kUnknown};
std::atomic<bool> g_forced{false};
std::atomic<const char*> g_failed{""};
std::once_flag g_once;
// The tests call the functions that ask for their verdict.
thread_local bool g_running_here = false;

void RunAll() {
  g_running_here = true;
  const char* failed = Evp() == nullptr ? "openssl" : "";
  for (const SelfTest& test : kSelfTests) {
    if (failed[0] != '\0') break;
    if (!test.run()) failed = test.name;
  }
  g_failed.store(failed, std::memory_order_release);
  g_verdict.store(failed[0] == '\0' ? Verdict::kPassed : Verdict::kFailed,
                  std::memory_order_release);
  g_running_here = false;
}

}  // namespace

Status PrimitivesReady() {
  if (g_verdict.load(std::memory_order_acquire) == Verdict::kPassed) [[likely]]
    return OkStatus();
  if (g_running_here) return OkStatus();
  std::call_once(g_once, RunAll);
  if (g_verdict.load(std::memory_order_acquire) == Verdict::kPassed) return OkStatus();
  return Error(ErrorCode::kInternal, "a cryptographic self-test failed: nothing will be computed");
}

const char* FailedSelfTest() { return g_failed.load(std::memory_order_acquire); }

void ForceSelfTestFailure(bool failed) {
  std::call_once(g_once, RunAll);
  if (g_forced.exchange(failed) == failed) return;
  const bool passed = !failed && FailedSelfTest()[0] == '\0';
  g_verdict.store(passed ? Verdict::kPassed : Verdict::kFailed, std::memory_order_release);
}

}  // namespace florin::primitives
