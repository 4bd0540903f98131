// AES DUKPT on clear keys: published values, and the host against the terminal.
#include "crypto/card/dukpt_aes.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "crypto/card/mac.h"
#include "crypto/primitives/aes.h"
#include "tests/crypto/card/card_test_util.h"

namespace florin::card {
namespace {

using primitives::CipherMode;
using primitives::Direction;
using vectors::TestCase;

const std::map<std::string, AesDukptUsage> kUsages = {
    {"KEK", AesDukptUsage::kKeyEncryption},       {"PIN", AesDukptUsage::kPin},
    {"MAC_GEN", AesDukptUsage::kMacGeneration},   {"MAC_VER", AesDukptUsage::kMacVerification},
    {"MAC_BOTH", AesDukptUsage::kMacBothWays},    {"DATA_ENC", AesDukptUsage::kDataEncryption},
    {"DATA_DEC", AesDukptUsage::kDataDecryption}, {"DATA_BOTH", AesDukptUsage::kDataBothWays},
    {"DERIVATION", AesDukptUsage::kKeyDerivation}};

const std::map<std::string, AesDukptKeyType> kTypes = {
    {"TDES2", AesDukptKeyType::kTdes2},     {"TDES3", AesDukptKeyType::kTdes3},
    {"AES128", AesDukptKeyType::kAes128},   {"AES192", AesDukptKeyType::kAes192},
    {"AES256", AesDukptKeyType::kAes256},   {"HMAC128", AesDukptKeyType::kHmac128},
    {"HMAC192", AesDukptKeyType::kHmac192}, {"HMAC256", AesDukptKeyType::kHmac256}};

AesBdk BdkOf(const TestCase& test) { return AesBdk::Create(test.Hex("bdk")).value(); }

InitialKeyId IdOf(const TestCase& test) {
  const Bytes bytes = test.Hex("ikid");
  InitialKeyId id{};
  EXPECT_EQ(bytes.size(), id.size()) << test.place();
  std::copy_n(bytes.begin(), std::min(bytes.size(), id.size()), id.begin());
  return id;
}

Bytes Encrypt(const AesDukptKey& key, CipherMode mode, const Bytes& in) {
  Bytes out(in.size());
  const auto cipher = primitives::AesCipher(key.Read(SecretAccess{}));
  const Bytes iv(mode == CipherMode::kEcb ? 0 : 16);
  EXPECT_TRUE(cipher.ok() && cipher->Crypt(mode, Direction::kEncrypt, iv, in, out).ok());
  return out;
}

Bytes MacOf(const AesDukptKey& key, MacAlgorithm algorithm, const Bytes& data) {
  const auto mac_key = MacKey::Create({algorithm}, key.Read(SecretAccess{}));
  EXPECT_TRUE(mac_key.ok());
  Bytes mac(mac_key->size());
  EXPECT_TRUE(mac_key->Generate({data}, mac).ok());
  return mac;
}

// The working key itself, and what a vector computed with it.
void CheckWorkingKey(const TestCase& test, const std::string& name, const AesDukptKey& key) {
  if (test.Has("key:" + name)) {
    EXPECT_EQ(Clear(key), test.Hex("key:" + name)) << test.place();
  }
  if (test.Has("cmac:" + name)) {
    EXPECT_EQ(MacOf(key, MacAlgorithm::kCmacAes, test.Hex("data")), test.Hex("cmac:" + name))
        << test.place();
  }
  if (test.Has("hmac:" + name)) {
    EXPECT_EQ(MacOf(key, MacAlgorithm::kHmac, test.Hex("data")), test.Hex("hmac:" + name))
        << test.place();
  }
  if (test.Has("enc:" + name)) {
    EXPECT_EQ(Encrypt(key, CipherMode::kCbc, ZeroPadded(test.Hex("data"), 16)),
              test.Hex("enc:" + name))
        << test.place();
  }
  if (test.Has("enc_ecb:" + name)) {
    EXPECT_EQ(Encrypt(key, CipherMode::kEcb, test.Hex("data")), test.Hex("enc_ecb:" + name))
        << test.place();
  }
}

// ISO 9564-1 format 4: the PIN field is encrypted, xored with the PAN field and encrypted again.
void CheckPinBlock(const TestCase& test, const AesDukptKey& key) {
  const std::string pan = test.Text("pan");
  std::string digits = std::to_string(pan.size() - 12) + pan;
  digits.resize(32, '0');
  const Bytes pan_field = Hex(digits);
  Bytes block = Encrypt(key, CipherMode::kEcb, test.Hex("pin_field"));
  for (std::size_t i = 0; i < block.size(); ++i) block[i] ^= pan_field[i];
  const Bytes encrypted = Encrypt(key, CipherMode::kEcb, block);
  // Not every vector with a PIN prints the block.
  if (test.Has("pin_block_AES128")) {
    EXPECT_EQ(encrypted, test.Hex("pin_block_AES128")) << test.place();
  }
}

void CheckTransaction(const TestCase& test) {
  const AesBdk bdk = BdkOf(test);
  const AesKsn ksn = AesKsn::ParseHex(test.Text("ksn")).value();
  EXPECT_EQ(ksn.initial_key_id(), IdOf(test)) << test.place();
  const auto initial = bdk.InitialKey(ksn.initial_key_id());
  ASSERT_TRUE(initial.ok()) << test.place();
  if (test.Has("ik")) {
    EXPECT_EQ(Clear(*initial), test.Hex("ik")) << test.place();
  }
  const auto transaction = AesDukpt::TransactionKey(initial->Read(SecretAccess{}), ksn);
  ASSERT_TRUE(transaction.ok()) << test.place();
  if (test.Has("txn_key")) {
    EXPECT_EQ(Clear(*transaction), test.Hex("txn_key")) << test.place();
  }
  for (const auto& [usage_name, usage] : kUsages) {
    for (const auto& [type_name, type] : kTypes) {
      const auto key = bdk.WorkingKey(ksn, usage, type);
      if (key.ok()) CheckWorkingKey(test, usage_name + ":" + type_name, *key);
    }
  }
  if (test.Has("pin_field")) {
    CheckPinBlock(test, bdk.WorkingKey(ksn, AesDukptUsage::kPin, AesDukptKeyType::kAes128).value());
  }
}

TEST(AesDukptVectors, TransactionsUpdateKeysRegisters) {
  const auto file = LoadVectors("dukpt_aes.json");
  for (const auto* group : file.GroupsOf("transaction")) {
    for (const TestCase& test : group->tests) CheckTransaction(test);
  }
  for (const auto* group : file.GroupsOf("update_key")) {
    for (const TestCase& test : group->tests) {
      for (const auto& [name, type] : kTypes) {
        if (!test.Has("update:" + name)) continue;
        const auto key = BdkOf(test).UpdateKey(IdOf(test), type);
        ASSERT_TRUE(key.ok()) << test.place();
        EXPECT_EQ(Clear(*key), test.Hex("update:" + name)) << test.place();
      }
    }
  }
  // A register has the key at the counter of which only its bit is set.
  for (const auto* group : file.GroupsOf("registers")) {
    for (const TestCase& test : group->tests) {
      const AesDukptKey initial = BdkOf(test).InitialKey(IdOf(test)).value();
      const AesKsn ksn = AesKsn::Initial(IdOf(test));
      for (std::size_t i = 0; i < AesKsn::kCounterBits; ++i) {
        AesDukptKey key(initial.size());
        ASSERT_TRUE(AesDukpt::DeriveChild(initial.Read(SecretAccess{}), ksn, std::uint32_t{1} << i,
                                          key.Write(SecretAccess{}))
                        .ok());
        EXPECT_EQ(Clear(key), test.Hex("idk:" + std::to_string(i))) << test.place() << " " << i;
      }
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

constexpr InitialKeyId kId = {0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56};

AesBdk NewBdk(std::size_t size) {
  Bytes key = Hex("FEDCBA9876543210F1F1F1F1F1F1F1F1FEDCBA9876543210F1F1F1F1F1F1F1F1");
  key.resize(size);
  return AesBdk::Create(key).value();
}

AesDukptTerminal NewTerminal(const AesBdk& bdk, const AesKsn& ksn) {
  const AesDukptKey key = bdk.InitialKey(ksn.initial_key_id()).value();
  return AesDukptTerminal::Create(key.Read(SecretAccess{}), ksn).value();
}

void ExpectHostAgrees(const AesBdk& bdk, const AesDukptTerminal& terminal, AesDukptUsage usage,
                      AesDukptKeyType type) {
  const auto ours = terminal.WorkingKey(usage, type);
  const auto theirs = bdk.WorkingKey(terminal.ksn(), usage, type);
  ASSERT_TRUE(ours.ok() && theirs.ok()) << terminal.ksn().ToHex();
  EXPECT_EQ(Clear(*ours), Clear(*theirs)) << terminal.ksn().ToHex();
}

constexpr std::pair<AesDukptUsage, AesDukptKeyType> kChoices[] = {
    {AesDukptUsage::kPin, AesDukptKeyType::kAes128},
    {AesDukptUsage::kMacBothWays, AesDukptKeyType::kHmac128},
    {AesDukptUsage::kDataEncryption, AesDukptKeyType::kTdes3},
    {AesDukptUsage::kDataDecryption, AesDukptKeyType::kTdes2},
    {AesDukptUsage::kKeyEncryption, AesDukptKeyType::kAes128},
    {AesDukptUsage::kKeyDerivation, AesDukptKeyType::kAes128}};

TEST(AesDukpt, HostAndTerminalAgree) {
  for (const std::size_t size : {16, 24, 32}) {
    const AesBdk bdk = NewBdk(size);
    AesDukptTerminal terminal = NewTerminal(bdk, AesKsn::Initial(kId));
    for (std::size_t i = 0; i < 10'000; ++i) {
      ASSERT_TRUE(terminal.Next().ok());
      const auto& [usage, type] = kChoices[i % std::size(kChoices)];
      ExpectHostAgrees(bdk, terminal, usage, type);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// The first counter that is left out is 0001FFFF.
TEST(AesDukpt, TheyAgreeAlsoWhereCountersAreLeftOut) {
  const AesBdk bdk = NewBdk(16);
  AesDukptTerminal terminal = NewTerminal(bdk, AesKsn::Initial(kId));
  while (terminal.ksn().counter() < 0x2002F) {
    ASSERT_TRUE(terminal.Next().ok());
    ASSERT_NE(terminal.ksn().counter(), 0x1FFFFU);
    if (terminal.ksn().counter() < 0x1FF00) continue;
    ExpectHostAgrees(bdk, terminal, AesDukptUsage::kPin, AesDukptKeyType::kAes128);
  }
}

TEST(AesDukpt, CompatibilityModeDerivesByItsInitialKeyId) {
  const AesBdk bdk = NewBdk(32);
  const InitialKeyId id = {0x00, 0xE1, 0x11, 0x11, 0x11, 0x12, 0x22, 0x22};
  AesDukptTerminal compatible = NewTerminal(bdk, AesKsn::InitialCompatible(id).value());
  AesDukptTerminal usual = NewTerminal(bdk, AesKsn::Initial(id));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(compatible.Next().ok() && usual.Next().ok());
    EXPECT_EQ(compatible.ksn().ToHex().size(), 20U);
    ExpectHostAgrees(bdk, compatible, AesDukptUsage::kPin, AesDukptKeyType::kAes256);
    EXPECT_EQ(Clear(*compatible.WorkingKey(AesDukptUsage::kPin, AesDukptKeyType::kAes256)),
              Clear(*usual.WorkingKey(AesDukptUsage::kPin, AesDukptKeyType::kAes256)));
  }
}

TEST(AesDukpt, AWorkingKeyIsNotStrongerThanItsBdk) {
  const AesKsn ksn = AesKsn::Initial(kId).Next().value();
  const std::map<AesDukptKeyType, std::size_t> kSmallestBdk = {
      {AesDukptKeyType::kTdes2, 16},  {AesDukptKeyType::kTdes3, 16},
      {AesDukptKeyType::kAes128, 16}, {AesDukptKeyType::kHmac128, 16},
      {AesDukptKeyType::kAes192, 24}, {AesDukptKeyType::kHmac192, 24},
      {AesDukptKeyType::kAes256, 32}, {AesDukptKeyType::kHmac256, 32}};
  for (const std::size_t size : {16, 24, 32}) {
    const AesBdk bdk = NewBdk(size);
    for (const auto& [type, smallest] : kSmallestBdk) {
      const auto key = bdk.WorkingKey(ksn, AesDukptUsage::kMacGeneration, type);
      EXPECT_EQ(key.code(), size < smallest ? ErrorCode::kInvalidArgument : ErrorCode::kOk);
      EXPECT_EQ(bdk.UpdateKey(kId, type).ok(),
                size >= smallest &&
                    (type == AesDukptKeyType::kAes128 || type == AesDukptKeyType::kAes192 ||
                     type == AesDukptKeyType::kAes256));
    }
  }
}

TEST(AesDukpt, UsagesHaveDifferentKeysOfTheirOwnTypes) {
  const AesBdk bdk = NewBdk(32);
  const AesKsn ksn = AesKsn::Initial(kId).Next().value();
  std::map<Bytes, std::string> seen;
  for (const auto& [usage_name, usage] : kUsages) {
    for (const auto& [type_name, type] : kTypes) {
      const std::string name = usage_name + ":" + type_name;
      const auto key = bdk.WorkingKey(ksn, usage, type);
      const bool hmac = type_name.front() == 'H';
      const bool allowed = hmac
                               ? usage_name.front() == 'M'
                               : usage != AesDukptUsage::kKeyDerivation || type_name.front() == 'A';
      ASSERT_EQ(key.code(), allowed ? ErrorCode::kOk : ErrorCode::kInvalidArgument) << name;
      if (!allowed) continue;
      const auto [other, fresh] = seen.emplace(Clear(*key), name);
      EXPECT_TRUE(fresh) << name << " is " << other->second;
    }
  }
}

TEST(AesDukpt, Refusals) {
  const AesKsn initial = AesKsn::Initial(kId);
  const AesKsn first = initial.Next().value();
  for (const std::size_t size : {0, 8, 15, 33}) {
    const Bytes key(size);
    EXPECT_EQ(AesBdk::Create(key).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(AesDukptTerminal::Create(key, initial).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(
        AesDukpt::WorkingKey(key, first, AesDukptUsage::kPin, AesDukptKeyType::kAes128).code(),
        ErrorCode::kInvalidArgument);
  }
  const AesBdk bdk = NewBdk(16);
  const auto code = [&](const AesKsn& ksn, AesDukptUsage usage, AesDukptKeyType type) {
    return bdk.WorkingKey(ksn, usage, type).code();
  };
  EXPECT_EQ(code(initial, AesDukptUsage::kPin, AesDukptKeyType::kAes128),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(first, AesDukptUsage::kInitialKeyDerivation, AesDukptKeyType::kAes128),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(first, static_cast<AesDukptUsage>(0x1001), AesDukptKeyType::kAes128),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(first, AesDukptUsage::kPin, static_cast<AesDukptKeyType>(99)),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(AesDukptTerminal::Create(Bytes(16), first).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      NewTerminal(bdk, initial).WorkingKey(AesDukptUsage::kPin, AesDukptKeyType::kAes128).code(),
      ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::card
