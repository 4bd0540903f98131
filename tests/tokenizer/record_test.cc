// Formats, ranges, the domain table: what needs no keys.
#include "tokenizer/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "florin/base/hex.h"
#include "tests/tokenizer/vault_testing.h"
#include "tokenizer/domain_table.h"
#include "tokenizer/token_range.h"

namespace florin::tokenizer {
namespace {

using testing::MakePan;
using testing::PanDigits;

TEST(TokenTest, TakesTwelveToNineteenDigits) {
  EXPECT_TRUE(Token::Parse("999910000000").ok());
  EXPECT_TRUE(Token::Parse("9999100000000000000").ok());
  for (const char* text : {"", "99991000000", "99991000000000000000", "99991000000a",
                           " 99991000000", "9999-10000000", "99991000000\xff"}) {
    EXPECT_EQ(Token::Parse(text).code(), ErrorCode::kMalformed) << text;
  }
}

TEST(TokenKeyTest, KeepsLeadingZerosAndLength) {
  for (const char* text : {"000000000000", "0000000000000000000", "000000000001",
                           "9999999999999999999", "0123456789012"}) {
    const Token token = Token::Parse(text).value();
    const auto back = TokenKey::Of(token).ToToken();
    ASSERT_OK(back);
    EXPECT_EQ(back->digits(), text);
  }
}

TEST(TokenKeyTest, RefusesWhatIsNoToken) {
  EXPECT_EQ((TokenKey{0, 11, 1}).ToToken().code(), ErrorCode::kCorrupted);
  EXPECT_EQ((TokenKey{0, 20, 1}).ToToken().code(), ErrorCode::kCorrupted);
  EXPECT_EQ((TokenKey{0, 12, 1000000000000}).ToToken().code(), ErrorCode::kCorrupted);
}

// The layouts are promises to files on disk: these bytes may never change.
TEST(RecordTest, KeysAndHeadersHaveTheDocumentedBytes) {
  const Token token = Token::Parse("9999100000000123").value();
  std::array<std::uint8_t, kTokenKeyLength> key;
  EncodeTokenKey(TokenKey::Of(token), key);
  EXPECT_EQ(HexEncode(key), "00001000238620e392d87b");

  FingerprintKey fingerprint{0x0102, {}, 0x03040506, 0x0708090a};
  fingerprint.fingerprint.fill(0xaa);
  std::array<std::uint8_t, kFingerprintKeyLength> fingerprint_key;
  EncodeFingerprintKey(fingerprint, fingerprint_key);
  EXPECT_EQ(HexEncode(fingerprint_key), "0102aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa030405060708090a");

  std::array<std::uint8_t, kIndexValueLength> index;
  EncodeIndexValue(TokenKey::Of(token), index);
  EXPECT_EQ(HexEncode(index), "0100001000238620e392d87b");
  EXPECT_EQ(DecodeIndexValue(index).value(), TokenKey::Of(token));

  std::array<std::uint8_t, kTokenHeaderLength> header;
  EncodeTokenHeader({1, 2, 3, 4, UnixSeconds{5}}, header);
  EXPECT_EQ(HexEncode(header), "010100010000000200000003000000040000000000000005");

  std::array<std::uint8_t, kTokenAadLength> aad;
  TokenAad(header, TokenKey::Of(token), aad);
  EXPECT_EQ(HexEncode(aad), "01" + HexEncode(header) + HexEncode(key));

  std::array<std::uint8_t, kDomainHeaderLength> domain;
  EncodeDomainHeader({7, "999910", 16}, 1, UnixSeconds{5}, domain);
  EXPECT_EQ(HexEncode(domain), "010000011039393939313000000000000000000005");
}

TEST(RecordTest, RefusesForeignForms) {
  const Bytes record(kTokenRecordLength, 1);
  EXPECT_TRUE(ParseTokenRecord(record).ok());
  for (std::size_t size = 0; size < 2 * kTokenRecordLength; ++size) {
    if (size == kTokenRecordLength) continue;
    EXPECT_EQ(ParseTokenRecord(Bytes(size, 1)).code(), ErrorCode::kCorrupted) << size;
  }
  Bytes other = record;
  other[0] = 2;
  EXPECT_EQ(ParseTokenRecord(other).code(), ErrorCode::kCorrupted);
  other = record;
  other[1] = 0;
  EXPECT_EQ(ParseTokenRecord(other).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(DecodeIndexValue(Bytes(11, 1)).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(DecodeIndexValue(Bytes(12, 2)).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(ParseVaultRecord({}).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(ParseVaultRecord(Bytes(25, 0)).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(ParseVaultRecord(Bytes(24, 1)).code(), ErrorCode::kCorrupted);
  EXPECT_EQ(ParseVaultRecord(Bytes(25, 2)).code(), ErrorCode::kUnsupported);
  EXPECT_EQ(ParseDomainRecord(Bytes(5, 'd'), Bytes(48, 1)).code(), ErrorCode::kCorrupted);
  Bytes domain(kDomainRecordLength, 1);
  EXPECT_EQ(ParseDomainRecord(Bytes(5, 'd'), domain).code(), ErrorCode::kUnsupported);
}

TEST(RecordTest, PanContentHidesItsLength) {
  for (std::size_t length = kMinPanDigits; length <= kMaxPanDigits; ++length) {
    const Pan pan = MakePan(7, length);
    PanContent content;
    EncodePanContent(pan, content);
    const auto back = DecodePanContent(content);
    ASSERT_OK(back);
    EXPECT_TRUE(back->EqualTo(pan));
  }
  PanContent wrong;
  EXPECT_EQ(DecodePanContent(wrong).code(), ErrorCode::kCorrupted);
  wrong.Write(SecretAccess{})[0] = 200;
  EXPECT_EQ(DecodePanContent(wrong).code(), ErrorCode::kCorrupted);
  wrong.Write(SecretAccess{})[0] = 16;
  EXPECT_EQ(DecodePanContent(wrong).code(), ErrorCode::kCorrupted);
}

TEST(TokenRangeTest, RefusesWhatIsNoDomain) {
  const auto code = [](std::uint32_t id, const char* bin, std::size_t length) {
    return TokenRange::Create({id, bin, length}).code();
  };
  EXPECT_EQ(code(1, "999910", 16), ErrorCode::kOk);
  EXPECT_EQ(code(0, "999910", 16), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "99991", 16), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "999910123", 16), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "99991x", 16), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "", 16), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "999910", 11), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "999910", 20), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(1, "999910", std::size_t{1} << 40), ErrorCode::kInvalidArgument);
}

TEST(TokenRangeTest, DrawsEveryTokenOfARangeAboutEquallyOften) {
  const TokenRange range = TokenRange::Create({1, "99992012", 12}).value();
  ASSERT_EQ(range.capacity(), 1000U);
  std::map<std::string, int> seen;
  for (int i = 0; i < 100000; ++i) {
    const auto token = range.Draw(SystemRandom());
    ASSERT_OK(token);
    ++seen[std::string(token->digits())];
  }
  EXPECT_EQ(seen.size(), 1000U);
  for (const auto& [digits, count] : seen) {
    EXPECT_TRUE(LuhnValid(digits)) << digits;
    EXPECT_TRUE(digits.starts_with("99992012")) << digits;
    EXPECT_GT(count, 30) << digits;  // expected 100, deviation 10
    EXPECT_LT(count, 170) << digits;
  }
}

class FailingRandom final : public RandomSource {
 public:
  Status Fill(MutableBytes) override { return Error(ErrorCode::kDeviceError, "no random bytes"); }
};

TEST(TokenRangeTest, PassesOnTheErrorOfTheRandomSource) {
  FailingRandom random;
  const TokenRange range = TokenRange::Create({1, "999910", 16}).value();
  EXPECT_EQ(range.Draw(random).code(), ErrorCode::kDeviceError);
}

TEST(DomainTableTest, FindsByIdAndByBin) {
  DomainTable table;
  for (std::uint32_t id = 1; id <= DomainTable::kMaxDomains; ++id) {
    ASSERT_OK(table.Add(id, TokenRange::Create({id, std::to_string(99000000 + id), 16}).value()));
  }
  for (std::uint32_t id = 1; id <= DomainTable::kMaxDomains; ++id) {
    ASSERT_NE(table.Find(id), nullptr);
    EXPECT_EQ(table.Find(id)->range.bin(), std::to_string(99000000 + id));
    EXPECT_TRUE(table.Covers(std::to_string(99000000 + id) + "00000000"));
  }
  EXPECT_EQ(table.Find(DomainTable::kMaxDomains + 1), nullptr);
  EXPECT_FALSE(table.Covers("9900000000000000"));
  EXPECT_FALSE(table.Covers("990000"));
  EXPECT_EQ(table.Add(9999, TokenRange::Create({9999, "123456", 16}).value()).code(),
            ErrorCode::kResourceExhausted);
}

TEST(DomainTableTest, RefusesOverlapInBothDirections) {
  DomainTable table;
  ASSERT_OK(table.Add(1, TokenRange::Create({1, "9999101", 16}).value()));
  const auto add = [&](std::uint32_t id, const char* bin, std::size_t length) {
    return table.Add(id, TokenRange::Create({id, bin, length}).value()).code();
  };
  EXPECT_EQ(add(2, "999910", 16), ErrorCode::kConflict);
  EXPECT_EQ(add(2, "99991012", 16), ErrorCode::kConflict);
  EXPECT_EQ(add(2, "9999101", 19), ErrorCode::kConflict);
  EXPECT_EQ(add(1, "888810", 16), ErrorCode::kConflict);
  EXPECT_EQ(add(2, "9999102", 16), ErrorCode::kOk);
}

}  // namespace
}  // namespace florin::tokenizer
