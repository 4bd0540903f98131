// TDES DUKPT on clear keys: published values, and the host against the terminal.
#include "crypto/card/dukpt_tdes.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "crypto/card/mac.h"
#include "crypto/primitives/tdes.h"
#include "tests/crypto/card/card_test_util.h"

namespace florin::card {
namespace {

using primitives::CipherMode;
using primitives::Direction;
using vectors::TestCase;

TdesBdk BdkOf(const TestCase& test) { return TdesBdk::Create(test.Hex("bdk")).value(); }
TdesKsn KsnOf(const TestCase& test) { return TdesKsn::ParseHex(test.Text("ksn")).value(); }

// ISO 9564-1 format 0, written out.
Bytes PinBlock(const std::string& pin, const std::string& pan) {
  Bytes block = Hex("0" + std::to_string(pin.size()) + pin + std::string(14 - pin.size(), 'F'));
  const Bytes pan_field = Hex("0000" + pan.substr(pan.size() - 13, 12));
  for (std::size_t i = 0; i < block.size(); ++i) block[i] ^= pan_field[i];
  return block;
}

Bytes Crypt(const TdesDukptKey& key, CipherMode mode, Direction direction, const Bytes& in) {
  Bytes out(in.size());
  const auto cipher = primitives::TdesCipher(key.Read(SecretAccess{}));
  const Bytes iv(mode == CipherMode::kEcb ? 0 : 8);
  EXPECT_TRUE(cipher.ok() && cipher->Crypt(mode, direction, iv, in, out).ok());
  return out;
}

Bytes MacOf(const TdesDukptKey& key, const MacMethod& method, const Bytes& data, std::size_t size) {
  Bytes mac(size);
  const auto mac_key = MacKey::Create(method, key.Read(SecretAccess{}));
  EXPECT_TRUE(mac_key.ok() && mac_key->Generate({data}, mac).ok());
  return mac;
}

void CheckPin(const TestCase& test) {
  const auto key = BdkOf(test).WorkingKey(KsnOf(test), TdesDukptUsage::kPin);
  ASSERT_TRUE(key.ok()) << test.place();
  const Bytes clear =
      Crypt(*key, CipherMode::kEcb, Direction::kDecrypt, test.Hex("encrypted_pin_block"));
  EXPECT_EQ(clear, PinBlock(test.Text("pin"), test.Text("pan"))) << test.place();
}

void CheckMacs(const TestCase& test) {
  const Bytes data = test.Hex("data");
  const std::map<std::string, TdesDukptUsage> kUsages = {
      {"request", TdesDukptUsage::kMacRequest}, {"response", TdesDukptUsage::kMacResponse}};
  for (const auto& [name, usage] : kUsages) {
    const auto key = BdkOf(test).WorkingKey(KsnOf(test), usage);
    ASSERT_TRUE(key.ok()) << test.place();
    if (test.Has("mac_" + name)) {
      EXPECT_EQ(MacOf(*key, kX924Mac, data, kX924MacSize), test.Hex("mac_" + name)) << test.place();
    }
    if (test.Has("cmac_" + name)) {
      EXPECT_EQ(MacOf(*key, {MacAlgorithm::kCmacTdes}, data, 8), test.Hex("cmac_" + name))
          << test.place();
    }
  }
}

void CheckData(const TestCase& test) {
  const Bytes data = ZeroPadded(test.Hex("data"), 8);
  const std::map<std::string, TdesDukptUsage> kUsages = {
      {"data_request", TdesDukptUsage::kDataRequest},
      {"data_response", TdesDukptUsage::kDataResponse}};
  for (const auto& [name, usage] : kUsages) {
    if (!test.Has(name)) continue;
    const auto key = BdkOf(test).WorkingKey(KsnOf(test), usage);
    ASSERT_TRUE(key.ok()) << test.place();
    EXPECT_EQ(Crypt(*key, CipherMode::kCbc, Direction::kEncrypt, data), test.Hex(name))
        << test.place();
  }
}

TEST(TdesDukptVectors, Transactions) {
  const auto file = LoadVectors("dukpt_tdes.json");
  for (const auto* group : file.GroupsOf("transaction")) {
    for (const TestCase& test : group->tests) {
      const auto initial = BdkOf(test).InitialKey(KsnOf(test));
      ASSERT_TRUE(initial.ok()) << test.place();
      EXPECT_EQ(Clear(*initial), test.Hex("ik")) << test.place();
      const auto transaction =
          TdesDukpt::TransactionKey(initial->Read(SecretAccess{}), KsnOf(test));
      ASSERT_TRUE(transaction.ok()) << test.place();
      EXPECT_EQ(Clear(*transaction), test.Hex("txn_key")) << test.place();
      CheckPin(test);
      CheckMacs(test);
      CheckData(test);
    }
  }
  for (const auto* group : file.GroupsOf("pin")) {
    for (const TestCase& test : group->tests) CheckPin(test);
  }
  for (const auto* group : file.GroupsOf("cmac")) {
    for (const TestCase& test : group->tests) CheckMacs(test);
  }
  for (const auto* group : file.GroupsOf("data_ecb")) {
    for (const TestCase& test : group->tests) {
      const TdesDukptUsage usage = test.Text("usage") == "data_request"
                                       ? TdesDukptUsage::kDataRequest
                                       : TdesDukptUsage::kDataRequestVariantOnly;
      const auto key = BdkOf(test).WorkingKey(KsnOf(test), usage);
      ASSERT_TRUE(key.ok()) << test.place();
      EXPECT_EQ(Crypt(*key, CipherMode::kEcb, Direction::kEncrypt, test.Hex("data")) ==
                    test.Hex("encrypted"),
                test.valid)
          << test.place();
    }
  }
  EXPECT_EQ(file.Problems(), std::vector<std::string>{});
}

class TdesDukptTest : public ::testing::Test {
 protected:
  const TdesBdk bdk_ = TdesBdk::Create(Hex("0123456789ABCDEFFEDCBA9876543210")).value();
  const TdesKsn initial_ = TdesKsn::ParseInitial(Hex("FFFF9876543210E00000")).value();
  const TdesDukptKey initial_key_ = bdk_.InitialKey(initial_).value();

  TdesDukptTerminal NewTerminal() const {
    return TdesDukptTerminal::Create(initial_key_.Read(SecretAccess{}), initial_).value();
  }

  void ExpectHostAgrees(const TdesDukptTerminal& terminal, TdesDukptUsage usage) const {
    const auto ours = terminal.WorkingKey(usage);
    const auto theirs = bdk_.WorkingKey(terminal.ksn(), usage);
    ASSERT_TRUE(ours.ok() && theirs.ok()) << terminal.ksn().ToHex();
    EXPECT_TRUE(ours->EqualTo(*theirs)) << terminal.ksn().ToHex();
  }
};

constexpr TdesDukptUsage kUsages[] = {TdesDukptUsage::kPin,
                                      TdesDukptUsage::kMacRequest,
                                      TdesDukptUsage::kMacResponse,
                                      TdesDukptUsage::kDataRequest,
                                      TdesDukptUsage::kDataResponse,
                                      TdesDukptUsage::kDataRequestVariantOnly,
                                      TdesDukptUsage::kDataResponseVariantOnly};

TEST_F(TdesDukptTest, HostAndTerminalAgree) {
  TdesDukptTerminal terminal = NewTerminal();
  for (std::size_t i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(terminal.Next().ok());
    ExpectHostAgrees(terminal, kUsages[i % std::size(kUsages)]);
    if (HasFailure()) return;
  }
}

TEST_F(TdesDukptTest, TheTerminalEndsAfterItsLastKey) {
  TdesDukptTerminal terminal = NewTerminal();
  std::uint32_t transactions = 0;
  while (terminal.Next().ok()) {
    if (++transactions % 10'007 == 0) ExpectHostAgrees(terminal, TdesDukptUsage::kPin);
    if (transactions == TdesKsn::kMaxTransactions) {
      ExpectHostAgrees(terminal, TdesDukptUsage::kMacRequest);
    }
  }
  EXPECT_EQ(transactions, TdesKsn::kMaxTransactions);
  EXPECT_EQ(terminal.Next().code(), ErrorCode::kExpired);
  EXPECT_EQ(terminal.WorkingKey(TdesDukptUsage::kPin).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(terminal.ksn().counter(), 0x1FF800U);
}

TEST_F(TdesDukptTest, UsagesHaveDifferentKeys) {
  const TdesKsn ksn = initial_.Next().value();
  for (const TdesDukptUsage a : kUsages) {
    for (const TdesDukptUsage b : kUsages) {
      EXPECT_EQ(bdk_.WorkingKey(ksn, a)->EqualTo(*bdk_.WorkingKey(ksn, b)), a == b);
    }
  }
}

TEST_F(TdesDukptTest, Refusals) {
  for (const std::size_t size : {0, 8, 15, 24}) {
    const Bytes key(size);
    EXPECT_EQ(TdesBdk::Create(key).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(TdesDukptTerminal::Create(key, initial_).code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(TdesDukpt::WorkingKey(key, initial_.Next().value(), TdesDukptUsage::kPin).code(),
              ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(bdk_.WorkingKey(initial_, TdesDukptUsage::kPin).code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(bdk_.WorkingKey(initial_.Next().value(), static_cast<TdesDukptUsage>(99)).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(TdesDukptTerminal::Create(Bytes(16), initial_.Next().value()).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(NewTerminal().WorkingKey(TdesDukptUsage::kPin).code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace florin::card
