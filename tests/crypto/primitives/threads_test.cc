// Keys are shared by threads without a lock; ThreadSanitizer watches.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "crypto/primitives/aes.h"
#include "crypto/primitives/ec.h"
#include "crypto/primitives/mac.h"
#include "crypto/primitives/rsa.h"
#include "crypto/primitives/self_test.h"
#include "tests/crypto/primitives/test_util.h"

namespace florin::primitives {
namespace {

// More threads than a pool has slots, so that temporary contexts are used too.
constexpr int kThreads = 12;

// Runs `body(thread number)` in all threads at once; true when each returned true.
template <class Body>
bool InThreads(const Body& body) {
  std::atomic<int> waiting{kThreads};
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      waiting.fetch_sub(1);
      while (waiting.load() != 0) std::this_thread::yield();
      if (body(i)) good.fetch_add(1);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return good.load() == kThreads;
}

// First in the file: the threads race to run the self-tests and to fill the cache.
TEST(PrimitivesThreadsTest, FirstUseByAllAtOnce) {
  EXPECT_TRUE(InThreads([](int) { return PrimitivesReady().ok(); }));
}

TEST(PrimitivesThreadsTest, OneGcmKey) {
  TestRandom random(50);
  auto key = AesGcmKey::Create(random.Take(32));
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(InThreads([&key](int number) {
    TestRandom mine(static_cast<std::uint64_t>(number) + 1000);
    for (int i = 0; i < 200; ++i) {
      const Bytes iv = mine.Take(i % 2 == 0 ? 12 : 16);
      const Bytes plain = mine.Take(mine.Below(100));
      Bytes cipher(plain.size());
      Bytes tag(16);
      Bytes back(plain.size());
      if (!key->Seal(iv, iv, plain, cipher, tag).ok()) return false;
      if (!key->Open(iv, iv, cipher, tag, back).ok() || back != plain) return false;
      tag[0] = static_cast<std::uint8_t>(tag[0] ^ 1);
      if (key->Open(iv, iv, cipher, tag, back).ok()) return false;
    }
    return true;
  }));
}

TEST(PrimitivesThreadsTest, OneCipherAndItsMacs) {
  TestRandom random(51);
  auto key = AesCipher(random.Take(16));
  auto cmac = AesCmacKey::Create(random.Take(16));
  auto hmac = HmacKey::Create(Hash::kSha256, random.Take(32));
  auto retail = RetailMacKey::Create(random.Take(16));
  ASSERT_TRUE(key.ok() && cmac.ok() && hmac.ok() && retail.ok());
  const Bytes message = random.Take(100);
  const Bytes iv(16);
  Bytes cipher(112);
  Bytes mac(16);
  Bytes long_mac(32);
  Bytes short_mac(8);
  ASSERT_TRUE(key->Crypt(CipherMode::kCbcPad, Direction::kEncrypt, iv, message, cipher).ok());
  ASSERT_TRUE(cmac->Sign({message}, mac).ok());
  ASSERT_TRUE(hmac->Sign({message}, long_mac).ok());
  ASSERT_TRUE(retail->Sign(MacPadding::kMethod2, {message}, short_mac).ok());
  EXPECT_TRUE(InThreads([&](int) {
    for (int i = 0; i < 200; ++i) {
      Bytes back(112);
      auto size = key->Crypt(CipherMode::kCbcPad, Direction::kDecrypt, iv, cipher, back);
      if (!size.ok() || *size != message.size()) return false;
      back.resize(*size);
      if (back != message || !cmac->Verify({message}, mac).ok() ||
          !hmac->Verify({message}, long_mac).ok() ||
          !retail->Verify(MacPadding::kMethod2, {message}, short_mac).ok()) {
        return false;
      }
    }
    return true;
  }));
}

TEST(PrimitivesThreadsTest, OneEcKey) {
  TestRandom random(52);
  auto key = EcPrivateKey::Generate(Curve::kP256, random);
  auto peer = EcPrivateKey::Generate(Curve::kP256, random);
  ASSERT_TRUE(key.ok() && peer.ok());
  Bytes expected(32);
  ASSERT_TRUE(Ecdh(*key, peer->public_key().point(), expected).ok());
  EXPECT_TRUE(InThreads([&](int number) {
    TestRandom mine(static_cast<std::uint64_t>(number) + 2000);
    for (int i = 0; i < 20; ++i) {
      Bytes z(32);
      const Bytes digest = mine.Take(32);
      Bytes signature(64);
      if (!Ecdh(*key, peer->public_key().point(), z).ok() || z != expected ||
          !EcdsaSign(*key, digest, signature).ok() ||
          !EcdsaVerify(key->public_key(), digest, signature, SignatureForm::kRaw).ok()) {
        return false;
      }
    }
    return true;
  }));
}

TEST(PrimitivesThreadsTest, OneRsaKey) {
  auto key = RsaPrivateKey::Generate(2048);
  ASSERT_TRUE(key.ok());
  auto pub = key->PublicKey();
  ASSERT_TRUE(pub.ok());
  EXPECT_TRUE(InThreads([&](int number) {
    const Bytes digest(32, static_cast<std::uint8_t>(number));
    for (int i = 0; i < 5; ++i) {
      Bytes signature(256);
      Bytes cipher(256);
      Bytes back(256);
      if (!key->SignPss(Hash::kSha256, digest, signature).ok() ||
          !pub->VerifyPss(Hash::kSha256, digest, signature).ok() ||
          !pub->EncryptOaep(Hash::kSha256, digest, cipher).ok()) {
        return false;
      }
      auto size = key->DecryptOaep(Hash::kSha256, cipher, back);
      if (!size.ok() || !SameBytes(ByteView(back).first(*size), digest)) return false;
    }
    return true;
  }));
}

}  // namespace
}  // namespace florin::primitives
