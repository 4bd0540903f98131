// Key blocks and agreed keys in the C interface: what the template may leave out, what contradicts,
// and what an ordinary token refuses to keys that somebody outside may know.
#include <algorithm>

#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

class KeyBlockTest : public TokenTest {
 protected:
  // Born in the token, so that it may carry keys.
  CK_OBJECT_HANDLE Kbpk(CK_ULONG policy = 0, bool token = false, CK_ULONG length = 32) {
    AttributeList list;
    list.Ulong(CKA_VALUE_LEN, length)
        .Bool(CKA_WRAP, true)
        .Bool(CKA_UNWRAP, true)
        .Bool(CKA_TOKEN, token)
        .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K1AB00N0000");
    if (policy != 0) list.Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, policy);
    return Generate(CKM_AES_KEY_GEN, list);
  }

  CK_OBJECT_HANDLE Target(CK_MECHANISM_TYPE generation, std::string_view header,
                          std::initializer_list<CK_ATTRIBUTE_TYPE> roles) {
    AttributeList list;
    list.Bool(CKA_EXTRACTABLE, true).Text(CKA_FLORIN_KEY_BLOCK_HEADER, header);
    if (generation == CKM_AES_KEY_GEN) list.Ulong(CKA_VALUE_LEN, 16);
    for (const CK_ATTRIBUTE_TYPE role : roles) list.Bool(role, true);
    return Generate(generation, list);
  }

  CK_RV Wrap(CK_OBJECT_HANDLE kbpk, CK_OBJECT_HANDLE target, Bytes& block) {
    CK_FLORIN_KEY_BLOCK_PARAMS params = {};
    params.ulVersion = CK_FLORIN_VERSION_1;
    params.version = 'D';
    CK_MECHANISM mechanism{CKM_FLORIN_KEY_BLOCK, &params, sizeof(params)};
    CK_ULONG length = 0;
    CK_RV rv = C_WrapKey(session_, &mechanism, kbpk, target, nullptr, &length);
    if (rv != CKR_OK) return rv;
    block.assign(length, 0);
    rv = C_WrapKey(session_, &mechanism, kbpk, target, block.data(), &length);
    EXPECT_EQ(length, block.size());
    return rv;
  }

  CK_RV Unwrap(CK_OBJECT_HANDLE kbpk, Bytes block, AttributeList list, CK_OBJECT_HANDLE& key) {
    CK_FLORIN_KEY_BLOCK_PARAMS params = {};
    params.ulVersion = CK_FLORIN_VERSION_1;
    CK_MECHANISM mechanism{CKM_FLORIN_KEY_BLOCK, &params, sizeof(params)};
    return C_UnwrapKey(session_, &mechanism, kbpk, block.data(), block.size(), list.data(),
                       list.size(), &key);
  }
  CK_RV TryUnwrap(CK_OBJECT_HANDLE kbpk, const Bytes& block, const AttributeList& list) {
    CK_OBJECT_HANDLE key = 0;
    return Unwrap(kbpk, block, list, key);
  }

  CK_ULONG GetUlong(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) {
    Bytes value;
    CK_ULONG number = CK_UNAVAILABLE_INFORMATION;
    if (GetBytes(object, type, value) == CKR_OK && value.size() == sizeof(number)) {
      std::copy(value.begin(), value.end(), reinterpret_cast<std::uint8_t*>(&number));
    }
    return number;
  }
};

TEST_F(KeyBlockTest, TheBlockSaysWhatTheTemplateLeavesOut) {
  const CK_OBJECT_HANDLE kbpk = Kbpk();
  const struct {
    CK_OBJECT_HANDLE key;
    CK_ULONG object_class, key_type;
    const char* header;
  } kCases[] = {
      {Target(CKM_AES_KEY_GEN, "D0000D0AB00E0000", {CKA_ENCRYPT}), CKO_SECRET_KEY, CKK_AES,
       "D0000D0AB00E0000"},
      {Target(CKM_DES2_KEY_GEN, "B0000M3TC12S0000", {CKA_SIGN}), CKO_SECRET_KEY, CKK_DES2,
       "D0000M3TC12S0000"},
      {Target(CKM_DES3_KEY_GEN, "B0000D0TB00E0000", {CKA_ENCRYPT}), CKO_SECRET_KEY, CKK_DES3,
       "D0000D0TB00E0000"},
  };
  for (const auto& one : kCases) {
    Bytes block;
    ASSERT_EQ(Wrap(kbpk, one.key, block), CKR_OK) << one.header;
    CK_OBJECT_HANDLE key = 0;
    ASSERT_EQ(Unwrap(kbpk, block, AttributeList(), key), CKR_OK) << one.header;
    EXPECT_EQ(GetUlong(key, CKA_CLASS), one.object_class);
    EXPECT_EQ(GetUlong(key, CKA_KEY_TYPE), one.key_type);
    Bytes header;
    ASSERT_EQ(GetBytes(key, CKA_FLORIN_KEY_BLOCK_HEADER, header), CKR_OK);
    EXPECT_EQ(AsText(header), one.header);
    EXPECT_TRUE(GetBool(key, CKA_SENSITIVE));
    EXPECT_FALSE(GetBool(key, CKA_EXTRACTABLE));
    EXPECT_FALSE(GetBool(key, CKA_LOCAL));
    EXPECT_FALSE(GetBool(key, CKA_NEVER_EXTRACTABLE));
    Bytes check;
    Bytes expected;
    ASSERT_EQ(GetBytes(key, CKA_CHECK_VALUE, check), CKR_OK);
    ASSERT_EQ(GetBytes(one.key, CKA_CHECK_VALUE, expected), CKR_OK);
    EXPECT_EQ(check, expected);
    // Stated, all of it is right as well.
    AttributeList whole;
    whole.Ulong(CKA_CLASS, one.object_class)
        .Ulong(CKA_KEY_TYPE, one.key_type)
        .Text(CKA_FLORIN_KEY_BLOCK_HEADER, one.header);
    EXPECT_EQ(TryUnwrap(kbpk, block, whole), CKR_OK);
  }
}

TEST_F(KeyBlockTest, EcPrivateKeysBringTheirCurve) {
  const CK_OBJECT_HANDLE kbpk = Kbpk();
  AttributeList public_list;
  public_list.Add(CKA_EC_PARAMS, {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22}).Bool(CKA_VERIFY, true);
  AttributeList private_list;
  private_list.Bool(CKA_SIGN, true)
      .Bool(CKA_EXTRACTABLE, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000S0ES00E0000");
  CK_MECHANISM generation{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  ASSERT_EQ(C_GenerateKeyPair(session_, &generation, public_list.data(), public_list.size(),
                              private_list.data(), private_list.size(), &public_key, &private_key),
            CKR_OK);
  Bytes block;
  ASSERT_EQ(Wrap(kbpk, private_key, block), CKR_OK);
  AttributeList signs;
  signs.Bool(CKA_SIGN, true);
  CK_OBJECT_HANDLE back = 0;
  ASSERT_EQ(Unwrap(kbpk, block, signs, back), CKR_OK);
  EXPECT_EQ(GetUlong(back, CKA_CLASS), CKO_PRIVATE_KEY);
  Bytes point;
  Bytes expected;
  ASSERT_EQ(GetBytes(back, CKA_EC_POINT, point), CKR_OK);
  ASSERT_EQ(GetBytes(public_key, CKA_EC_POINT, expected), CKR_OK);
  EXPECT_EQ(point, expected);
  Bytes signature;
  EXPECT_EQ(Sign({CKM_ECDSA, nullptr, 0}, back, Bytes(48, 5), signature), CKR_OK);
  EXPECT_EQ(signature.size(), 96U);
  AttributeList other;
  other.Add(CKA_EC_PARAMS, kP256Params);
  EXPECT_EQ(TryUnwrap(kbpk, block, other), CKR_TEMPLATE_INCONSISTENT);
  AttributeList same;
  same.Add(CKA_EC_PARAMS, {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22});
  EXPECT_EQ(TryUnwrap(kbpk, block, same), CKR_OK);
}

TEST_F(KeyBlockTest, AContradictionIsInconsistent) {
  const CK_OBJECT_HANDLE kbpk = Kbpk();
  Bytes block;
  ASSERT_EQ(Wrap(kbpk, Target(CKM_DES2_KEY_GEN, "B0000M3TC00E0000", {CKA_SIGN}), block), CKR_OK);
  const auto with = [&](auto change) {
    AttributeList list;
    change(list);
    return TryUnwrap(kbpk, block, list);
  };
  EXPECT_EQ(with([](auto&) {}), CKR_OK);
  EXPECT_EQ(with([](auto& l) { l.Bool(CKA_EXTRACTABLE, true); }), CKR_OK);
  EXPECT_EQ(with([](auto& l) { l.Ulong(CKA_CLASS, CKO_PRIVATE_KEY); }), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(with([](auto& l) { l.Ulong(CKA_KEY_TYPE, CKK_AES); }), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(with([](auto& l) { l.Ulong(CKA_KEY_TYPE, CKK_DES3); }), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(with([](auto& l) { l.Bool(CKA_ENCRYPT, true); }), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(with([](auto& l) { l.Bool(CKA_SENSITIVE, false); }), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(with([](auto& l) { l.Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000C0TC00E0000"); }),
            CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(with([](auto& l) { l.Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 1); }),
            CKR_TEMPLATE_INCONSISTENT);
  Bytes changed = block;
  changed.back() = changed.back() == '0' ? '1' : '0';
  EXPECT_EQ(TryUnwrap(kbpk, changed, AttributeList()), CKR_WRAPPED_KEY_INVALID);
  EXPECT_EQ(TryUnwrap(Kbpk(), block, AttributeList()), CKR_WRAPPED_KEY_INVALID);
  EXPECT_EQ(TryUnwrap(kbpk, Bytes(80, 'D'), AttributeList()), CKR_WRAPPED_KEY_LEN_RANGE);
}

TEST_F(KeyBlockTest, WhatTheKbpkDoesNotPutUpWithIsNotPermitted) {
  const CK_OBJECT_HANDLE kbpk = Kbpk(CK_FLORIN_KEY_BLOCK_EXPORT_STRONGER, false, 16);
  AttributeList stronger;
  stronger.Ulong(CKA_VALUE_LEN, 32)
      .Bool(CKA_EXTRACTABLE, true)
      .Bool(CKA_ENCRYPT, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000D0AB00E0000");
  Bytes block;
  ASSERT_EQ(Wrap(kbpk, Generate(CKM_AES_KEY_GEN, stronger), block), CKR_OK);
  EXPECT_EQ(TryUnwrap(kbpk, block, AttributeList()), CKR_KEY_FUNCTION_NOT_PERMITTED);
  AttributeList contradicts;
  contradicts.Bool(CKA_SENSITIVE, false);
  EXPECT_EQ(TryUnwrap(kbpk, block, contradicts), CKR_TEMPLATE_INCONSISTENT);
}

TEST_F(KeyBlockTest, ThePolicyIsTheKeysAndOnlyNarrows) {
  const CK_OBJECT_HANDLE kbpk = Kbpk(0x0F, true);
  EXPECT_EQ(GetUlong(kbpk, CKA_FLORIN_KEY_BLOCK_POLICY), 0x0FU);
  AttributeList set;
  set.Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 0x01);
  EXPECT_EQ(C_SetAttributeValue(session_, kbpk, set.data(), set.size()), CKR_ATTRIBUTE_READ_ONLY);
  CK_OBJECT_HANDLE copy = 0;
  ASSERT_EQ(C_CopyObject(session_, kbpk, set.data(), set.size(), &copy), CKR_OK);
  EXPECT_EQ(GetUlong(copy, CKA_FLORIN_KEY_BLOCK_POLICY), 0x01U);
  AttributeList wider;
  wider.Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 0x03);
  CK_OBJECT_HANDLE none = 0;
  EXPECT_EQ(C_CopyObject(session_, copy, wider.data(), wider.size(), &none),
            CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(C_CopyObject(session_, Kbpk(), set.data(), set.size(), &none),
            CKR_TEMPLATE_INCONSISTENT);
  AttributeList unknown;
  unknown.Ulong(CKA_VALUE_LEN, 32)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K1AB00N0000")
      .Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 0x40);
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, unknown, &none), CKR_ATTRIBUTE_VALUE_INVALID);
  // RSA stands over keys of usage K2 only.
  AttributeList rsa;
  rsa.Ulong(CKA_VALUE_LEN, 32)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K1AB00N0000")
      .Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 0x10);
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, rsa, &none), CKR_TEMPLATE_INCONSISTENT);
  AttributeList data;
  data.Ulong(CKA_VALUE_LEN, 32)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000D0AB00N0000")
      .Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 0x01);
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, data, &none), CKR_TEMPLATE_INCONSISTENT);

  // It is kept with the key.
  Restart();
  Reopen();
  AttributeList query;
  query.Ulong(CKA_FLORIN_KEY_BLOCK_POLICY, 0x0F);
  EXPECT_EQ(Find(query).size(), 1U);
}

TEST_F(KeyBlockTest, KeysKnownOutsideCarryNone) {
  // Clulow 2003: a caller brings a key it knows and wraps others under it.
  AttributeList brought;
  brought.Ulong(CKA_CLASS, CKO_SECRET_KEY)
      .Ulong(CKA_KEY_TYPE, CKK_AES)
      .Add(CKA_VALUE, Bytes(32, 7))
      .Bool(CKA_WRAP, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K1AB00N0000");
  EXPECT_EQ(TryCreate(brought), CKR_TEMPLATE_INCONSISTENT);

  // The same by way of an agreement with itself.
  AttributeList public_list;
  public_list.Add(CKA_EC_PARAMS, kP256Params);
  const CK_MECHANISM_TYPE name = CKM_FLORIN_ECDH_KEY_AGREEMENT;
  AttributeList private_list;
  private_list.Bool(CKA_DERIVE, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K3EX00N0000")
      .Ulong(CKA_ALLOWED_MECHANISMS, name);
  CK_MECHANISM generation{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_OBJECT_HANDLE public_key = 0;
  CK_OBJECT_HANDLE private_key = 0;
  ASSERT_EQ(C_GenerateKeyPair(session_, &generation, public_list.data(), public_list.size(),
                              private_list.data(), private_list.size(), &public_key, &private_key),
            CKR_OK);
  Bytes point;
  ASSERT_EQ(GetBytes(public_key, CKA_EC_POINT, point), CKR_OK);
  ASSERT_EQ(point.size(), 67U);
  CK_FLORIN_ECDH_KEY_AGREEMENT_PARAMS params = {};
  params.ulVersion = CK_FLORIN_VERSION_1;
  params.kdf = CK_FLORIN_KDF_SP800_56A;
  params.hash = CK_FLORIN_HASH_SHA256;
  params.agreedKey = CK_FLORIN_AGREED_AES128;
  params.peerPointLength = 65;
  std::copy(point.begin() + 2, point.end(), params.peerPoint);
  params.sharedInfoLength[1] = 1;
  params.sharedInfo[0] = 1;
  CK_MECHANISM mechanism{name, &params, sizeof(params)};
  const auto derive = [&](bool carries) {
    AttributeList list;
    list.Ulong(CKA_KEY_TYPE, CKK_AES).Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K1AB00N0000");
    if (carries) list.Bool(CKA_WRAP, true);
    CK_OBJECT_HANDLE key = 0;
    return C_DeriveKey(session_, &mechanism, private_key, list.data(), list.size(), &key);
  };
  EXPECT_EQ(derive(false), CKR_OK);
  EXPECT_EQ(derive(true), CKR_TEMPLATE_INCONSISTENT);

  // A KBPK that came in a block under one that may carry, may carry.
  const CK_OBJECT_HANDLE kbpk = Kbpk();
  Bytes block;
  ASSERT_EQ(Wrap(kbpk, Target(CKM_AES_KEY_GEN, "D0000K1AB00E0000", {CKA_WRAP, CKA_UNWRAP}), block),
            CKR_OK);
  AttributeList carries;
  carries.Bool(CKA_WRAP, true);
  CK_OBJECT_HANDLE inner = 0;
  ASSERT_EQ(Unwrap(kbpk, block, carries, inner), CKR_OK);
  Bytes again;
  EXPECT_EQ(Wrap(inner, Target(CKM_AES_KEY_GEN, "D0000D0AB00E0000", {}), again), CKR_OK);
}

// The device knows the update key of DUKPT, whoever made the BDK: an ordinary token derives none.
TEST_F(KeyBlockTest, AnUpdateKeyIsKnownOutside) {
  CK_FLORIN_DUKPT_DEVICE_KEY_PARAMS params = {};
  params.ulVersion = CK_FLORIN_VERSION_1;
  params.deviceLength = 8;
  params.kind = CK_FLORIN_DUKPT_UPDATE_KEY;
  params.keyType = CK_FLORIN_DUKPT_KEY_AES128;
  CK_MECHANISM mechanism{CKM_FLORIN_DUKPT_DEVICE_KEY, &params, sizeof(params)};
  AttributeList born;
  born.Ulong(CKA_VALUE_LEN, 16)
      .Bool(CKA_DERIVE, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000B0AX00N0000");
  const CK_OBJECT_HANDLE bdk = Generate(CKM_AES_KEY_GEN, born);
  AttributeList carries;
  carries.Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_WRAP, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000K1AE00N0000");
  CK_OBJECT_HANDLE key = 0;
  EXPECT_EQ(C_DeriveKey(session_, &mechanism, bdk, carries.data(), carries.size(), &key),
            CKR_TEMPLATE_INCONSISTENT);
  // Initial keys come out, and leave under a key that may carry.
  params.kind = CK_FLORIN_DUKPT_INITIAL_KEY;
  params.keyType = 0;
  AttributeList initial;
  initial.Ulong(CKA_KEY_TYPE, CKK_AES)
      .Bool(CKA_EXTRACTABLE, true)
      .Text(CKA_FLORIN_KEY_BLOCK_HEADER, "D0000B1AX00E0000");
  ASSERT_EQ(C_DeriveKey(session_, &mechanism, bdk, initial.data(), initial.size(), &key), CKR_OK);
  Bytes block;
  EXPECT_EQ(Wrap(Kbpk(), key, block), CKR_OK);
}

}  // namespace
}  // namespace florin::hsm_sim
