// PINs through the C interface: attributes of their keys, other keys by handle, what is answered.
#include <cstring>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

constexpr char kPek[] = "0123456789abcdef1122334455667788";
constexpr char kPvk[] = "0123456789abcdeffedcba9876543210";

class PinTest : public TokenTest {
 protected:
  static AttributeList Key(const char* header, const char* hex) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_DES2)
        .Text(CKA_FLORIN_KEY_BLOCK_HEADER, header)
        .Add(CKA_VALUE, *HexDecode(hex));
    return list;
  }
  CK_OBJECT_HANDLE Source() {
    AttributeList list = Key("D0000P0TD00N0000", kPek);
    return Create(list.Bool(CKA_DECRYPT, true));
  }
  CK_OBJECT_HANDLE Target() {
    AttributeList list = Key("D0000P0TE00N0000", kPvk);
    return Create(list.Bool(CKA_ENCRYPT, true));
  }

  static CK_FLORIN_PIN_BLOCK Format0() {
    CK_FLORIN_PIN_BLOCK block{};
    block.minDigits = 4;
    block.maxDigits = 12;
    return block;
  }
  static CK_FLORIN_PIN_TRANSLATION_PARAMS Translation(CK_OBJECT_HANDLE from) {
    CK_FLORIN_PIN_TRANSLATION_PARAMS parameters{};
    parameters.ulVersion = CK_FLORIN_VERSION_1;
    parameters.hFromKey = from;
    parameters.from = Format0();
    parameters.to = Format0();
    std::memcpy(parameters.pan, "4761739001010119", 16);
    parameters.panLength = 16;
    return parameters;
  }

  // A PIN of the token's own making, under the key that PINs come by.
  Bytes Block() {
    AttributeList both = Key("D0000P0TB00N0000", kPek);
    const CK_OBJECT_HANDLE key = Create(both.Bool(CKA_ENCRYPT, true).Bool(CKA_DECRYPT, true));
    AttributeList pvk = Key("D0000V2TC00N0000", kPvk);
    CK_FLORIN_PIN_GENERATION_PARAMS parameters{};
    parameters.verification.ulVersion = CK_FLORIN_VERSION_1;
    parameters.verification.hBlockKey = key;
    parameters.verification.block = Format0();
    parameters.verification.reference.kind = CK_FLORIN_PIN_VISA_PVV;
    std::memcpy(parameters.verification.pan, "4761739001010119", 16);
    parameters.verification.panLength = 16;
    parameters.pinDigits = 4;
    Bytes result;
    EXPECT_EQ(Sign({CKM_FLORIN_PIN_GENERATION, &parameters, sizeof(parameters)},
                   Create(pvk.Bool(CKA_SIGN, true)), {}, result),
              CKR_OK);
    result.resize(8);
    return result;
  }

  CK_RV Translate(CK_FLORIN_PIN_TRANSLATION_PARAMS& parameters, CK_OBJECT_HANDLE to, Bytes block) {
    CK_MECHANISM mechanism{CKM_FLORIN_PIN_TRANSLATION, &parameters, sizeof(parameters)};
    if (const CK_RV rv = C_EncryptInit(session_, &mechanism, to); rv != CKR_OK) return rv;
    Bytes out(16);
    CK_ULONG length = out.size();
    return C_Encrypt(session_, block.data(), block.size(), out.data(), &length);
  }
};

TEST_F(PinTest, AnswersOfATranslation) {
  const CK_OBJECT_HANDLE from = Source();
  const CK_OBJECT_HANDLE to = Target();
  const Bytes block = Block();
  auto parameters = Translation(from);
  EXPECT_EQ(Translate(parameters, to, block), CKR_OK);
  Bytes wrong = block;
  wrong[3] ^= 1;
  EXPECT_EQ(Translate(parameters, to, wrong), CKR_ENCRYPTED_DATA_INVALID);
  wrong.pop_back();
  EXPECT_EQ(Translate(parameters, to, wrong), CKR_ENCRYPTED_DATA_INVALID);
  EXPECT_EQ(Translate(parameters, from, block), CKR_KEY_FUNCTION_NOT_PERMITTED);
  parameters.hFromKey = to;
  EXPECT_EQ(Translate(parameters, to, block), CKR_KEY_FUNCTION_NOT_PERMITTED);
  parameters.hFromKey = 0;
  EXPECT_EQ(Translate(parameters, to, block), CKR_MECHANISM_PARAM_INVALID);
  parameters.hFromKey = 0x7FFFFFFF;
  EXPECT_EQ(Translate(parameters, to, block), CKR_KEY_HANDLE_INVALID);
  ASSERT_EQ(C_DestroyObject(session_, from), CKR_OK);
  parameters.hFromKey = from;
  EXPECT_EQ(Translate(parameters, to, block), CKR_KEY_HANDLE_INVALID);
}

TEST_F(PinTest, TheOtherKeyHasALifeAndAllowedMechanismsToo) {
  const CK_OBJECT_HANDLE from = Source();
  const CK_OBJECT_HANDLE to = Target();
  const Bytes block = Block();
  auto parameters = Translation(from);
  AttributeList suspend;
  suspend.Ulong(CKA_FLORIN_KEY_STATE, CK_FLORIN_KEY_STATE_SUSPENDED);
  ASSERT_EQ(C_SetAttributeValue(session_, from, suspend.data(), 1), CKR_OK);
  EXPECT_EQ(Translate(parameters, to, block), CKR_KEY_FUNCTION_NOT_PERMITTED);
  AttributeList narrow = Key("D0000P0TD00N0000", kPek);
  narrow.Bool(CKA_DECRYPT, true).Ulong(CKA_ALLOWED_MECHANISMS, CKM_FLORIN_PIN_VERIFICATION);
  parameters.hFromKey = Create(narrow);
  EXPECT_EQ(Translate(parameters, to, block), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(PinTest, MarksAndTablesStayWithTheirKeys) {
  AttributeList zone = Key("D0000P0TE00N0000", kPek);
  const CK_OBJECT_HANDLE key =
      Create(zone.Bool(CKA_ENCRYPT, true).Ulong(CKA_FLORIN_PIN_KEY_MARKS, CK_FLORIN_PIN_ZONE_KEY));
  const auto copy = [&](CK_OBJECT_HANDLE from, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    AttributeList change;
    change.Ulong(type, value);
    CK_OBJECT_HANDLE made = 0;
    return C_CopyObject(session_, from, change.data(), 1, &made);
  };
  const auto set = [&](CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
    AttributeList change;
    change.Ulong(type, value);
    return C_SetAttributeValue(session_, object, change.data(), 1);
  };
  EXPECT_EQ(copy(key, CKA_FLORIN_PIN_KEY_MARKS, 0), CKR_OK);
  EXPECT_EQ(copy(key, CKA_FLORIN_PIN_KEY_MARKS, 3), CKR_OK);
  EXPECT_NE(copy(key, CKA_FLORIN_PIN_KEY_MARKS, 4), CKR_OK);
  EXPECT_NE(copy(Target(), CKA_FLORIN_PIN_KEY_MARKS, 1), CKR_OK);
  EXPECT_EQ(set(key, CKA_FLORIN_PIN_KEY_MARKS, 3), CKR_ATTRIBUTE_READ_ONLY);

  AttributeList pvk = Key("D0000V1TV00N0000", kPvk);
  const CK_OBJECT_HANDLE verifier =
      Create(pvk.Bool(CKA_VERIFY, true).Text(CKA_FLORIN_DECIMALISATION_TABLE, "1234567890123456"));
  AttributeList other;
  other.Text(CKA_FLORIN_DECIMALISATION_TABLE, "6543210987654321");
  CK_OBJECT_HANDLE made = 0;
  EXPECT_NE(C_CopyObject(session_, verifier, other.data(), 1, &made), CKR_OK);
  EXPECT_EQ(C_SetAttributeValue(session_, verifier, other.data(), 1), CKR_ATTRIBUTE_READ_ONLY);
  Bytes read(16);
  CK_ATTRIBUTE attribute{CKA_FLORIN_DECIMALISATION_TABLE, read.data(), read.size()};
  ASSERT_EQ(C_GetAttributeValue(session_, verifier, &attribute, 1), CKR_OK);
  EXPECT_EQ(AsText(read), "1234567890123456");
  for (const char* table : {"0000000000000001", "123456789012345", "12345678901234a6"}) {
    AttributeList bad = Key("D0000V1TV00N0000", kPvk);
    bad.Bool(CKA_VERIFY, true).Text(CKA_FLORIN_DECIMALISATION_TABLE, table);
    EXPECT_NE(C_CreateObject(session_, bad.data(), bad.size(), &made), CKR_OK) << table;
  }
}

}  // namespace
}  // namespace florin::hsm_sim
