// The hot paths allocate nothing: every allocation of this executable is counted, C++'s and
// OpenSSL's.
#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/mechanisms/operation.h"
#include "florin/base/pan.h"
#include "tests/crypto/mechanisms/test_keys.h"
#include "tests/support/allocation_counter.h"

namespace florin::mechanisms {
namespace {

// Allocations of a second run: the first one makes the schedules of the key, and the contexts of
// the process.
std::size_t AllocationsOf(Verb verb, const Mechanism& mechanism, const Key& key, ByteView input,
                          ByteView signature = {}) {
  Bytes out(input.size() + 64);
  Operation operation;
  BatchItem items[2];
  std::size_t before = 0;
  for (int run = 0; run < 2; ++run) {
    before = testing::AllocationCount();
    const Status prepared = operation.Prepare(verb, mechanism, key);
    EXPECT_TRUE(prepared.ok()) << prepared.error().message();
    for (BatchItem& item : items) {
      item = {};
      item.input = input;
      item.signature = signature;
      item.output = out;
    }
    if (verb == Verb::kVerify) {
      EXPECT_TRUE(operation.Verify(input, signature).ok());
      EXPECT_TRUE(VerifyOnce(mechanism, key, input, signature).ok());
    } else {
      EXPECT_TRUE(operation.Run(input, out).ok());
      EXPECT_TRUE(RunOnce(verb, mechanism, key, input, out).ok());
    }
    EXPECT_TRUE(operation.RunBatch(items).ok());
    EXPECT_TRUE(items[0].status.ok() && items[1].status.ok());
  }
  return testing::AllocationCount() - before;
}

// Of a Sign and of the Verify of what it wrote.
std::size_t AllocationsOfBoth(const Mechanism& mechanism, const Key& key, ByteView input) {
  Bytes signature(64);
  const auto size = RunOnce(Verb::kSign, mechanism, key, input, signature);
  EXPECT_TRUE(size.ok()) << size.error().message();
  signature.resize(*size);
  return AllocationsOf(Verb::kSign, mechanism, key, input) +
         AllocationsOf(Verb::kVerify, mechanism, key, input, signature);
}

KeyPtr PaymentKey(KeyType type, std::string_view header, std::size_t length, VerbSet verbs,
                  std::vector<MechanismType> names = {}) {
  KeyRules rules = WithHeader(Rules(type, verbs), header);
  rules.allowed_mechanisms = std::move(names);
  return GenerateKey(rules, length);
}

constexpr VerbSet kBoth = {Verb::kSign, Verb::kVerify};

TEST(Allocation, PrepareAndRunAllocateNothing) {
  const Bytes data(64, 1);
  const Bytes iv(16, 2);
  const Bytes aad(300, 3);
  const KeyPtr aes = GenerateKey(Rules(KeyType::kAes, {Verb::kEncrypt, Verb::kSign}), 32);
  const KeyPtr hmac = GenerateKey(Rules(KeyType::kHmac, {Verb::kSign}), 32);
  const KeyPtr des = GenerateKey(Rules(KeyType::kDes3, {Verb::kEncrypt}), 16);
  EXPECT_EQ(AllocationsOf(Verb::kSign, Hmac{}, *hmac, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kSign, AesCmac{}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesEcb{}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesCbc{iv}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesCtr{iv}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, AesGcm{iv, aad, 16}, *aes, data), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kEncrypt, Des3Cbc{ByteView(iv).first(8)}, *des, data), 0U);
}

TEST(Allocation, MacsAllocateNothing) {
  const Bytes data(61, 1);
  const auto tdes = [](std::string_view header, std::size_t length = 16) {
    return PaymentKey(KeyType::kDes3, header, length, kBoth);
  };
  EXPECT_EQ(AllocationsOfBoth(Iso9797Mac{}, *tdes("D0000M3TC00N0000"), data), 0U);
  EXPECT_EQ(AllocationsOfBoth(Iso9797Mac{card::MacMethod{card::MacAlgorithm::kIso9797Algorithm1,
                                                         MacPadding::kMethod3}},
                              *tdes("D0000M1TC00N0000", 24), data),
            0U);
  EXPECT_EQ(AllocationsOfBoth(TdesCmac{}, *tdes("D0000M6TC00N0000"), data), 0U);
}

TEST(Allocation, CardValuesAllocateNothing) {
  const Pan pan = Pan::Parse("4123456789012345").value();
  const Pan amex = Pan::Parse("371234567890123").value();
  const Bytes track(19, 0x12);
  const KeyPtr fixed = PaymentKey(KeyType::kDes3, "D0000C0TC00N0000", 16, kBoth);
  const KeyPtr derived = PaymentKey(KeyType::kDes3, "D0000E4TN00N0000", 16, kBoth);
  using Kind = CardVerificationKind;
  for (const Kind kind :
       {Kind::kCvv, Kind::kCscVersion1, Kind::kCscVersion2, Kind::kDcvv, Kind::kCvc3}) {
    const bool csc = kind == Kind::kCscVersion1 || kind == Kind::kCscVersion2;
    const bool derives = kind == Kind::kDcvv || kind == Kind::kCvc3;
    CardVerification value;
    value.kind = kind;
    value.pan = csc ? &amex : &pan;
    const ByteView input = kind == Kind::kCvc3 ? ByteView(track) : ByteView();
    for (const auto option :
         {card::EmvMasterKeyOption::kA, card::EmvMasterKeyOption::kBEveryLength}) {
      value.option = option;
      EXPECT_EQ(AllocationsOfBoth(value, derives ? *derived : *fixed, input), 0U)
          << static_cast<int>(kind);
    }
  }
}

TEST(Allocation, ThreeDSecureAllocatesNothing) {
  const Pan pan = Pan::Parse("4123456789012345").value();
  const std::vector<MechanismType> names = {MechanismType::kThreeDsAuthentication};
  Bytes aav(15, 0);
  aav[0] = 0x8C;
  const Bytes merchant = {'S', 'h', 'o', 'p'};
  const struct {
    ThreeDsKind kind;
    KeyType type;
    const char* header;
    std::size_t length;
    ByteView input;
  } kCases[] = {
      {ThreeDsKind::kVisaCavv, KeyType::kDes3, "D0000C0TC00N0000", 16, {}},
      {ThreeDsKind::kSpaAavCvc2, KeyType::kDes3, "D0000C0TC00N0000", 16, aav},
      {ThreeDsKind::kSpaAavHmac, KeyType::kHmac, "D0000M7HC00N0000", 32, aav},
      {ThreeDsKind::kSpa2Iav, KeyType::kHmac, "D0000M7HC00N0000", 32, merchant},
      {ThreeDsKind::kTokenCryptogram, KeyType::kDes3, "D0000E0TN00N0000", 16, {}},
      {ThreeDsKind::kTokenValue, KeyType::kDes3, "D0000E4TN00N0000", 16, {}},
  };
  for (const auto& c : kCases) {
    ThreeDsAuthentication value;
    value.kind = c.kind;
    value.pan = &pan;
    const KeyPtr key = PaymentKey(c.type, c.header, c.length, kBoth, names);
    EXPECT_EQ(AllocationsOfBoth(value, *key, c.input), 0U) << static_cast<int>(c.kind);
  }
}

// The answer to an ARQC that the same key made.
std::size_t AllocationsOfArpc(const EmvCardAndAtc& card, const Key& key, bool method2) {
  const Bytes data(40, 3);
  EmvCryptogram cryptogram;
  cryptogram.card = card;
  EmvVerifiedArpc answer;
  answer.arpc.card = card;
  if (method2) answer.arpc.csu.emplace();
  EXPECT_TRUE(RunOnce(Verb::kSign, cryptogram, key, data, answer.arqc).ok());
  return AllocationsOfBoth(cryptogram, key, data) + AllocationsOf(Verb::kSign, answer, key, data) +
         AllocationsOf(Verb::kSign, answer.arpc, key, answer.arqc);
}

TEST(Allocation, EmvAllocatesNothing) {
  const Pan pan = Pan::Parse("4123456789012345").value();
  const KeyPtr tdes = PaymentKey(KeyType::kDes3, "D0000E0TN00N0000", 16, kBoth);
  EmvCardAndAtc card;
  card.pan = &pan;
  card.atc = 0x0123;
  for (const auto session : {EmvSessionKeyMethod::kCommon, EmvSessionKeyMethod::kMastercard,
                             EmvSessionKeyMethod::kEmv2000, EmvSessionKeyMethod::kUnionPay}) {
    card.session_key = session;
    card.option = EmvMasterKeyOption::kA;
    EXPECT_EQ(AllocationsOfArpc(card, *tdes, false), 0U) << static_cast<int>(session);
    card.option = EmvMasterKeyOption::kBEveryLength;
    EXPECT_EQ(AllocationsOfArpc(card, *tdes, true), 0U) << static_cast<int>(session);
  }
  card.option = EmvMasterKeyOption::kC;
  card.session_key = EmvSessionKeyMethod::kCommon;
  for (const std::size_t length : {16U, 24U, 32U}) {
    const KeyPtr aes = PaymentKey(KeyType::kAes, "D0000E0AN00N0000", length, kBoth);
    EXPECT_EQ(AllocationsOfArpc(card, *aes, false), 0U) << length;
    EXPECT_EQ(AllocationsOfArpc(card, *aes, true), 0U) << length;
  }
}

// The published values of Visa CVN 18 in tests/vectors/card/emv_profiles.json.
TEST(Allocation, Field55AllocatesNothing) {
  const Pan pan = Pan::Parse("1234567890123456").value();
  const Bytes field55 = FromHex(
      "9F02060000000040009F03060000000000009F1A020124950580000480005F2A0201249A031911059C0101"
      "9F370452BF4585820218009F3602001C9F100706011203A0B8009F26087A788EA6B8A3E7339F270180");
  KeyRules rules = WithHeader(Rules(KeyType::kDes3, kBoth), "D0000E0TV00N0000");
  rules.emv.emplace();
  rules.emv->cvns.set(0x12);
  rules.emv->dkis.set(0x01);
  const KeyPtr key = ImportKey(rules, "0123456789ABCDEFFEDCBA9876543210");
  EmvAuthorization authorization;
  authorization.card.pan = &pan;
  authorization.csu.emplace();
  EXPECT_EQ(AllocationsOf(Verb::kSign, authorization, *key, field55), 0U);
  EXPECT_EQ(AllocationsOf(Verb::kVerify, authorization, *key, field55, FromHex("7A788EA6B8A3E733")),
            0U);
}

TEST(Allocation, DukptAllocatesNothing) {
  using KeyType = card::AesDukptKeyType;
  const Bytes data(64, 1);
  const Bytes iv(16, 2);
  const Bytes tdes_ksn = FromHex("FFFF9876543210EFF800");
  const Bytes aes_ksn = FromHex("12345678901234560001FFFE");
  const auto bdk = [](bool tdes, VerbSet verbs) {
    return tdes ? PaymentKey(mechanisms::KeyType::kDes3, "D0000B0TX00N0000", 16, verbs)
                : PaymentKey(mechanisms::KeyType::kAes, "D0000B0AX00N0000", 32, verbs);
  };
  const auto mac = [&](ByteView ksn, std::optional<KeyType> type, DukptMacMethod method) {
    const DukptMac mechanism{{ksn, DukptDirection::kRequest, type}, method, 4};
    return AllocationsOfBoth(mechanism, *bdk(!type.has_value(), kBoth), data);
  };
  const auto cipher = [&](ByteView ksn, std::optional<KeyType> type, std::size_t iv_size) {
    const VerbSet verbs = {Verb::kEncrypt, Verb::kDecrypt};
    const KeyPtr key = bdk(!type.has_value(), verbs);
    const DukptData mechanism{
        {ksn, DukptDirection::kRequest, type}, false, ByteView(iv).first(iv_size)};
    return AllocationsOf(Verb::kEncrypt, mechanism, *key, data) +
           AllocationsOf(Verb::kDecrypt, mechanism, *key, data);
  };
  EXPECT_EQ(mac(tdes_ksn, {}, DukptMacMethod::kRetail), 0U);
  EXPECT_EQ(mac(tdes_ksn, {}, DukptMacMethod::kCmac), 0U);
  EXPECT_EQ(mac(aes_ksn, KeyType::kTdes2, DukptMacMethod::kRetail), 0U);
  EXPECT_EQ(mac(aes_ksn, KeyType::kTdes3, DukptMacMethod::kCmac), 0U);
  EXPECT_EQ(mac(aes_ksn, KeyType::kHmac256, DukptMacMethod::kHmacSha256), 0U);
  for (const KeyType type : {KeyType::kAes128, KeyType::kAes192, KeyType::kAes256}) {
    EXPECT_EQ(mac(aes_ksn, type, DukptMacMethod::kCmac), 0U);
    EXPECT_EQ(cipher(aes_ksn, type, 0), 0U);
    EXPECT_EQ(cipher(aes_ksn, type, 16), 0U);
  }
  for (const std::size_t iv_size : {0U, 8U}) {
    EXPECT_EQ(cipher(tdes_ksn, {}, iv_size), 0U);
    EXPECT_EQ(cipher(aes_ksn, KeyType::kTdes3, iv_size), 0U);
  }
}

TEST(Allocation, ScriptsAllocateNothing) {
  const Pan pan = Pan::Parse("4123456789012345").value();
  const Bytes command = FromHex("8418000008");
  const KeyPtr integrity = PaymentKey(KeyType::kDes3, "D0000E2TN00N0000", 16, kBoth);
  const KeyPtr confidentiality =
      PaymentKey(KeyType::kDes3, "D0000E1TN00N0000", 16, {Verb::kEncrypt},
                 {MechanismType::kEmvScriptEncryption});
  for (const auto method : {card::EmvScriptKeyMethod::kCommon, card::EmvScriptKeyMethod::kVisa}) {
    const EmvScript script{.pan = &pan, .key = method};
    EXPECT_EQ(AllocationsOfBoth(EmvScriptMac{.script = script}, *integrity, command), 0U);
    for (const auto padding : {card::EmvScriptPadding::kEmv, card::EmvScriptPadding::kVisa}) {
      EXPECT_EQ(AllocationsOf(Verb::kEncrypt, EmvScriptEncryption{script, padding},
                              *confidentiality, command),
                0U);
    }
  }
}

// From the terminal's transaction key to a zone key, and on to the PVV.
TEST(Allocation, PinsAllocateNothing) {
  using AesType = card::AesDukptKeyType;
  const Pan pan = Pan::Parse("4123456789012345").value();
  const Bytes tdes_ksn = FromHex("FFFF9876543210EFF800");
  const Bytes aes_ksn = FromHex("12345678901234560001FFFE");
  const KeyPtr tdes_zone =
      PaymentKey(KeyType::kDes3, "D0000P0TB00N0000", 16, {Verb::kEncrypt, Verb::kDecrypt});
  const KeyPtr aes_zone =
      PaymentKey(KeyType::kAes, "D0000P0AB00N0000", 16, {Verb::kEncrypt, Verb::kDecrypt});
  const KeyPtr pvk = PaymentKey(KeyType::kDes3, "D0000V2TC00N0000", 16, kBoth);
  for (const bool tdes : {true, false}) {
    const VerbSet verbs = {Verb::kEncrypt, Verb::kDecrypt};
    const KeyPtr bdk = tdes ? PaymentKey(KeyType::kDes3, "D0000B0TX00N0000", 16, verbs)
                            : PaymentKey(KeyType::kAes, "D0000B0AX00N0000", 32, verbs);
    const KeyPtr& zone_key = tdes ? tdes_zone : aes_zone;
    PinBlock zone;
    zone.profile.format = tdes ? card::PinBlockFormat::kFormat0 : card::PinBlockFormat::kFormat4;
    PinBlock terminal = zone;
    terminal.dukpt.emplace();
    terminal.dukpt->ksn = tdes ? tdes_ksn : aes_ksn;
    if (!tdes) terminal.dukpt->key_type = AesType::kAes128;

    // A PIN from the issuer is where the blocks come from.
    PinGeneration generation;
    generation.block = zone;
    generation.block_key = {.handle = {}, .key = zone_key.get()};
    generation.pan = &pan;
    Bytes made(64);
    const auto size = RunOnce(Verb::kSign, generation, *pvk, {}, made);
    ASSERT_TRUE(size.ok()) << size.error().message();
    const ByteView block = ByteView(made).first(*size - 4);
    const ByteView pvv = ByteView(made).subspan(*size - 4, 4);
    EXPECT_EQ(AllocationsOf(Verb::kSign, generation, *pvk, {}), 0U);

    PinTranslation to_terminal{zone, {.handle = {}, .key = zone_key.get()}, terminal, &pan};
    Bytes under_bdk(block.size());
    ASSERT_TRUE(RunOnce(Verb::kEncrypt, to_terminal, *bdk, block, under_bdk).ok());
    EXPECT_EQ(AllocationsOf(Verb::kEncrypt, to_terminal, *bdk, block), 0U);
    PinTranslation to_zone{terminal, {.handle = {}, .key = bdk.get()}, zone, &pan};
    EXPECT_EQ(AllocationsOf(Verb::kEncrypt, to_zone, *zone_key, under_bdk), 0U);

    PinVerification verification;
    verification.block = terminal;
    verification.block_key = {.handle = {}, .key = bdk.get()};
    verification.pan = &pan;
    EXPECT_EQ(AllocationsOf(Verb::kVerify, verification, *pvk, under_bdk, pvv), 0U);
    EXPECT_EQ(AllocationsOf(Verb::kSign, verification, *pvk, under_bdk), 0U);
  }
}

}  // namespace
}  // namespace florin::mechanisms
