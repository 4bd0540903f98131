// The payment mechanisms through the three forms: verbs, messages, batches. They agree bit for bit.
#include <cstring>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

class PaymentTest : public TokenTest {
 protected:
  void SetUp() override {
    TokenTest::SetUp();
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_DES2)
        .Bool(CKA_SIGN, true)
        .Bool(CKA_VERIFY, true)
        .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000E0TN00N0000")
        .Add(CKA_VALUE, *HexDecode("0123456789abcdeffedcba9876543210"));
    key_ = Create(list);
    CK_INTERFACE* found = nullptr;
    ASSERT_EQ(C_GetInterface(Text(FLORIN_INTERFACE_NAME), nullptr, &found, 0), CKR_OK);
    vendor_ = static_cast<FLORIN_FUNCTION_LIST_1_0*>(found->pFunctionList);
  }

  static CK_FLORIN_EMV_CARD Card(std::uint8_t atc) {
    CK_FLORIN_EMV_CARD card{};
    std::memcpy(card.pan, "4761739001010119", 16);
    card.panLength = 16;
    card.psn = 1;
    card.atc[1] = atc;
    card.masterKeyOption = CK_FLORIN_EMV_OPTION_A;
    card.sessionKeyMethod = CK_FLORIN_EMV_SESSION_KEY_CSK;
    return card;
  }
  static CK_FLORIN_EMV_CRYPTOGRAM_PARAMS Cryptogram(std::uint8_t atc) {
    CK_FLORIN_EMV_CRYPTOGRAM_PARAMS parameters{};
    parameters.ulVersion = CK_FLORIN_VERSION_1;
    parameters.card = Card(atc);
    parameters.padding = CK_FLORIN_PADDING_METHOD_2;
    return parameters;
  }
  static CK_FLORIN_EMV_ARPC_PARAMS Arpc(std::uint8_t atc) {
    CK_FLORIN_EMV_ARPC_PARAMS parameters{};
    parameters.ulVersion = CK_FLORIN_VERSION_1;
    parameters.card = Card(atc);
    parameters.method = 1;
    parameters.arpcKey = CK_FLORIN_EMV_ARPC_SESSION_KEY;
    parameters.arc[0] = '0';
    parameters.arc[1] = '0';
    return parameters;
  }
  CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS VerifiedArpc(std::uint8_t atc) {
    CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS parameters{};
    parameters.arpc = Arpc(atc);
    parameters.padding = CK_FLORIN_PADDING_METHOD_2;
    std::memcpy(parameters.arqc, Arqc(atc).data(), sizeof(parameters.arqc));
    return parameters;
  }
  Bytes Arqc(std::uint8_t atc) {
    auto parameters = Cryptogram(atc);
    Bytes result;
    EXPECT_EQ(
        Sign({CKM_FLORIN_EMV_CRYPTOGRAM, &parameters, sizeof(parameters)}, key_, data_, result),
        CKR_OK);
    return result;
  }

  Bytes data_ = Bytes(29, 0x42);
  CK_OBJECT_HANDLE key_ = 0;
  FLORIN_FUNCTION_LIST_1_0* vendor_ = nullptr;
};

TEST_F(PaymentTest, VerbsMessagesAndBatchesAgree) {
  CK_MECHANISM init{CKM_FLORIN_EMV_CRYPTOGRAM, nullptr, 0};
  ASSERT_EQ(C_MessageSignInit(session_, &init, key_), CKR_OK);
  std::vector<CK_FLORIN_EMV_CRYPTOGRAM_PARAMS> parameters;
  std::vector<Bytes> singles;
  for (std::uint8_t atc = 1; atc <= 70; ++atc) parameters.push_back(Cryptogram(atc));
  const CK_SESSION_HANDLE messages = session_;
  session_ = Open();
  for (std::uint8_t atc = 1; atc <= 70; ++atc) singles.push_back(Arqc(atc));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Bytes result(8);
    CK_ULONG length = 8;
    ASSERT_EQ(C_SignMessage(messages, &parameters[i], sizeof(parameters[i]), data_.data(),
                            data_.size(), result.data(), &length),
              CKR_OK);
    EXPECT_EQ(result, singles[i]) << i;
  }
  std::vector<CK_FLORIN_BATCH_ITEM> items(parameters.size());
  std::vector<Bytes> outputs(parameters.size(), Bytes(8));
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i] = {
        &parameters[i], sizeof(parameters[i]), data_.data(), data_.size(), outputs[i].data(), 8, 0};
  }
  parameters[5].card.panLength = 99;
  items[6].pOutput = nullptr;
  items[7].ulOutputLen = 3;
  CK_MECHANISM mechanism{CKM_FLORIN_EMV_CRYPTOGRAM, &parameters[0], sizeof(parameters[0])};
  ASSERT_EQ(vendor_->C_FlorinProcessBatch(session_, CKF_SIGN, &mechanism, key_, items.data(),
                                          items.size()),
            CKR_OK);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i >= 5 && i <= 7) continue;
    EXPECT_EQ(items[i].rv, CKR_OK) << i;
    EXPECT_EQ(outputs[i], singles[i]) << i;
  }
  EXPECT_EQ(items[5].rv, CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(items[6].rv, CKR_ARGUMENTS_BAD);
  EXPECT_EQ(items[7].rv, CKR_BUFFER_TOO_SMALL);
}

TEST_F(PaymentTest, OnlyRightArqcsAreAnswered) {
  constexpr std::uint8_t kCount = 3;
  std::vector<CK_FLORIN_EMV_VERIFIED_ARPC_PARAMS> parameters;
  for (std::uint8_t atc = 1; atc <= kCount; ++atc) parameters.push_back(VerifiedArpc(atc));
  parameters[1].arqc[0] ^= 1;
  parameters[2].arpc.card.atc[1] = 9;
  std::vector<CK_FLORIN_BATCH_ITEM> items(kCount);
  std::vector<Bytes> answers(kCount, Bytes(8));
  for (std::size_t i = 0; i < kCount; ++i) {
    items[i] = {
        &parameters[i], sizeof(parameters[i]), data_.data(), data_.size(), answers[i].data(), 8, 0};
  }
  CK_MECHANISM mechanism{CKM_FLORIN_EMV_VERIFIED_ARPC, &parameters[0], sizeof(parameters[0])};
  ASSERT_EQ(vendor_->C_FlorinProcessBatch(session_, CKF_SIGN, &mechanism, key_, items.data(),
                                          items.size()),
            CKR_OK);
  auto unverified = Arpc(1);
  Bytes arpc;
  ASSERT_EQ(Sign({CKM_FLORIN_EMV_ARPC, &unverified, sizeof(unverified)}, key_,
                 ByteView(parameters[0].arqc), arpc),
            CKR_OK);
  EXPECT_EQ(items[0].rv, CKR_OK);
  EXPECT_EQ(answers[0], arpc);
  for (const std::size_t wrong : {1U, 2U}) {
    EXPECT_EQ(items[wrong].rv, CKR_SIGNATURE_INVALID);
    EXPECT_EQ(items[wrong].ulOutputLen, 0U);
    EXPECT_EQ(answers[wrong], Bytes(8)) << "no answer, and no part of one";
  }
  ASSERT_EQ(Sign(mechanism, key_, data_, arpc), CKR_OK);
  EXPECT_EQ(arpc, answers[0]);
  mechanism.pParameter = &parameters[1];
  EXPECT_EQ(Sign(mechanism, key_, data_, arpc), CKR_SIGNATURE_INVALID);
}

TEST_F(PaymentTest, MessagesAnswerArqcs) {
  auto right = VerifiedArpc(1);
  auto wrong = VerifiedArpc(2);
  wrong.arqc[7] ^= 0x80;
  CK_MECHANISM mechanism{CKM_FLORIN_EMV_VERIFIED_ARPC, &right, sizeof(right)};
  Bytes single;
  ASSERT_EQ(Sign(mechanism, key_, data_, single), CKR_OK);
  mechanism = {CKM_FLORIN_EMV_VERIFIED_ARPC, nullptr, 0};
  ASSERT_EQ(C_MessageSignInit(session_, &mechanism, key_), CKR_OK);
  Bytes answer(8);
  CK_ULONG length = 8;
  EXPECT_EQ(C_SignMessage(session_, &wrong, sizeof(wrong), data_.data(), data_.size(),
                          answer.data(), &length),
            CKR_SIGNATURE_INVALID);
  length = 8;
  ASSERT_EQ(C_SignMessage(session_, &right, sizeof(right), data_.data(), data_.size(),
                          answer.data(), &length),
            CKR_OK);
  EXPECT_EQ(answer, single);
}

TEST_F(PaymentTest, AHeaderKeyDoesNothingElse) {
  CK_MECHANISM mechanism{CKM_DES3_ECB, nullptr, 0};
  EXPECT_EQ(C_EncryptInit(session_, &mechanism, key_), CKR_KEY_FUNCTION_NOT_PERMITTED);
  AttributeList change;
  change.Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000D0TB00N0000");
  EXPECT_EQ(C_SetAttributeValue(session_, key_, change.data(), 1), CKR_ATTRIBUTE_READ_ONLY);
  CK_MECHANISM bad{CKM_AES_ECB, nullptr, 0};
  CK_FLORIN_BATCH_ITEM item{};
  EXPECT_NE(vendor_->C_FlorinProcessBatch(session_, CKF_ENCRYPT, &bad, key_, &item, 1), CKR_OK);
  EXPECT_EQ(vendor_->C_FlorinProcessBatch(session_, 0, &bad, key_, &item, 1), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(vendor_->C_FlorinProcessBatch(session_, CKF_SIGN, nullptr, key_, nullptr, 5),
            CKR_ARGUMENTS_BAD);
}

// The profiles of a key are read, never changed, and narrowed by copies only.
TEST_F(PaymentTest, ProfilesOnlyNarrow) {
  CK_FLORIN_EMV_PROFILES profiles{};
  profiles.version = 1;
  profiles.scheme = CK_FLORIN_EMV_VISA;
  profiles.cvns[0x0A / 8] = 1 << 2;
  profiles.cvns[0x12 / 8] = 1 << 2;
  profiles.dkis[0] = 2;
  const auto bytes = [](const CK_FLORIN_EMV_PROFILES& value) {
    const auto* first = reinterpret_cast<const std::uint8_t*>(&value);
    return Bytes(first, first + sizeof(value));
  };
  const auto copy = [&](CK_OBJECT_HANDLE from, const Bytes& value, CK_OBJECT_HANDLE& to) {
    AttributeList change;
    change.Add(CKA_FLORIN_EMV_PROFILES, value);
    return C_CopyObject(session_, from, change.data(), 1, &to);
  };
  CK_OBJECT_HANDLE bound = 0;
  ASSERT_EQ(copy(key_, bytes(profiles), bound), CKR_OK);
  Bytes read(sizeof(profiles));
  CK_ATTRIBUTE attribute{CKA_FLORIN_EMV_PROFILES, read.data(), read.size()};
  ASSERT_EQ(C_GetAttributeValue(session_, bound, &attribute, 1), CKR_OK);
  EXPECT_EQ(read, bytes(profiles));

  CK_OBJECT_HANDLE other = 0;
  auto changed = profiles;
  changed.cvns[0x0A / 8] = 0;
  EXPECT_EQ(copy(bound, bytes(changed), other), CKR_OK);
  changed = profiles;
  changed.dkis[0] = 6;
  EXPECT_NE(copy(bound, bytes(changed), other), CKR_OK);
  EXPECT_NE(copy(bound, Bytes(), other), CKR_OK);
  EXPECT_NE(copy(bound, Bytes(87), other), CKR_OK);
  AttributeList change;
  change.Add(CKA_FLORIN_EMV_PROFILES, bytes(profiles));
  EXPECT_EQ(C_SetAttributeValue(session_, key_, change.data(), 1), CKR_ATTRIBUTE_READ_ONLY);

  auto parameters = Cryptogram(1);
  CK_MECHANISM raw{CKM_FLORIN_EMV_CRYPTOGRAM, &parameters, sizeof(parameters)};
  EXPECT_EQ(C_SignInit(session_, &raw, bound), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

}  // namespace
}  // namespace florin::hsm_sim
