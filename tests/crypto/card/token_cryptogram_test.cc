// The own token domain's cryptogram against the bytes of docs/formats/token_cryptogram.md.
#include "crypto/card/token_cryptogram.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/card/card_verification.h"
#include "tests/crypto/card/card_test_util.h"
#include "tests/crypto/card/reference.h"

namespace florin::card {
namespace {

const char kMasterKey[] = "0123456789ABCDEFFEDCBA9876543210";
const char kToken[] = "9999123456789012";

std::string OddParity(const std::string& key) {
  Bytes bytes = HexDecode(key).value();
  primitives::SetOddParity(bytes);
  return UpperHex(bytes);
}

// Option B of a token of sixteen digits is option A.
std::string TokenKey(const std::string& psn) {
  const std::string y = (kToken + psn).substr(2);
  return OddParity(reference::TdesEncrypt(kMasterKey, y + reference::Xor(y, "FFFFFFFFFFFFFFFF")));
}

// ISO/IEC 9797-1 MAC algorithm 3 over data that is padded already.
std::string RetailMac(const std::string& key, const std::string& data) {
  std::string chain = "0000000000000000";
  for (std::size_t i = 0; i + 16 < data.size(); i += 16) {
    chain = reference::TdesEncrypt(key.substr(0, 16), reference::Xor(chain, data.substr(i, 16)));
  }
  return reference::TdesEncrypt(key, reference::Xor(chain, data.substr(data.size() - 16)));
}

TokenTransaction Example() {
  return {TokenRequestor::Of("40010030273"), 123456, 840, {0xDE, 0xAD, 0xBE, 0xEF}, 0x012C};
}

TEST(TokenCryptogramTest, IsWhatThePageSays) {
  const auto master_key = TdesOf(HexDecode(kMasterKey).value());
  std::array<std::uint8_t, kTokenCryptogramSize> cryptogram;
  ASSERT_TRUE(TokenCryptogram(master_key, PanOf(kToken), 1, Example(), cryptogram).ok());
  const std::string session = OddParity(
      reference::TdesEncrypt(TokenKey("01"), std::string("012CF00000000000") + "012C0F0000000000"));
  const std::string input =
      std::string("01") + "040010030273" + "000000123456" + "0840" + "DEADBEEF" + "012C" + "800000";
  EXPECT_EQ(UpperHex(cryptogram), RetailMac(session, input));
  EXPECT_TRUE(VerifyTokenCryptogram(master_key, PanOf(kToken), 1, Example(), cryptogram).ok());

  TokenCryptogramField field{7, 0x012C, {0xDE, 0xAD, 0xBE, 0xEF}, cryptogram};
  std::array<std::uint8_t, kTokenCryptogramFieldSize> bytes;
  ASSERT_TRUE(field.Write(bytes).ok());
  EXPECT_EQ(UpperHex(bytes), "0107012CDEADBEEF" + UpperHex(cryptogram) + "00000000");
  const auto parsed = TokenCryptogramField::Parse(bytes).value();
  EXPECT_EQ(parsed.key_index, 7);
  EXPECT_EQ(parsed.counter, 0x012C);
  EXPECT_EQ(parsed.cryptogram, cryptogram);
}

TEST(TokenCryptogramTest, BindsEveryInput) {
  const auto master_key = TdesOf(HexDecode(kMasterKey).value());
  std::array<std::uint8_t, kTokenCryptogramSize> cryptogram;
  ASSERT_TRUE(TokenCryptogram(master_key, PanOf(kToken), 1, Example(), cryptogram).ok());
  const auto fails = [&](const char* token, std::uint8_t psn, const TokenTransaction& changed) {
    return VerifyTokenCryptogram(master_key, PanOf(token), psn, changed, cryptogram).code() ==
           ErrorCode::kVerificationFailed;
  };
  EXPECT_TRUE(fails("9999123456789020", 1, Example()));
  EXPECT_TRUE(fails(kToken, 2, Example()));
  TokenTransaction changed = Example();
  changed.requestor = TokenRequestor::Of("40010030274");
  EXPECT_TRUE(fails(kToken, 1, changed));
  changed = Example();
  changed.amount += 1;
  EXPECT_TRUE(fails(kToken, 1, changed));
  changed = Example();
  changed.currency = 978;
  EXPECT_TRUE(fails(kToken, 1, changed));
  changed = Example();
  changed.unpredictable_number[3] ^= 1;
  EXPECT_TRUE(fails(kToken, 1, changed));
  changed = Example();
  changed.counter += 1;
  EXPECT_TRUE(fails(kToken, 1, changed));
  cryptogram[7] ^= 1;
  EXPECT_TRUE(fails(kToken, 1, Example()));
}

TEST(TokenCryptogramTest, CvvLikeFormIsWhatThePageSays) {
  const auto master_key = TdesOf(HexDecode(kMasterKey).value());
  const auto value = TokenVerificationValue(master_key, PanOf(kToken), 0, ExpiryOf("3012"),
                                            TokenRequestor::Of("40010030273"), 0x0A2C)
                         .value();
  EXPECT_EQ(TextOf(value),
            reference::Cvv(TokenKey("00"), "0A2C" + std::string(kToken).substr(4), "3012", "273"));
}

TEST(TokenCryptogramTest, RefusesWhatDoesNotFit) {
  const auto master_key = TdesOf(HexDecode(kMasterKey).value());
  std::array<std::uint8_t, kTokenCryptogramSize> out;
  TokenTransaction transaction = Example();
  EXPECT_EQ(TokenCryptogram(master_key, Pan(), 1, transaction, out).code(),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(TokenCryptogram(master_key, PanOf(kToken), 100, transaction, out).code(),
            ErrorCode::kInvalidArgument);
  transaction.currency = 1000;
  EXPECT_EQ(TokenCryptogram(master_key, PanOf(kToken), 1, transaction, out).code(),
            ErrorCode::kInvalidArgument);
  transaction = Example();
  transaction.amount = kMaxTokenAmount + 1;
  EXPECT_EQ(TokenCryptogram(master_key, PanOf(kToken), 1, transaction, out).code(),
            ErrorCode::kInvalidArgument);
  Bytes field(kTokenCryptogramFieldSize);
  field[0] = 1;
  EXPECT_TRUE(TokenCryptogramField::Parse(field).ok());
  EXPECT_EQ(TokenCryptogramField::Parse(ByteView(field).first(19)).code(), ErrorCode::kMalformed);
  field[19] = 1;
  EXPECT_EQ(TokenCryptogramField::Parse(field).code(), ErrorCode::kMalformed);
  field[19] = 0;
  field[0] = 2;
  EXPECT_EQ(TokenCryptogramField::Parse(field).code(), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace florin::card
