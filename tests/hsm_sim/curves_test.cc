// Curves through the C interface: how their parameters are named, what the token states of them,
// what is kept, and derivations from two keys.
#include <gtest/gtest.h>

#include "crypto/base/curve_table.h"
#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

struct Row {
  Curve curve;
  CK_KEY_TYPE type;
  CK_MECHANISM_TYPE generation;
  CK_ATTRIBUTE_TYPE role;
};
constexpr Row kRows[] = {
    {Curve::kP521, CKK_EC, CKM_EC_KEY_PAIR_GEN, CKA_SIGN},
    {Curve::kX25519, CKK_EC_MONTGOMERY, CKM_EC_MONTGOMERY_KEY_PAIR_GEN, CKA_DERIVE},
    {Curve::kEd25519, CKK_EC_EDWARDS, CKM_EC_EDWARDS_KEY_PAIR_GEN, CKA_SIGN},
};

Bytes Oid(Curve curve) {
  const ByteView oid = InfoOf(curve).oid;
  return {oid.begin(), oid.end()};
}

// The name in a PrintableString (PKCS#11 3.0 6.3).
Bytes CurveName(Curve curve) {
  const std::string_view name = InfoOf(curve).curve_name;
  Bytes der = {0x13, static_cast<std::uint8_t>(name.size())};
  der.insert(der.end(), name.begin(), name.end());
  return der;
}

class CurvesTest : public TokenTest {
 protected:
  CK_RV TryPair(CK_MECHANISM_TYPE type, AttributeList public_list, AttributeList private_list) {
    CK_MECHANISM mechanism{type, nullptr, 0};
    return C_GenerateKeyPair(session_, &mechanism, public_list.data(), public_list.size(),
                             private_list.data(), private_list.size(), &public_key_, &private_key_);
  }

  CK_RV Verify(CK_MECHANISM mechanism, CK_OBJECT_HANDLE key, ByteView data, ByteView signature) {
    const CK_RV rv = C_VerifyInit(session_, &mechanism, key);
    if (rv != CKR_OK) return rv;
    return C_Verify(session_, const_cast<CK_BYTE*>(data.data()), data.size(),
                    const_cast<CK_BYTE*>(signature.data()), signature.size());
  }

  CK_OBJECT_HANDLE Secret(Bytes value) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .Bool(CKA_DERIVE, true)
        .Add(CKA_VALUE, std::move(value));
    return Create(list);
  }

  // A 48-byte generic secret that the token shows.
  CK_RV Derive(CK_MECHANISM mechanism, CK_OBJECT_HANDLE base, CK_ULONG length, bool sensitive,
               CK_OBJECT_HANDLE* derived) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_GENERIC_SECRET)
        .Ulong(CKA_VALUE_LEN, length)
        .Bool(CKA_SENSITIVE, sensitive);
    return C_DeriveKey(session_, &mechanism, base, list.data(), list.size(), derived);
  }

  CK_OBJECT_HANDLE public_key_ = 0;
  CK_OBJECT_HANDLE private_key_ = 0;
};

TEST_F(CurvesTest, PairsAreMadeByEitherNameAndStateTheirParameters) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(InfoOf(row.curve).name);
    for (const Bytes& params : {Oid(row.curve), CurveName(row.curve)}) {
      ASSERT_EQ(TryPair(row.generation, AttributeList().Add(CKA_EC_PARAMS, params),
                        AttributeList().Bool(row.role, true)),
                CKR_OK);
      for (const CK_OBJECT_HANDLE key : {public_key_, private_key_}) {
        Bytes value;
        ASSERT_EQ(GetBytes(key, CKA_EC_PARAMS, value), CKR_OK);
        EXPECT_EQ(value, Oid(row.curve));
        ASSERT_EQ(GetBytes(key, CKA_KEY_TYPE, value), CKR_OK);
        EXPECT_EQ(value[0], row.type);
        ASSERT_EQ(GetBytes(key, CKA_EC_POINT, value), CKR_OK);
        // DER around a point of P-521, nothing around the others.
        const std::size_t header = row.type == CKK_EC ? 3 : 0;
        ASSERT_EQ(value.size(), header + InfoOf(row.curve).public_size);
        Bytes info;
        ASSERT_EQ(GetBytes(key, CKA_PUBLIC_KEY_INFO, info), CKR_OK);
        EXPECT_TRUE(SameBytes(ByteView(info).last(InfoOf(row.curve).public_size),
                              ByteView(value).subspan(header)));
      }
    }
  }
}

TEST_F(CurvesTest, ParametersOfAnotherKeyTypeAreRefused) {
  for (const Row& row : kRows) {
    for (const Row& other : kRows) {
      if (row.type == other.type) continue;
      EXPECT_EQ(TryPair(row.generation, AttributeList().Add(CKA_EC_PARAMS, Oid(other.curve)),
                        AttributeList().Bool(other.role, true)),
                CKR_TEMPLATE_INCONSISTENT);
    }
    EXPECT_EQ(TryPair(row.generation, {}, AttributeList().Bool(row.role, true)),
              CKR_TEMPLATE_INCOMPLETE);
  }
  // X25519 signs nothing, Ed25519 agrees on nothing.
  EXPECT_EQ(TryPair(CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
                    AttributeList().Add(CKA_EC_PARAMS, Oid(Curve::kX25519)),
                    AttributeList().Bool(CKA_SIGN, true)),
            CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(
      TryPair(CKM_EC_EDWARDS_KEY_PAIR_GEN, AttributeList().Add(CKA_EC_PARAMS, Oid(Curve::kEd25519)),
              AttributeList().Bool(CKA_DERIVE, true)),
      CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(TryPair(CKM_EC_KEY_PAIR_GEN, AttributeList().Add(CKA_EC_PARAMS, {0x13, 1, 'x'}), {}),
            CKR_CURVE_NOT_SUPPORTED);
}

TEST_F(CurvesTest, KeysOutliveARestart) {
  const Bytes message = {1, 2, 3};
  Bytes signature;
  ASSERT_EQ(
      TryPair(
          CKM_EC_EDWARDS_KEY_PAIR_GEN,
          AttributeList()
              .Add(CKA_EC_PARAMS, CurveName(Curve::kEd25519))
              .Bool(CKA_TOKEN, true)
              .Bool(CKA_VERIFY, true)
              .Text(CKA_LABEL, "edwards"),
          AttributeList().Bool(CKA_SIGN, true).Bool(CKA_TOKEN, true).Text(CKA_LABEL, "edwards")),
      CKR_OK);
  ASSERT_EQ(Sign({CKM_EDDSA, nullptr, 0}, private_key_, message, signature), CKR_OK);
  Restart();
  Reopen();
  const auto find = [this](CK_OBJECT_CLASS object_class) {
    return Find(AttributeList().Ulong(CKA_CLASS, object_class).Text(CKA_LABEL, "edwards")).at(0);
  };
  Bytes again;
  ASSERT_EQ(Sign({CKM_EDDSA, nullptr, 0}, find(CKO_PRIVATE_KEY), message, again), CKR_OK);
  EXPECT_EQ(again, signature) << "EdDSA is deterministic";
  EXPECT_EQ(Verify({CKM_EDDSA, nullptr, 0}, find(CKO_PUBLIC_KEY), message, signature), CKR_OK);
  signature[0] ^= 1;
  EXPECT_EQ(Verify({CKM_EDDSA, nullptr, 0}, find(CKO_PUBLIC_KEY), message, signature),
            CKR_SIGNATURE_INVALID);
  std::uint8_t parameter = 0;
  EXPECT_EQ(Sign({CKM_EDDSA, &parameter, 1}, find(CKO_PRIVATE_KEY), message, signature),
            CKR_MECHANISM_PARAM_INVALID);
}

TEST_F(CurvesTest, MechanismsStateTheSizesOfTheirCurves) {
  const struct {
    CK_MECHANISM_TYPE type;
    CK_ULONG min, max;
  } rows[] = {{CKM_ECDSA_SHA512, 256, 521},
              {CKM_ECDH1_DERIVE, 256, 521},
              {CKM_EC_KEY_PAIR_GEN, 256, 521},
              {CKM_EDDSA, 255, 255},
              {CKM_EC_EDWARDS_KEY_PAIR_GEN, 255, 255},
              {CKM_EC_MONTGOMERY_KEY_PAIR_GEN, 255, 255},
              {CKM_CHACHA20_POLY1305, 32, 32}};
  for (const auto& row : rows) {
    CK_MECHANISM_INFO info{};
    ASSERT_EQ(C_GetMechanismInfo(0, row.type, &info), CKR_OK) << row.type;
    EXPECT_EQ(info.ulMinKeySize, row.min) << row.type;
    EXPECT_EQ(info.ulMaxKeySize, row.max) << row.type;
  }
}

// A derived key is as secret as the less public of the two it came from.
TEST_F(CurvesTest, ASecondKeyGoesIntoADerivation) {
  const CK_OBJECT_HANDLE first = Secret(Bytes(16, 1));
  CK_OBJECT_HANDLE second = Secret(Bytes(32, 2));
  CK_OBJECT_HANDLE both = 0;
  CK_MECHANISM concatenate{CKM_CONCATENATE_BASE_AND_KEY, &second, sizeof(second)};
  ASSERT_EQ(Derive(concatenate, first, 48, true, &both), CKR_OK);
  EXPECT_FALSE(GetBool(both, CKA_ALWAYS_SENSITIVE)) << "both came from outside";
  EXPECT_NE(Derive(concatenate, first, 48, false, &both), CKR_OK) << "the two are sensitive";
  AttributeList born;
  born.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_DERIVE, true);
  const CK_OBJECT_HANDLE inside = Generate(CKM_GENERIC_SECRET_KEY_GEN, born);
  ASSERT_EQ(Derive(concatenate, inside, 64, true, &both), CKR_OK);
  EXPECT_FALSE(GetBool(both, CKA_ALWAYS_SENSITIVE)) << "the second came from outside";
  EXPECT_FALSE(GetBool(both, CKA_NEVER_EXTRACTABLE));
  second = Generate(CKM_GENERIC_SECRET_KEY_GEN, born);
  ASSERT_EQ(Derive(concatenate, inside, 64, true, &both), CKR_OK);
  EXPECT_TRUE(GetBool(both, CKA_ALWAYS_SENSITIVE));
  EXPECT_TRUE(GetBool(both, CKA_NEVER_EXTRACTABLE));
  second = 12345;
  EXPECT_EQ(Derive(concatenate, inside, 64, true, &both), CKR_KEY_HANDLE_INVALID);
  second = HmacKey();
  EXPECT_NE(Derive(concatenate, inside, 64, true, &both), CKR_OK) << "a key that does not derive";
  second = CK_INVALID_HANDLE;
  EXPECT_EQ(Derive(concatenate, inside, 64, true, &both), CKR_MECHANISM_PARAM_INVALID);
}

}  // namespace
}  // namespace florin::hsm_sim
