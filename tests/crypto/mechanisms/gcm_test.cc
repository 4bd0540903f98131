// AES-GCM as a mechanism: a record goes through the kernel, a longer message and one in pieces
// through OpenSSL, and nobody can tell which it was.
#include <gtest/gtest.h>

#include <vector>

#include "crypto/mechanisms/operation.h"
#include "crypto/primitives/aes.h"
#include "tests/crypto/mechanisms/test_keys.h"

namespace florin::mechanisms {
namespace {

KeyPtr GcmKey() { return GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kDecrypt}), 32); }

// Around the borders of the kernel: 512 bytes of data, 128 of associated data.
constexpr std::size_t kSizes[] = {0, 1, 20, 64, 511, 512, 513, 600};
constexpr std::size_t kAadSizes[] = {0, 41, 128, 129};

Bytes InPieces(Verb verb, const Mechanism& gcm, const Key& key, ByteView input) {
  Operation operation;
  EXPECT_TRUE(operation.Prepare(verb, gcm, key).ok());
  Bytes out(input.size() + 16);
  const std::size_t half = input.size() / 2;
  std::size_t size = operation.Update(input.first(half), out).value();
  size += operation.Update(input.subspan(half), MutableBytes(out).subspan(size)).value();
  size += operation.Finish(MutableBytes(out).subspan(size)).value();
  out.resize(size);
  return out;
}

TEST(GcmMechanism, RecordsAndMessagesAreOneAlgorithm) {
  const KeyPtr key = GcmKey();
  const auto primitive = primitives::AesGcmKey::Create(MaterialOf(*key));
  ASSERT_TRUE(primitive.ok());
  for (const std::size_t size : kSizes) {
    for (const std::size_t aad_size : kAadSizes) {
      SCOPED_TRACE(::testing::Message() << size << " bytes, aad " << aad_size);
      const Bytes iv = RandomBytes(size % 2 == 0 ? 12 : 16);
      const Bytes aad = RandomBytes(aad_size);
      const Bytes plain = RandomBytes(size);
      const std::size_t tag_size = 12 + size % 5;
      const Mechanism gcm = AesGcm{iv, aad, tag_size};
      Bytes expected(size + tag_size);
      ASSERT_TRUE(primitive
                      ->Seal(iv, aad, plain, MutableBytes(expected).first(size),
                             MutableBytes(expected).subspan(size))
                      .ok());
      Bytes sealed(size + tag_size);
      EXPECT_EQ(RunOnce(Verb::kEncrypt, gcm, *key, plain, sealed).value(), sealed.size());
      EXPECT_EQ(sealed, expected);
      EXPECT_EQ(InPieces(Verb::kEncrypt, gcm, *key, plain), expected);
      Bytes opened(size);
      EXPECT_EQ(RunOnce(Verb::kDecrypt, gcm, *key, sealed, opened).value(), size);
      EXPECT_EQ(opened, plain);
      EXPECT_EQ(InPieces(Verb::kDecrypt, gcm, *key, sealed), plain);
    }
  }
}

TEST(GcmMechanism, ARefusedMessageLeavesZeros) {
  const KeyPtr key = GcmKey();
  const Bytes iv = RandomBytes(12);
  const Mechanism gcm = AesGcm{iv, {}, 16};
  for (const std::size_t size : kSizes) {
    SCOPED_TRACE(size);
    Bytes sealed(size + 16);
    ASSERT_TRUE(RunOnce(Verb::kEncrypt, gcm, *key, RandomBytes(size), sealed).ok());
    sealed[sealed.size() / 2] ^= 0x10;
    Bytes out(size, 0x5A);
    EXPECT_EQ(RunOnce(Verb::kDecrypt, gcm, *key, sealed, out).code(),
              ErrorCode::kVerificationFailed);
    EXPECT_EQ(out, Bytes(size));
    EXPECT_EQ(RunOnce(Verb::kDecrypt, gcm, *key, ByteView(sealed).first(15), out).code(),
              ErrorCode::kMalformed);
  }
}

TEST(GcmMechanism, ABatchGivesEachItemItsOwnVerdict) {
  const KeyPtr key = GcmKey();
  const Bytes iv = RandomBytes(12);
  const Mechanism gcm = AesGcm{iv, {}, 16};
  std::vector<Bytes> sealed;
  std::vector<Bytes> opened;
  for (const std::size_t size : kSizes) {
    sealed.emplace_back(size + 16);
    opened.emplace_back(size, 0x5A);
    ASSERT_TRUE(RunOnce(Verb::kEncrypt, gcm, *key, Bytes(size, 7), sealed.back()).ok());
    if (size % 2 == 0) sealed.back().back() ^= 1;
  }
  std::vector<BatchItem> items(sealed.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].input = sealed[i];
    items[i].output = opened[i];
  }
  ASSERT_TRUE(RunBatchOnce(Verb::kDecrypt, gcm, *key, items).ok());
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool good = opened[i].size() % 2 != 0;
    EXPECT_EQ(items[i].status.ok(), good) << i;
    EXPECT_EQ(opened[i], Bytes(opened[i].size(), good ? 7 : 0)) << i;
  }
}

}  // namespace
}  // namespace florin::mechanisms
