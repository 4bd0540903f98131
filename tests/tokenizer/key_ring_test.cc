// The key ring: made once, opened many times, and by nobody else.
#include "tokenizer/key_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "florin/base/hex.h"
#include "tests/tokenizer/vault_testing.h"

namespace florin::tokenizer {
namespace {

using testing::MakePan;
using testing::TestHsm;

class KeyRingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    vault_.fill(0x11);
    auto keys = KeyRing::Generate(hsm_.session(), hsm_.ring_key(), vault_, SystemRandom());
    ASSERT_OK(keys);
    keys_ = std::move(keys).value();
    ASSERT_EQ(keys_.size(), 2U);
  }

  Result<std::unique_ptr<KeyRing>> Open(const std::vector<SealedKey>& keys) {
    return KeyRing::Open(hsm_.session(), hsm_.ring_key(), vault_, keys);
  }

  TestHsm hsm_;
  VaultId vault_;
  std::vector<SealedKey> keys_;
};

TEST_F(KeyRingTest, OpensToTheSameKeysEachTime) {
  auto first = Open(keys_);
  auto second = Open(keys_);
  ASSERT_OK(first);
  ASSERT_OK(second);
  auto one = (*first)->Acquire();
  auto two = (*second)->Acquire();
  ASSERT_OK(one);
  ASSERT_OK(two);
  std::array<std::uint8_t, kFingerprintLength> a;
  std::array<std::uint8_t, kFingerprintLength> b;
  ASSERT_OK((*one)->Fingerprint(MakePan(1), a));
  ASSERT_OK((*two)->Fingerprint(MakePan(1), b));
  EXPECT_EQ(a, b);
  ASSERT_OK((*two)->Fingerprint(MakePan(2), b));
  EXPECT_NE(a, b);

  const Nonce nonce{1, 2, 3};
  const Bytes aad = {9};
  const Bytes text = {1, 2, 3, 4, 5};
  Bytes sealed(text.size() + kTagLength);
  ASSERT_OK((*one)->Seal(nonce, aad, text, sealed));
  Bytes opened(text.size());
  OpenItem item{(*one)->data_version(), nonce, aad, sealed, opened, {}};
  ASSERT_OK((*two)->Open(item));
  EXPECT_EQ(opened, text);
}

TEST_F(KeyRingTest, ABatchEqualsSingleCallsAndKeepsItemsApart) {
  auto ring = Open(keys_);
  ASSERT_OK(ring);
  auto session = (*ring)->Acquire();
  ASSERT_OK(session);
  std::vector<Pan> pans;
  for (std::uint64_t i = 0; i < kRingBatch; ++i) pans.push_back(MakePan(i, 12 + i % 8));
  std::array<std::array<std::uint8_t, kFingerprintLength>, kRingBatch> together;
  std::array<FingerprintItem, kRingBatch> items;
  for (std::size_t i = 0; i < kRingBatch; ++i) items[i] = {&pans[i], &together[i], {}};
  ASSERT_OK((*session)->Fingerprints(items));
  for (std::size_t i = 0; i < kRingBatch; ++i) {
    ASSERT_OK(items[i].status);
    std::array<std::uint8_t, kFingerprintLength> alone;
    ASSERT_OK((*session)->Fingerprint(pans[i], alone));
    EXPECT_EQ(alone, together[i]);
  }

  std::array<Nonce, kRingBatch> nonces{};
  std::array<Bytes, kRingBatch> sealed;
  std::array<Bytes, kRingBatch> opened;
  std::array<OpenItem, kRingBatch> open_items;
  for (std::size_t i = 0; i < kRingBatch; ++i) {
    nonces[i][0] = static_cast<std::uint8_t>(i);
    const Bytes text(i + 1, static_cast<std::uint8_t>(i));
    sealed[i].resize(text.size() + kTagLength);
    ASSERT_OK((*session)->Seal(nonces[i], {}, text, sealed[i]));
    opened[i].assign(text.size(), 0xee);
    open_items[i] = {1, nonces[i], {}, sealed[i], opened[i], {}};
  }
  sealed[3][0] ^= 1;
  open_items[5].key_version = 2;  // the ring has none
  ASSERT_OK((*session)->OpenBatch(open_items));
  for (std::size_t i = 0; i < kRingBatch; ++i) {
    if (i == 3 || i == 5) {
      EXPECT_EQ(open_items[i].status.code(), ErrorCode::kCorrupted);
      continue;
    }
    ASSERT_OK(open_items[i].status);
    EXPECT_EQ(opened[i], Bytes(i + 1, static_cast<std::uint8_t>(i)));
  }
}

TEST_F(KeyRingTest, RefusesAnotherKeyAnotherVaultAndMissingKeys) {
  TestHsm other(0x77);
  EXPECT_EQ(KeyRing::Open(other.session(), other.ring_key(), vault_, keys_).code(),
            ErrorCode::kVerificationFailed);
  VaultId elsewhere = vault_;
  elsewhere[0] ^= 1;
  EXPECT_EQ(KeyRing::Open(hsm_.session(), hsm_.ring_key(), elsewhere, keys_).code(),
            ErrorCode::kVerificationFailed);
  EXPECT_EQ(Open({keys_[0]}).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(Open({keys_[1]}).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(Open({}).code(), ErrorCode::kCorrupted);
  const auto unknown = hsm::KeyRef::Create(hsm::KeyClass::kSecret, "absent").value();
  EXPECT_EQ(KeyRing::Generate(hsm_.session(), unknown, vault_, SystemRandom()).code(),
            ErrorCode::kNotFound);
  EXPECT_EQ(KeyRing::Open(hsm_.session(), unknown, vault_, keys_).code(), ErrorCode::kNotFound);
}

TEST_F(KeyRingTest, AKeyMayNotServeAnotherPurposeOrVersion) {
  std::vector<SealedKey> renamed = keys_;
  std::swap(renamed[0].name, renamed[1].name);
  EXPECT_EQ(Open(renamed).code(), ErrorCode::kCorrupted);
  // Name and record changed alike: the seal binds both.
  renamed = keys_;
  renamed[0].name[3] = 2;
  renamed[0].record[3] = 2;
  EXPECT_EQ(Open(renamed).code(), ErrorCode::kVerificationFailed);
  renamed = keys_;
  renamed[0].name[1] = 2;
  renamed[0].record[1] = 2;
  EXPECT_EQ(Open(renamed).code(), ErrorCode::kVerificationFailed);
  // A check value that is not this key's.
  renamed = keys_;
  renamed[1].record.back() ^= 1;
  EXPECT_EQ(Open(renamed).code(), ErrorCode::kCorrupted);
}

TEST_F(KeyRingTest, AKeyThatCannotOpenWhatItSealsMakesNoRing) {
  TestHsm sealer(0x4b, 'E');
  EXPECT_EQ(KeyRing::Generate(sealer.session(), sealer.ring_key(), vault_, SystemRandom()).code(),
            ErrorCode::kPermissionDenied);
}

class NoRandom final : public RandomSource {
 public:
  Status Fill(MutableBytes) override { return Error(ErrorCode::kResourceExhausted, "none left"); }
};

TEST_F(KeyRingTest, NoncesComeFromTheGivenSource) {
  NoRandom none;
  EXPECT_EQ(KeyRing::Generate(hsm_.session(), hsm_.ring_key(), vault_, none).code(),
            ErrorCode::kResourceExhausted);
}

TEST_F(KeyRingTest, TwoRingsHaveNothingInCommon) {
  const auto other = KeyRing::Generate(hsm_.session(), hsm_.ring_key(), vault_, SystemRandom());
  ASSERT_OK(other);
  auto one = Open(keys_);
  auto two = Open(*other);
  ASSERT_OK(one);
  ASSERT_OK(two);
  std::array<std::uint8_t, kFingerprintLength> a;
  std::array<std::uint8_t, kFingerprintLength> b;
  ASSERT_OK((*one)->Acquire().value()->Fingerprint(MakePan(1), a));
  ASSERT_OK((*two)->Acquire().value()->Fingerprint(MakePan(1), b));
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace florin::tokenizer
