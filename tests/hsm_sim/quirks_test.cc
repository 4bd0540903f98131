// Quirks: what the module then says that it lacks, and what it refuses of what it has.
#include "hsm_sim/quirks.h"

#include "crypto/cryptoki/mechanism_names.h"
#include "hsm_sim/api/mechanism_list.h"
#include "hsm_sim/options.h"
#include "tests/hsm_sim/sim_fixture.h"

namespace florin::hsm_sim {
namespace {

// A module that is started anew with other quirks.
class QuirksTest : public TokenTest {
 protected:
  void TearDown() override {
    TokenTest::TearDown();
    ::unsetenv("FLORIN_HSM_QUIRKS");
    ::unsetenv("FLORIN_HSM_WITHOUT_MECHANISMS");
  }

  void Use(const char* quirks, const char* without = "") {
    ::setenv("FLORIN_HSM_QUIRKS", quirks, 1);
    ::setenv("FLORIN_HSM_WITHOUT_MECHANISMS", without, 1);
    ASSERT_NO_FATAL_FAILURE(Restart());
    ASSERT_NO_FATAL_FAILURE(Reopen());
  }

  static std::vector<CK_MECHANISM_TYPE> Listed() {
    CK_ULONG count = 0;
    EXPECT_EQ(C_GetMechanismList(0, nullptr, &count), CKR_OK);
    std::vector<CK_MECHANISM_TYPE> list(count);
    EXPECT_EQ(C_GetMechanismList(0, list.data(), &count), CKR_OK);
    return list;
  }
  static bool IsListed(CK_MECHANISM_TYPE type) {
    const auto list = Listed();
    return std::find(list.begin(), list.end(), type) != list.end();
  }

  CK_RV Derive(CK_MECHANISM mechanism, CK_OBJECT_HANDLE base) {
    AttributeList list;
    list.Ulong(CKA_VALUE_LEN, 32).Bool(CKA_DERIVE, true);
    CK_OBJECT_HANDLE derived = 0;
    return C_DeriveKey(session_, &mechanism, base, list.data(), list.size(), &derived);
  }

  // ECDH of a new pair with itself. `der`: the point as CKA_EC_POINT has it.
  CK_RV Agree(CK_EC_KDF_TYPE kdf, bool der) {
    CK_OBJECT_HANDLE public_key = 0;
    CK_OBJECT_HANDLE private_key = 0;
    EcPair(CKA_DERIVE, public_key, private_key);
    Bytes point;
    EXPECT_EQ(GetBytes(public_key, CKA_EC_POINT, point), CKR_OK);
    if (!der) point.erase(point.begin(), point.begin() + 2);
    EXPECT_EQ(point.size(), der ? 67U : 65U);
    CK_ECDH1_DERIVE_PARAMS params{kdf, 0, nullptr, point.size(), point.data()};
    return Derive({CKM_ECDH1_DERIVE, &params, sizeof(params)}, private_key);
  }

  CK_RV EncryptUnderGcm(CK_OBJECT_HANDLE key, CK_ULONG iv_length) {
    Bytes iv(iv_length, 1);
    CK_GCM_PARAMS params{iv.data(), iv.size(), 8 * iv.size(), nullptr, 0, 128};
    CK_MECHANISM mechanism{CKM_AES_GCM, &params, sizeof(params)};
    const CK_RV rv = C_EncryptInit(session_, &mechanism, key);
    if (rv != CKR_OK) return rv;
    EXPECT_EQ(C_EncryptInit(session_, nullptr, 0), CKR_OK) << "cancels";
    return rv;
  }
};

TEST(QuirkNames, EveryMechanismOfTheModuleHasOne) {
  for (const CK_MECHANISM_TYPE type : OfferedMechanisms(Quirks())) {
    const std::string_view name = NameOfMechanism(type);
    EXPECT_EQ(name.substr(0, 4), "CKM_") << std::hex << type;
    Quirks quirks;
    ASSERT_TRUE(ReadLacking(name, quirks).ok()) << name;
    EXPECT_EQ(quirks.without, std::vector<CK_MECHANISM_TYPE>{type}) << name;
  }
}

TEST(QuirkNames, WrongOnesAreRefusedAndTold) {
  const auto message = [](const std::string& parameters) {
    const auto options = ReadOptions("directory=/tmp " + parameters);
    return options.ok() ? std::string("taken") : std::string(options.error().message());
  };
  EXPECT_EQ(message("quirks='null-kdf,der-points  oaep-sha1, gcm-iv-12' "
                    "without_mechanisms='CKM_HKDF_DERIVE, CKM_SHA256'"),
            "taken");
  EXPECT_EQ(message("quirks='' without_mechanisms=''"), "taken");
  EXPECT_EQ(message("quirks=nul-kdf").substr(0, 31), "quirks: a word is none of no-ve");
  EXPECT_EQ(message("quirks=NULL-KDF").substr(0, 7), "quirks:");
  EXPECT_EQ(message("quirks='raw-points der-points'").substr(0, 17), "quirks: with raw-");
  EXPECT_EQ(message("without_mechanisms='CKM_AES_GCM, CKM_MD5'").substr(0, 19),
            "without_mechanisms:");
  EXPECT_EQ(message("without_mechanisms=CKM_ECDSA_SHA1").substr(0, 19), "without_mechanisms:")
      << "known, and not offered anyway";
}

TEST_F(ModuleTest, UnknownQuirksStopInitialize) {
  ASSERT_EQ(C_Finalize(nullptr), CKR_OK);
  CK_C_INITIALIZE_ARGS arguments{};
  for (const char* parameters : {"quirks=unknown", "without_mechanisms=CKM_UNKNOWN"}) {
    arguments.pReserved = const_cast<char*>(parameters);
    EXPECT_EQ(C_Initialize(&arguments), CKR_ARGUMENTS_BAD) << parameters;
  }
  ASSERT_EQ(C_Initialize(nullptr), CKR_OK);
}

TEST_F(QuirksTest, ALackingMechanismIsNowhere) {
  Use("",
      "CKM_AES_GCM CKM_AES_KEY_WRAP CKM_ECDH1_DERIVE CKM_SHA256 CKM_SHA256_HMAC "
      "CKM_AES_KEY_GEN CKM_EC_KEY_PAIR_GEN");
  for (const CK_MECHANISM_TYPE type : {CKM_AES_GCM, CKM_AES_KEY_WRAP, CKM_ECDH1_DERIVE, CKM_SHA256,
                                       CKM_SHA256_HMAC, CKM_AES_KEY_GEN, CKM_EC_KEY_PAIR_GEN}) {
    EXPECT_FALSE(IsListed(type));
    CK_MECHANISM_INFO info;
    EXPECT_EQ(C_GetMechanismInfo(0, type, &info), CKR_MECHANISM_INVALID);
  }
  EXPECT_TRUE(IsListed(CKM_AES_CTR) && IsListed(CKM_SHA384));

  AttributeList aes;
  CK_OBJECT_HANDLE made = 0;
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, aes.Ulong(CKA_VALUE_LEN, 32), &made),
            CKR_MECHANISM_INVALID);
  AttributeList curve;
  CK_MECHANISM pair{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  curve.Add(CKA_EC_PARAMS, kP256Params);
  EXPECT_EQ(C_GenerateKeyPair(session_, &pair, curve.data(), 1, nullptr, 0, &made, &made),
            CKR_MECHANISM_INVALID);

  const CK_OBJECT_HANDLE hmac = HmacKey();
  Bytes signature;
  EXPECT_EQ(Sign({CKM_SHA256_HMAC, nullptr, 0}, hmac, signature, signature), CKR_MECHANISM_INVALID);
  CK_MECHANISM verify{CKM_SHA256_HMAC, nullptr, 0};
  EXPECT_EQ(C_VerifyInit(session_, &verify, hmac), CKR_MECHANISM_INVALID);
  EXPECT_EQ(EncryptUnderGcm(hmac, 12), CKR_MECHANISM_INVALID);
  CK_MECHANISM gcm{CKM_AES_GCM, nullptr, 0};
  EXPECT_EQ(C_DecryptInit(session_, &gcm, hmac), CKR_MECHANISM_INVALID);
  EXPECT_EQ(C_MessageEncryptInit(session_, &gcm, hmac), CKR_MECHANISM_INVALID);
  CK_MECHANISM digest{CKM_SHA256, nullptr, 0};
  EXPECT_EQ(C_DigestInit(session_, &digest), CKR_MECHANISM_INVALID);
  EXPECT_EQ(Derive({CKM_ECDH1_DERIVE, nullptr, 0}, hmac), CKR_MECHANISM_INVALID);
  CK_MECHANISM wrap{CKM_AES_KEY_WRAP, nullptr, 0};
  CK_ULONG length = 0;
  EXPECT_EQ(C_WrapKey(session_, &wrap, hmac, hmac, nullptr, &length), CKR_MECHANISM_INVALID);
  EXPECT_EQ(C_UnwrapKey(session_, &wrap, hmac, nullptr, 0, nullptr, 0, &made),
            CKR_MECHANISM_INVALID);
}

TEST_F(QuirksTest, KeyDerivationFunctionsOfEcdh) {
  for (const CK_EC_KDF_TYPE kdf : {CKD_NULL, CKD_SHA256_KDF, CKD_SHA256_KDF_SP800}) {
    EXPECT_EQ(Agree(kdf, false), CKR_OK);
  }
  Use("null-kdf");
  EXPECT_EQ(Agree(CKD_NULL, false), CKR_OK);
  EXPECT_EQ(Agree(CKD_SHA256_KDF, false), CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(Agree(CKD_SHA256_KDF_SP800, false), CKR_MECHANISM_PARAM_INVALID);
}

TEST_F(QuirksTest, FormsOfPoints) {
  EXPECT_EQ(Agree(CKD_NULL, false), CKR_OK);
  EXPECT_EQ(Agree(CKD_NULL, true), CKR_OK);
  Use("raw-points");
  EXPECT_EQ(Agree(CKD_NULL, false), CKR_OK);
  EXPECT_EQ(Agree(CKD_NULL, true), CKR_MECHANISM_PARAM_INVALID);
  Use("der-points");
  EXPECT_EQ(Agree(CKD_NULL, false), CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(Agree(CKD_NULL, true), CKR_OK);
}

TEST_F(QuirksTest, NothingOfFlorin) {
  EXPECT_TRUE(IsListed(CKM_FLORIN_EMV_CRYPTOGRAM));
  Use("no-vendor");
  for (const CK_MECHANISM_TYPE type : Listed()) EXPECT_EQ(type & CKM_VENDOR_DEFINED, 0U);
  CK_ULONG count = 0;
  EXPECT_EQ(C_GetInterfaceList(nullptr, &count), CKR_OK);
  EXPECT_EQ(count, 2U);
  CK_INTERFACE* vendor = nullptr;
  EXPECT_EQ(C_GetInterface(Text(FLORIN_INTERFACE_NAME), nullptr, &vendor, 0), CKR_FUNCTION_FAILED);
  AttributeList list;
  list.Ulong(CKA_VALUE_LEN, 32).Ulong(CKA_FLORIN_KEY_STATE, CK_FLORIN_KEY_STATE_ACTIVE);
  CK_OBJECT_HANDLE made = 0;
  EXPECT_EQ(TryGenerate(CKM_AES_KEY_GEN, list, &made), CKR_ATTRIBUTE_TYPE_INVALID);
  Bytes state;
  EXPECT_EQ(GetBytes(AesKey({CKA_ENCRYPT}), CKA_FLORIN_KEY_STATE, state),
            CKR_ATTRIBUTE_TYPE_INVALID);
}

TEST_F(QuirksTest, OaepWithSha1Alone) {
  CK_MECHANISM generate{CKM_RSA_PKCS_KEY_PAIR_GEN, nullptr, 0};
  const auto unwrap = [&](CK_MECHANISM_TYPE hash, CK_RSA_PKCS_MGF_TYPE mgf) {
    AttributeList pub, priv;
    pub.Ulong(CKA_MODULUS_BITS, 2048).Bool(CKA_ENCRYPT, true);
    priv.Bool(CKA_UNWRAP, true);
    CK_OBJECT_HANDLE public_key = 0, private_key = 0, key = 0;
    EXPECT_EQ(C_GenerateKeyPair(session_, &generate, pub.data(), pub.size(), priv.data(),
                                priv.size(), &public_key, &private_key),
              CKR_OK);
    CK_RSA_PKCS_OAEP_PARAMS params{hash, mgf, CKZ_DATA_SPECIFIED, nullptr, 0};
    CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &params, sizeof(params)};
    Bytes wrapped(256, 1);
    AttributeList list;
    list.Ulong(CKA_CLASS, CKO_SECRET_KEY).Ulong(CKA_KEY_TYPE, CKK_AES).Ulong(CKA_VALUE_LEN, 32);
    return C_UnwrapKey(session_, &mechanism, private_key, wrapped.data(), wrapped.size(),
                       list.data(), list.size(), &key);
  };
  const CK_RV refused = unwrap(CKM_SHA256, CKG_MGF1_SHA256);
  EXPECT_NE(refused, CKR_MECHANISM_PARAM_INVALID) << "refused for what was wrapped";
  Use("oaep-sha1");
  EXPECT_EQ(unwrap(CKM_SHA256, CKG_MGF1_SHA256), CKR_MECHANISM_PARAM_INVALID);
  EXPECT_EQ(unwrap(CKM_SHA_1, CKG_MGF1_SHA1), refused);
}

TEST_F(QuirksTest, IvsOfGcm) {
  EXPECT_EQ(EncryptUnderGcm(AesKey({CKA_ENCRYPT}), 16), CKR_OK);
  Use("gcm-iv-12");
  const CK_OBJECT_HANDLE key = AesKey({CKA_ENCRYPT});
  EXPECT_EQ(EncryptUnderGcm(key, 12), CKR_OK);
  EXPECT_EQ(EncryptUnderGcm(key, 16), CKR_MECHANISM_PARAM_INVALID);
  CK_MECHANISM gcm{CKM_AES_GCM, nullptr, 0};
  ASSERT_EQ(C_MessageEncryptInit(session_, &gcm, key), CKR_OK);
  Bytes iv(16, 1), tag(16), text(4, 9);
  CK_GCM_MESSAGE_PARAMS message{iv.data(), iv.size(), 0, CKG_NO_GENERATE, tag.data(), 128};
  CK_ULONG length = text.size();
  const auto encrypt = [&] {
    return C_EncryptMessage(session_, &message, sizeof(message), nullptr, 0, text.data(),
                            text.size(), text.data(), &length);
  };
  EXPECT_EQ(encrypt(), CKR_MECHANISM_PARAM_INVALID);
  message.ulIvLen = 12;
  EXPECT_EQ(encrypt(), CKR_OK);
}

}  // namespace
}  // namespace florin::hsm_sim
