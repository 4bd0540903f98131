// RSA keys as objects: their attributes, what is hidden, what persists.
#include <algorithm>

#include "crypto/primitives/rsa.h"
#include "crypto/primitives/rsa_der.h"
#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

using primitives::RsaPrivateNumbers;

struct Part {
  CK_ATTRIBUTE_TYPE type;
  ByteView RsaPrivateNumbers::*number;
};
constexpr Part kPublicParts[] = {{CKA_MODULUS, &RsaPrivateNumbers::modulus},
                                 {CKA_PUBLIC_EXPONENT, &RsaPrivateNumbers::public_exponent}};
constexpr Part kPrivateParts[] = {{CKA_PRIVATE_EXPONENT, &RsaPrivateNumbers::private_exponent},
                                  {CKA_PRIME_1, &RsaPrivateNumbers::prime1},
                                  {CKA_PRIME_2, &RsaPrivateNumbers::prime2},
                                  {CKA_EXPONENT_1, &RsaPrivateNumbers::exponent1},
                                  {CKA_EXPONENT_2, &RsaPrivateNumbers::exponent2},
                                  {CKA_COEFFICIENT, &RsaPrivateNumbers::coefficient}};

// One key for all: making one takes longer than the tests.
const RsaPrivateNumbers& Numbers() {
  static const SecretBytes& der =
      *new SecretBytes(primitives::RsaPrivateKey::Generate(2048)->ToDer().value());
  static const RsaPrivateNumbers& numbers =
      *new RsaPrivateNumbers(primitives::ParseRsaPrivateKey(der.Read(SecretAccess{})).value());
  return numbers;
}

Bytes Copy(ByteView view) { return {view.begin(), view.end()}; }

class RsaTest : public TokenTest {
 protected:
  static AttributeList Private(bool sensitive = false) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_PRIVATE_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_RSA)
        .Bool(CKA_SENSITIVE, sensitive)
        .Bool(CKA_EXTRACTABLE, !sensitive);
    for (const Part& part : kPublicParts) list.Add(part.type, Copy(Numbers().*part.number));
    for (const Part& part : kPrivateParts) list.Add(part.type, Copy(Numbers().*part.number));
    return list;
  }
  static AttributeList Public() {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_PUBLIC_KEY).Ulong(CKA_KEY_TYPE, CKK_RSA);
    for (const Part& part : kPublicParts) list.Add(part.type, Copy(Numbers().*part.number));
    return list;
  }

  CK_RV TryPair(AttributeList public_list, AttributeList private_list,
                CK_MECHANISM_TYPE type = CKM_RSA_PKCS_KEY_PAIR_GEN) {
    CK_MECHANISM mechanism{type, nullptr, 0};
    return C_GenerateKeyPair(session_, &mechanism, public_list.data(), public_list.size(),
                             private_list.data(), private_list.size(), &public_key_, &private_key_);
  }

  void ExpectParts(CK_OBJECT_HANDLE key) {
    for (const Part& part : kPublicParts) {
      Bytes value;
      ASSERT_EQ(GetBytes(key, part.type, value), CKR_OK) << part.type;
      EXPECT_EQ(value, Copy(Numbers().*part.number)) << part.type;
    }
    Bytes info;
    ASSERT_EQ(GetBytes(key, CKA_PUBLIC_KEY_INFO, info), CKR_OK);
    const auto numbers = primitives::ParseRsaSpki(info);
    ASSERT_TRUE(numbers.ok());
    EXPECT_EQ(Copy(numbers->modulus), Copy(Numbers().modulus));
  }

  CK_OBJECT_HANDLE public_key_ = 0;
  CK_OBJECT_HANDLE private_key_ = 0;
};

TEST_F(RsaTest, KeysThatAreBroughtShowTheirNumbers) {
  AttributeList list = Private();
  const CK_OBJECT_HANDLE key = Create(list);
  ExpectParts(key);
  for (const Part& part : kPrivateParts) {
    Bytes value;
    ASSERT_EQ(GetBytes(key, part.type, value), CKR_OK) << part.type;
    EXPECT_EQ(value, Copy(Numbers().*part.number)) << part.type;
    AttributeList query;
    query.Add(part.type, value);
    EXPECT_EQ(Find(query), std::vector<CK_OBJECT_HANDLE>{key});
  }
  Bytes value;
  EXPECT_EQ(GetBytes(key, CKA_VALUE, value), CKR_ATTRIBUTE_TYPE_INVALID);
  EXPECT_EQ(GetBytes(key, CKA_EC_POINT, value), CKR_ATTRIBUTE_TYPE_INVALID);
  AttributeList public_list = Public();
  const CK_OBJECT_HANDLE public_key = Create(public_list);
  ExpectParts(public_key);
  ASSERT_EQ(GetBytes(public_key, CKA_MODULUS_BITS, value), CKR_OK);
  const CK_ULONG bits = 2048;
  EXPECT_EQ(value, Bytes(reinterpret_cast<const std::uint8_t*>(&bits),
                         reinterpret_cast<const std::uint8_t*>(&bits) + sizeof(bits)));
}

TEST_F(RsaTest, ASensitiveKeyHidesItsPrivateNumbers) {
  AttributeList list = Private(true);
  const CK_OBJECT_HANDLE key = Create(list);
  ExpectParts(key);
  for (const Part& part : kPrivateParts) {
    Bytes value;
    EXPECT_EQ(GetBytes(key, part.type, value), CKR_ATTRIBUTE_SENSITIVE) << part.type;
    AttributeList query;
    query.Add(part.type, Copy(Numbers().*part.number));
    EXPECT_TRUE(Find(query).empty());
    AttributeList change;
    change.Add(part.type, Bytes{1});
    EXPECT_EQ(C_SetAttributeValue(session_, key, change.data(), change.size()),
              CKR_ATTRIBUTE_READ_ONLY);
  }
}

TEST_F(RsaTest, TemplatesThatDoNotDescribeOneKeyAreRefused) {
  AttributeList incomplete;
  incomplete.Ulong(CKA_CLASS, CKO_PRIVATE_KEY).Ulong(CKA_KEY_TYPE, CKK_RSA);
  for (const Part& part : kPublicParts) incomplete.Add(part.type, Copy(Numbers().*part.number));
  incomplete.Add(CKA_PRIVATE_EXPONENT, Copy(Numbers().private_exponent));
  EXPECT_EQ(TryCreate(incomplete), CKR_TEMPLATE_INCOMPLETE);

  AttributeList wrong;
  wrong.Ulong(CKA_CLASS, CKO_PRIVATE_KEY).Ulong(CKA_KEY_TYPE, CKK_RSA);
  for (const Part& part : kPublicParts) wrong.Add(part.type, Copy(Numbers().*part.number));
  for (const Part& part : kPrivateParts) {
    Bytes number = Copy(Numbers().*part.number);
    if (part.type == CKA_EXPONENT_2) number[9] = static_cast<std::uint8_t>(number[9] ^ 1);
    wrong.Add(part.type, number);
  }
  EXPECT_EQ(TryCreate(wrong), CKR_ATTRIBUTE_VALUE_INVALID);

  AttributeList curve = Private();
  curve.Add(CKA_EC_PARAMS, kP256Params);
  EXPECT_EQ(TryCreate(curve), CKR_TEMPLATE_INCONSISTENT);
  AttributeList value = Private();
  value.Add(CKA_VALUE, Bytes(32, 1));
  EXPECT_EQ(TryCreate(value), CKR_TEMPLATE_INCONSISTENT);

  const auto public_code = [this](Bytes modulus, Bytes exponent) {
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_PUBLIC_KEY)
        .Ulong(CKA_KEY_TYPE, CKK_RSA)
        .Add(CKA_MODULUS, std::move(modulus))
        .Add(CKA_PUBLIC_EXPONENT, std::move(exponent));
    return TryCreate(list);
  };
  const Bytes modulus = Copy(Numbers().modulus);
  Bytes padded = modulus;
  padded.insert(padded.begin(), 0);
  EXPECT_EQ(public_code(modulus, {1, 0, 1}), CKR_OK);
  EXPECT_EQ(public_code(padded, {0, 1, 0, 1}), CKR_OK) << "leading zeros";
  EXPECT_EQ(public_code(modulus, {3}), CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(public_code(modulus, {}), CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(public_code({}, {1, 0, 1}), CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(public_code(Bytes(128, 0xff), {1, 0, 1}), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(RsaTest, PairsAreMadeOfThreeLengths) {
  const auto with_bits = [](CK_ULONG bits) {
    return AttributeList().Ulong(CKA_MODULUS_BITS, bits);
  };
  for (const CK_ULONG bits : {0UL, 1024UL, 2047UL, 2056UL, 8192UL}) {
    EXPECT_EQ(TryPair(with_bits(bits), {}), CKR_ATTRIBUTE_VALUE_INVALID) << bits;
  }
  EXPECT_EQ(TryPair({}, {}), CKR_TEMPLATE_INCOMPLETE);
  EXPECT_EQ(TryPair(with_bits(2048).Add(CKA_PUBLIC_EXPONENT, {3}), {}),
            CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(TryPair(with_bits(2048).Ulong(CKA_KEY_TYPE, CKK_EC), {}), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(TryPair(AttributeList().Add(CKA_EC_PARAMS, kP256Params).Ulong(CKA_KEY_TYPE, CKK_RSA),
                    {}, CKM_EC_KEY_PAIR_GEN),
            CKR_TEMPLATE_INCONSISTENT);
  ASSERT_EQ(TryPair(with_bits(2048).Add(CKA_PUBLIC_EXPONENT, {0, 1, 0, 1}), {}), CKR_OK);
  Bytes of_public;
  Bytes of_private;
  ASSERT_EQ(GetBytes(public_key_, CKA_MODULUS, of_public), CKR_OK);
  ASSERT_EQ(GetBytes(private_key_, CKA_MODULUS, of_private), CKR_OK);
  EXPECT_EQ(of_public, of_private);
  EXPECT_EQ(of_public.size(), 256U);
  EXPECT_TRUE(GetBool(private_key_, CKA_SENSITIVE));
  EXPECT_TRUE(GetBool(private_key_, CKA_ALWAYS_SENSITIVE));
  EXPECT_TRUE(GetBool(private_key_, CKA_NEVER_EXTRACTABLE));
  EXPECT_TRUE(GetBool(public_key_, CKA_LOCAL));
  Bytes value;
  EXPECT_EQ(GetBytes(private_key_, CKA_PRIME_1, value), CKR_ATTRIBUTE_SENSITIVE);
}

// Clulow 2003: who brings a public key may have the private one, and would read what it wraps.
TEST_F(RsaTest, OnlyAPairBornHereWraps) {
  AttributeList brought = Public();
  brought.Bool(CKA_WRAP, true);
  EXPECT_EQ(TryCreate(brought), CKR_TEMPLATE_INCONSISTENT);
  AttributeList unwraps = Private(true);
  unwraps.Bool(CKA_UNWRAP, true);
  EXPECT_EQ(TryCreate(unwraps), CKR_TEMPLATE_INCONSISTENT);
  AttributeList silent = Public();
  const CK_OBJECT_HANDLE encrypts = Create(silent);
  AttributeList later;
  later.Bool(CKA_WRAP, true);
  EXPECT_EQ(C_SetAttributeValue(session_, encrypts, later.data(), later.size()),
            CKR_ATTRIBUTE_READ_ONLY);
  const auto pair = [this](CK_ATTRIBUTE_TYPE role, bool sensitive) {
    return TryPair(AttributeList().Ulong(CKA_MODULUS_BITS, 2048).Bool(CKA_WRAP, true),
                   AttributeList().Bool(role, true).Bool(CKA_SENSITIVE, sensitive));
  };
  EXPECT_EQ(pair(CKA_DECRYPT, true), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(pair(CKA_SIGN, false), CKR_TEMPLATE_INCONSISTENT);
  ASSERT_EQ(pair(CKA_UNWRAP, true), CKR_OK);

  AttributeList target_list;
  target_list.Bool(CKA_ENCRYPT, true).Bool(CKA_EXTRACTABLE, true);
  const CK_OBJECT_HANDLE target = Generate(CKM_DES2_KEY_GEN, target_list);
  CK_RSA_PKCS_OAEP_PARAMS oaep{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};
  CK_ULONG length = 0;
  ASSERT_EQ(C_WrapKey(session_, &mechanism, public_key_, target, nullptr, &length), CKR_OK);
  ASSERT_EQ(length, 256U);
  Bytes wrapped(length);
  ASSERT_EQ(C_WrapKey(session_, &mechanism, public_key_, target, wrapped.data(), &length), CKR_OK);
  AttributeList result;
  result.Ulong(CKA_CLASS, CKO_SECRET_KEY).Ulong(CKA_KEY_TYPE, CKK_DES2).Bool(CKA_ENCRYPT, true);
  CK_OBJECT_HANDLE unwrapped = 0;
  ASSERT_EQ(C_UnwrapKey(session_, &mechanism, private_key_, wrapped.data(), wrapped.size(),
                        result.data(), result.size(), &unwrapped),
            CKR_OK);
  Bytes first;
  Bytes second;
  ASSERT_EQ(GetBytes(target, CKA_CHECK_VALUE, first), CKR_OK);
  ASSERT_EQ(GetBytes(unwrapped, CKA_CHECK_VALUE, second), CKR_OK);
  EXPECT_EQ(first, second);
  EXPECT_EQ(C_DecryptInit(session_, &mechanism, private_key_), CKR_KEY_FUNCTION_NOT_PERMITTED);
  wrapped[40] = static_cast<std::uint8_t>(wrapped[40] ^ 1);
  EXPECT_EQ(C_UnwrapKey(session_, &mechanism, private_key_, wrapped.data(), wrapped.size(),
                        result.data(), result.size(), &unwrapped),
            CKR_WRAPPED_KEY_INVALID);
}

// What is not private can be forged on the disk.
TEST_F(RsaTest, APublicKeyThatWrapsIsKeptPrivate) {
  const auto pair = [this](bool is_private) {
    return TryPair(AttributeList()
                       .Ulong(CKA_MODULUS_BITS, 2048)
                       .Bool(CKA_WRAP, true)
                       .Bool(CKA_TOKEN, true)
                       .Bool(CKA_PRIVATE, is_private),
                   AttributeList().Bool(CKA_UNWRAP, true).Bool(CKA_TOKEN, true));
  };
  EXPECT_EQ(pair(false), CKR_TEMPLATE_INCONSISTENT);
  ASSERT_EQ(pair(true), CKR_OK);
  Restart();
  Reopen();
  EXPECT_EQ(Find(AttributeList().Bool(CKA_WRAP, true).Ulong(CKA_CLASS, CKO_PUBLIC_KEY)).size(), 1U);
  // By way of a session object neither.
  ASSERT_EQ(TryPair(AttributeList().Ulong(CKA_MODULUS_BITS, 2048).Bool(CKA_WRAP, true),
                    AttributeList().Bool(CKA_UNWRAP, true)),
            CKR_OK);
  AttributeList kept;
  kept.Bool(CKA_TOKEN, true);
  CK_OBJECT_HANDLE copy = 0;
  EXPECT_EQ(C_CopyObject(session_, public_key_, kept.data(), kept.size(), &copy),
            CKR_TEMPLATE_INCONSISTENT);
  kept.Bool(CKA_PRIVATE, true);
  EXPECT_EQ(C_CopyObject(session_, public_key_, kept.data(), kept.size(), &copy), CKR_OK);
}

TEST_F(RsaTest, DecryptionTellsLengthsAndOneError) {
  AttributeList private_list = Private(true);
  private_list.Bool(CKA_DECRYPT, true);
  const CK_OBJECT_HANDLE key = Create(private_list);
  AttributeList public_list = Public();
  public_list.Bool(CKA_ENCRYPT, true);
  const CK_OBJECT_HANDLE cipher = Create(public_list);
  CK_RSA_PKCS_OAEP_PARAMS oaep{CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, nullptr, 0};
  CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &oaep, sizeof(oaep)};
  Bytes message(191, 3);
  Bytes sealed(256);
  CK_ULONG length = sealed.size();
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, cipher), CKR_OK);
  EXPECT_EQ(C_Encrypt(session_, message.data(), 191, sealed.data(), &length), CKR_DATA_LEN_RANGE);
  ASSERT_EQ(C_EncryptInit(session_, &mechanism, cipher), CKR_OK);
  ASSERT_EQ(C_Encrypt(session_, message.data(), 20, sealed.data(), &length), CKR_OK);
  Bytes opened(20);
  ASSERT_EQ(C_DecryptInit(session_, &mechanism, key), CKR_OK);
  ASSERT_EQ(C_Decrypt(session_, sealed.data(), sealed.size(), nullptr, &length), CKR_OK);
  EXPECT_EQ(length, 190U);
  length = 19;
  EXPECT_EQ(C_Decrypt(session_, sealed.data(), sealed.size(), opened.data(), &length),
            CKR_BUFFER_TOO_SMALL);
  length = 20;
  ASSERT_EQ(C_Decrypt(session_, sealed.data(), sealed.size(), opened.data(), &length), CKR_OK);
  EXPECT_EQ(length, 20U);
  EXPECT_EQ(opened, Bytes(20, 3));
  const auto code = [&](Bytes input) {
    Bytes out(256);
    CK_ULONG size = out.size();
    EXPECT_EQ(C_DecryptInit(session_, &mechanism, key), CKR_OK);
    return C_Decrypt(session_, input.data(), input.size(), out.data(), &size);
  };
  Bytes changed = sealed;
  changed[3] = static_cast<std::uint8_t>(changed[3] ^ 1);
  EXPECT_EQ(code(changed), CKR_ENCRYPTED_DATA_INVALID);
  EXPECT_EQ(code(Bytes(256, 0xff)), CKR_ENCRYPTED_DATA_INVALID);
  EXPECT_EQ(code(Bytes(255)), CKR_ENCRYPTED_DATA_INVALID);
  // PKCS#11 lets CKM_RSA_PKCS encrypt; it does not here.
  CK_MECHANISM pkcs1{CKM_RSA_PKCS, nullptr, 0};
  EXPECT_EQ(C_DecryptInit(session_, &pkcs1, key), CKR_MECHANISM_INVALID);
  EXPECT_EQ(C_SignInit(session_, &pkcs1, key), CKR_KEY_FUNCTION_NOT_PERMITTED);
}

TEST_F(RsaTest, KeysPersist) {
  AttributeList private_list = Private();
  private_list.Bool(CKA_TOKEN, true).Bool(CKA_SIGN, true);
  Create(private_list);
  AttributeList public_list = Public();
  public_list.Bool(CKA_TOKEN, true);
  Create(public_list);
  Restart();
  Reopen();
  const auto private_keys = Find(AttributeList().Ulong(CKA_CLASS, CKO_PRIVATE_KEY));
  ASSERT_EQ(private_keys.size(), 1U);
  ExpectParts(private_keys[0]);
  Bytes value;
  ASSERT_EQ(GetBytes(private_keys[0], CKA_PRIME_1, value), CKR_OK);
  EXPECT_EQ(value, Copy(Numbers().prime1));
  Bytes signature;
  EXPECT_EQ(Sign({CKM_SHA256_RSA_PKCS, nullptr, 0}, private_keys[0], AsBytes("x"), signature),
            CKR_OK);
  EXPECT_EQ(signature.size(), 256U);
  const auto public_keys = Find(AttributeList().Ulong(CKA_CLASS, CKO_PUBLIC_KEY));
  ASSERT_EQ(public_keys.size(), 1U);
  ExpectParts(public_keys[0]);
}

// A host of TR-34 that chose its own peers would send every key to itself; a device that did only
// brings keys in.
TEST_F(RsaTest, AnOrdinaryTokenIsNoHostOfTr34) {
  const auto pair = [&](const char* header, CK_ATTRIBUTE_TYPE role) {
    AttributeList public_list;
    public_list.Ulong(CKA_MODULUS_BITS, 2048);
    AttributeList private_list;
    private_list.Bool(role, true)
        .Text(CKA_FLORIN_KEY_BLOCK_HEADER, header)
        .Add(CKA_FLORIN_TR34_PEERS, Bytes(CK_FLORIN_TR34_PEERS_LENGTH, 0));
    return TryPair(public_list, private_list);
  };
  EXPECT_EQ(pair("D0000K2RS00N0000", CKA_WRAP), CKR_TEMPLATE_INCONSISTENT);
  EXPECT_EQ(pair("D0000K2RS00N0000", CKA_SIGN), CKR_OK);
  EXPECT_EQ(pair("D0000K2RD00N0000", CKA_UNWRAP), CKR_OK);
  EXPECT_EQ(pair("D0000K2RD00N0000", CKA_WRAP), CKR_TEMPLATE_INCONSISTENT);
  Bytes peers;
  ASSERT_EQ(pair("D0000K2RD00N0000", CKA_VERIFY), CKR_OK);
  EXPECT_EQ(GetBytes(private_key_, CKA_FLORIN_TR34_PEERS, peers), CKR_OK);
  EXPECT_EQ(peers, Bytes(CK_FLORIN_TR34_PEERS_LENGTH, 0));
  peers[0] = 1;
  CK_ATTRIBUTE change = {CKA_FLORIN_TR34_PEERS, peers.data(), peers.size()};
  EXPECT_NE(C_SetAttributeValue(session_, private_key_, &change, 1), CKR_OK);
}

}  // namespace
}  // namespace florin::hsm_sim
